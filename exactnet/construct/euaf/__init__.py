"""Networks with the activation EUAF: many values from one integer weight, copies that are right almost everywhere, their median."""

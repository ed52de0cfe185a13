"""R1, R2: functions of the norm in depth 2, as sums of functions of integer directions."""

"""Classical circuits: comparison, addition, sorting, multiplication, iterated addition."""

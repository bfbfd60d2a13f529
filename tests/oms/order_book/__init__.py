"""A model of the order book by the rules alone, and the real one beside it."""

"""Plans at the size of a city."""

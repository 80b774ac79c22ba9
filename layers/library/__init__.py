"""The city's own layers: one file, one layer, its rows beside it."""

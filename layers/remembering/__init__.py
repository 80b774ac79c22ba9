"""What was: history of every row, layers as of a moment, and how long it is kept."""

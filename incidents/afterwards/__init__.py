"""What was: the replay of a case, reports after it, and what one shift leaves to the next."""

"""The city's cameras: where they stand, what they see, and which of them see a place. Never their addresses."""

"""Upkeep of features: what was done to them, and their pictures."""

"""Exercises: everything as it would be, counted nowhere."""

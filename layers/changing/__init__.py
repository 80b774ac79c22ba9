"""Changing features: edits on versions, conflicts, change sets, and who else is at it."""

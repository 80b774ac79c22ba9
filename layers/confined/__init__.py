"""Processes behind walls that meet a stranger's file, and the walls."""

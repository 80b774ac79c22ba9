"""Figures, measured by hand and never in CI."""

"""Whole nights and days of the control room, as docs/scenarios.md tells them."""

"""Filters in CQL2: read from text or JSON, checked against a closed list, compiled to SQL with parameters."""

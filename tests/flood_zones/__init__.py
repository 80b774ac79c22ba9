"""A scratch app with one layer, added by a test: layer.py and its migration, and nothing else anywhere."""

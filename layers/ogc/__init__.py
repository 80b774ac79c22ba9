"""OGC API Features: every layer as a collection for desktop programs, read and written."""

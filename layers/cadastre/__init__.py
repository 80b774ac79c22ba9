"""Land: parcels divided, merged and surveyed, where they came from, and the lists that say what may be."""

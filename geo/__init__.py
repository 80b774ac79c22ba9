"""The earth: coordinates, tiles, geometry, networks, events and people. It knows no city and no app."""

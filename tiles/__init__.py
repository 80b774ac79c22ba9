"""The map as tiles: vector tiles from PostGIS, later density and rasters."""

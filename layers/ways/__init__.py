"""Ways through the city: streets and canals as a network, how fast they are, and where they are closed."""

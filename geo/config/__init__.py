"""Where everything is wired: settings, addresses, doors, the demo city. Nothing imports it."""

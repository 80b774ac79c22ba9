"""Files in and out: what they are, how they become features of a layer, and how a layer becomes a file."""

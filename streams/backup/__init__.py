"""A copy of what cannot be made again, and the way back from it: `touchline backup` and `touchline restore`."""

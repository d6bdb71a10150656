"""The web process: read model, pages, live feed."""

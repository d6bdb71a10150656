"""The web process: pages, live feed, a form, metrics and health."""

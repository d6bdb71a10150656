"""Pictures as SVG, made on the server: where each mark stands, and the same as a table."""

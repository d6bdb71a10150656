"""The read model: what the board shows, in a database, made from the topics and made again at any time."""

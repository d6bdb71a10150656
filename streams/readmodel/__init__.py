"""The read model: what the board shows, in a database. It can be made again from the topics at any time."""

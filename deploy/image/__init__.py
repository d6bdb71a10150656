"""The image of every process, its bill of materials, and how a container says that it is alive."""

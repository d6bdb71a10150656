"""The whole service on this machine: its processes, how each of them is, and the demo."""

"""The Faust worker: intake and monitor."""

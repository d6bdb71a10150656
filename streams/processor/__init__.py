"""The process that runs Faust, started by `touchline worker`: its intake and its monitor."""

"""`python -m streams` is the command `touchline`."""

from streams.cli import main

main()

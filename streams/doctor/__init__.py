"""`touchline doctor`: looks at a deployment from outside, and says of each thing whether it is as it must be."""

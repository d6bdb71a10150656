"""The policy: the parameters of the rules for each site, and the history of its versions."""

"""What rules are made of: the rule itself, verdicts, and the reasons with their words."""

"""What people read: text on a terminal, rules as a list, verdicts in plain English."""

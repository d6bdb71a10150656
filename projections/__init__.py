"""What it means: facts, calendar, policy, rules, judge, step. Pure."""

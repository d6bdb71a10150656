"""A second reading of CONTRACT, *People and machines*, in Cedar: written from its text, and not from our table."""

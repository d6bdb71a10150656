"""Who may see and do what. Source: CONTRACT, *People and machines*."""

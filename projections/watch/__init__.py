"""What follows from learning: a subject, judged again and again; transitions, and what others are told."""

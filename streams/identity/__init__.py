"""Who is using the board: accounts, sign-in, sessions. It knows nothing of what the board shows."""

"""What comes in from files: event lines, and extracts of case systems."""

"""Answers from history: a file for each answer, and the reading that all of them share."""

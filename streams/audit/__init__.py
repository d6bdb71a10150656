"""Replay, board, explain."""

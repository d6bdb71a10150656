"""Touchline against an independent oracle."""

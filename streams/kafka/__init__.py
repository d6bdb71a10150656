"""Kafka: reading and looking after topics, and the refused records in quarantine."""

"""Tests: what is deployed: the image, compose, Kubernetes, systemd."""

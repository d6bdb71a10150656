"""Rules, alerts, dashboards and runbooks, with a real Prometheus and Alertmanager."""

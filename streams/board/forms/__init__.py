"""The forms by which people record events: what each asks, how what was typed becomes an event, and their pages."""

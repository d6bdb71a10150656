"""The data of each event type as a strict model, a file a topic. `events/catalogue.py` has the table of all of them."""

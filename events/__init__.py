"""What happened: types, codec, topics, publishing."""

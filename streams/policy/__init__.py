"""The policy: the file that people write, and the topic that it is published to."""

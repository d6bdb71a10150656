"""What can be wrong with Kafka: each error's message says what is so, and what to do."""


class KafkaUnreachable(RuntimeError):
    """No broker can be used."""


class KafkaRefused(KafkaUnreachable):
    """A broker answers, but not to us: its certificate, our account, a right or its version is not as it must be.

    Trying again does not help until somebody changes that.
    """


class TopicsDiffer(RuntimeError):
    """Topics are missing or have other settings than they must; the message lists them."""

"""The policy that holds, as the board knows it."""

from projections.policy import Policies, Policy
from streams.board.broker import Broker
from streams.clock import now


class InForce:
    """The versions last seen on the topic; before that the configured one."""

    def __init__(self, configured: Policies, broker: Broker) -> None:
        self.policies = configured
        self._broker = broker

    def policy(self) -> Policy:
        """The policy that holds now."""
        return self.policies.at(now())

    def refresh(self) -> None:
        """Looks at the topic again. Raises one of NO_ANSWER."""
        found = self._broker.published()
        if found is not None and _versions(found) != _versions(self.policies):
            self.policies = found


def _versions(policies: Policies) -> list[tuple[int, str]]:
    return [(start, policy.version) for start, policy in policies.history]

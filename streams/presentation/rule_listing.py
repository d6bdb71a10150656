"""The rules as people and programs read them: what each means, its parameters, where it comes from."""

from typing import Any

from projections.parameters import SitePolicy, plain
from projections.policy import PARAMETERS
from projections.rules import ALL


def rulebook(policy: SitePolicy) -> list[dict[str, Any]]:
    """Each rule in order, with the parameters of a site."""
    return [
        {
            "rule": rule.name,
            "version": rule.version,
            "subject": rule.kind,
            "title": rule.title,
            "on": rule.name in policy.rules,
            "parameters": {parameter.name: plain(policy[parameter]) for parameter in rule.parameters},
            "source": rule.why,
        }
        for rule in ALL
    ]


def parameters(policy: SitePolicy, site: str | None) -> list[dict[str, Any]]:
    """Each parameter of a site with its value, its default and the rules that use it."""
    return [
        {
            "site": site or "",
            "parameter": name,
            "value": plain(policy[parameter]),
            "default": plain(parameter.default),
            "rules": [rule.name for rule in ALL if parameter in rule.parameters],
        }
        for name, parameter in PARAMETERS.items()
    ]

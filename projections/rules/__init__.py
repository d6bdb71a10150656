"""The rules, a file each. Adding a rule is adding a file here: it names itself `RULE`."""

from importlib import import_module
from pkgutil import iter_modules
from typing import get_args

from events.catalogue import Kind
from projections.reasoning.rule import Rule


def _rules() -> tuple[Rule, ...]:
    files = sorted(module.name for module in iter_modules(__path__))
    rules: list[Rule] = [import_module(f"{__name__}.{name}").RULE for name in files]
    return tuple(sorted(rules, key=lambda rule: rule.number))


ALL: tuple[Rule, ...] = _rules()
"""In the order of RULES."""
BY_KIND: dict[Kind, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in ALL if rule.kind == kind) for kind in get_args(Kind)
}
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in ALL}


def title_of(rule: str, discriminator: str = "") -> str:
    """The title of an alert by the name of its rule: "Contact overdue", "Supervision overdue: group".

    Source: CONTENT, *Every alert has a headline*.
    """
    of = BY_NAME[rule]
    return f"{of.title}: {of.about(discriminator)}" if of.about is not None and discriminator else of.title

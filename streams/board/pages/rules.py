"""The rules with what they mean, their parameters, and where they come from."""

from starlette.requests import Request
from starlette.responses import Response

from streams.board.in_force import InForce
from streams.board.rendering import Renderer
from streams.presentation.rule_listing import rulebook


class RulesPage:
    """The page of the rules, for all sites or for one."""

    def __init__(self, in_force: InForce, renderer: Renderer) -> None:
        self._in_force, self._renderer = in_force, renderer

    def page(self, request: Request) -> Response:
        """The page."""
        site = request.query_params.get("site")
        policy = self._in_force.policy()
        return self._renderer.page_alone(
            request,
            "rules.html",
            lines=rulebook(policy.of(site)),
            site=site,
            sites=policy.sites,
            version=policy.version,
            calendar=policy.calendar_version,
        )

"""A small provider of OpenID Connect for tests: it signs in whoever it is told to, and can be made to do wrong."""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.testclient import TestClient

from events.instants import MICROS_A_SECOND
from streams.identity.provider import Provider
from streams.identity.provider_file import ProviderSettings
from tests.identity import SetClock, Site

ISSUER = "https://id.example/realms/one"
SECRET = "the client's secret"  # noqa: S105 - of a made-up client
BACK = "https://localhost/signin/back"
SETTINGS = {
    "issuer": ISSUER,
    "client_id": "touchline",
    "client_secret": SECRET,
    "grant": [
        {"group": "coordinators-north", "role": "coordinator", "sites": ["north"]},
        {"group": "key-workers-north", "role": "key_worker", "sites": ["north"], "worker_claim": "staff.number"},
        {"group": "managers", "role": "manager", "sites": "all", "agency": "health"},
    ],
}
USER: dict[str, Any] = {"sub": "7f0c", "name": "Jo Bell", "groups": ["coordinators-north", "staff"]}


def settings(**changed: Any) -> ProviderSettings:  # noqa: ANN401 - of the file
    return ProviderSettings.model_validate({**SETTINGS, **changed})


def key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"}, auto_kid=False)


@dataclass
class FakeProvider:
    """It answers at ISSUER; `claims` and `header` change the ID tokens that it makes."""

    clock: SetClock
    user: dict[str, Any] = field(default_factory=lambda: dict(USER))
    session: str = "provider-session-1"
    key: RSAKey = field(default_factory=lambda: key("k1"))
    signs_with: Any = None
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    away: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._answer)

    def authorize(self, address: str) -> dict[str, str]:
        """What a person does there: they sign in, and the browser is sent back with these in its query."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{ISSUER}/authorize?")
        assert (asked["client_id"], asked["redirect_uri"], asked["response_type"]) == ("touchline", BACK, "code")
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": ISSUER}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:  # noqa: ANN401
        """A token of the provider."""
        made = {"alg": "RS256", "kid": "k1", **header, **self.header}
        if made["alg"] == "none":
            parts = (json.dumps(each).encode() for each in (made, claims))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        signer = OctKey.import_key(SECRET) if made["alg"] == "HS256" else self.signs_with or self.key
        return jwt.encode(made, claims, signer, [made["alg"]])

    def sign_out_token(self, **changed: Any) -> str:  # noqa: ANN401
        """A token that says that a session has ended."""
        seconds = self.clock() // MICROS_A_SECOND
        claims = {
            "iss": ISSUER,
            "aud": "touchline",
            "iat": seconds,
            "exp": seconds + 120,
            "jti": secrets.token_urlsafe(8),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "sub": self.user["sub"],
            "sid": self.session,
        }
        claims = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return self.sign(claims, typ="logout+jwt")

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/realms/one")
        self.asked.append(path)
        if path in self.away:
            raise httpx2.ConnectError("away", request=request)
        answers: dict[str, Callable[[httpx2.Request], httpx2.Response]] = {
            "/.well-known/openid-configuration": self._metadata,
            "/jwks": lambda _: httpx2.Response(200, json=KeySet([self.key]).as_dict(private=False)),
            "/token": self._token,
            "/userinfo": self._userinfo,
        }
        return answers[path](request)

    def _metadata(self, _request: httpx2.Request) -> httpx2.Response:
        ends = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "userinfo_endpoint": "userinfo",
            "end_session_endpoint": "logout",
        }
        addresses = {name: f"{ISSUER}/{path}" for name, path in ends.items()}
        return httpx2.Response(200, json={"issuer": ISSUER, **addresses, **self.published})

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        asked = self.codes.pop(form["code"], None)
        authorization = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        right = asked is not None and challenge == asked["code_challenge"] and form["redirect_uri"] == BACK
        if asked is None or not right or authorization != f"touchline:{SECRET}":
            return httpx2.Response(400, json={"error": "invalid_grant"})
        seconds = self.clock() // MICROS_A_SECOND
        claims = {
            "iss": ISSUER, "aud": "touchline", "iat": seconds, "exp": seconds + 300, "nonce": asked["nonce"],
            "sid": self.session, **self.user, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = {"access_token": "an access token", "token_type": "Bearer", "id_token": self.sign(claims)}
        return httpx2.Response(200, json=token)

    def _userinfo(self, request: httpx2.Request) -> httpx2.Response:
        assert request.headers["authorization"] == "Bearer an access token"
        return httpx2.Response(200, json=self.userinfo or self.user)


def back_with(answer: dict[str, str]) -> str:
    """The address to which the provider sends the browser back."""
    return f"/signin/back?{urlencode(answer)}"


class OidcSite(Site):
    """A board whose sign-in is a provider's."""

    def __init__(self, folder: Path, **changed: Any) -> None:  # noqa: ANN401 - of the file
        clock = SetClock()
        self.fake = FakeProvider(clock)
        provider = Provider(settings(**changed), BACK, clock, self.fake.transport)
        super().__init__(folder, "oidc", provider=provider, clock=clock)

    def sent_to(self, browser: TestClient, back: str = "/rules") -> str:
        """The provider's address to which a browser is sent."""
        answer = browser.get(f"/signin/go?next={back}")
        assert answer.status_code == 303
        return answer.headers["location"]

    def comes_back(self, browser: TestClient, back: str = "/rules", **changed: str | None) -> httpx2.Response:
        """A whole sign-in; `changed` is what the browser brings back instead."""
        brought = {**self.fake.authorize(self.sent_to(browser, back)), **changed}
        return browser.get(back_with({name: value for name, value in brought.items() if value is not None}))

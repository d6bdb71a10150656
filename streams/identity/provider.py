"""A provider of OpenID Connect: what it publishes of itself, the exchange of a code, and its tokens, verified."""

from collections.abc import Callable
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from events.instants import MICROS_A_SECOND, Instant
from streams.clock import now
from streams.identity.attempts import Attempt, Begun
from streams.identity.provider_file import ProviderSettings, secure

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with the provider's own key. Neither `none`, nor one made with the secret that both have."""
TIMEOUT_SECONDS = 5.0
LEEWAY_SECONDS = 60
"""How far the provider's clock may be from ours."""
FRESH_MICROS = 3_600 * MICROS_A_SECOND
ASKED_AGAIN_MICROS = 30 * MICROS_A_SECOND
"""Keys are asked for again when a token names another one, but not more often: anybody can make up a token."""
SIGN_OUT_TYPE = "logout+jwt"
SIGN_OUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class ProviderUnreachable(RuntimeError):
    """The provider does not answer, or not as one."""


class TokenRefused(ValueError):
    """The provider took no code, or a token of it cannot be believed. The message is for the log: it names nobody."""


class Provider:
    """A provider. What it publishes is asked for when it is needed, and kept for an hour."""

    def __init__(
        self,
        settings: ProviderSettings,
        back: str,
        clock: Callable[[], Instant] = now,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings, self._back, self._clock, self._transport = settings, back, clock, transport
        self._metadata: tuple[Instant, dict[str, Any]] | None = None
        self._keys: tuple[Instant, KeySet] | None = None

    async def address_to_go_to(self, begun: Begun) -> str:
        """Where a browser is sent to sign in. Raises ProviderUnreachable."""
        metadata = await self._published()
        async with self._client() as client:
            address, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        return str(address)

    async def claims(self, attempt: Attempt, code: str) -> dict[str, Any]:
        """What the provider says of who signed in, for the code it gave. Raises ProviderUnreachable or TokenRefused."""
        metadata = await self._published()
        try:
            async with self._client() as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    code_verifier=attempt.verifier,
                    grant_type="authorization_code",
                    redirect_uri=self._back,
                )
                claims = await self._verified(token, attempt)
                if self.settings.userinfo:
                    claims = {**await self._userinfo(client, metadata, claims["sub"]), **claims}
        except (httpx2.HTTPError, ValueError) as error:
            if isinstance(error, TokenRefused):
                raise
            raise ProviderUnreachable from error
        except AuthlibBaseError as error:
            raise TokenRefused(f"the provider took no code: {error.error}") from error
        return claims

    async def signed_out(self, token: str) -> dict[str, Any]:
        """The claims of a sign-out token. Raises ProviderUnreachable or TokenRefused."""
        decoded = await self._decoded(token)
        claims = decoded.claims
        registry = jwt.JWTClaimsRegistry(
            self._seconds(),
            LEEWAY_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise TokenRefused(f"sign-out token: {error.error}") from error
        events = claims.get("events")
        if (
            decoded.header.get("typ") != SIGN_OUT_TYPE
            or not isinstance(events, dict)
            or not isinstance(events.get(SIGN_OUT_EVENT), dict)
            or "nonce" in claims
        ):
            raise TokenRefused("sign-out token: it is another kind of token")
        texts = [claims.get(name) for name in ("sub", "sid", "jti")]
        if texts[:2] == [None, None] or any(each is not None and not isinstance(each, str) for each in texts):
            raise TokenRefused("sign-out token: it does not say whose session")
        return claims

    @property
    def sign_out_address(self) -> str | None:
        """Where one signs out at the provider itself, if it has said so."""
        if self._metadata is None:
            return None
        address = self._metadata[1].get("end_session_endpoint")
        if not isinstance(address, str) or not secure(address):
            return None
        return str(httpx2.URL(address).copy_merge_params({"client_id": self.settings.client_id}))

    async def _verified(self, token: dict[str, Any], attempt: Attempt) -> dict[str, Any]:
        """The claims of the ID token that came with a code."""
        if not isinstance(token.get("id_token"), str):
            raise TokenRefused("there is no ID token")
        decoded = await self._decoded(token["id_token"])
        options = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
            "nonce": {"essential": True, "value": attempt.nonce},
        }
        known = {
            "client_id": self.settings.client_id,
            "nonce": attempt.nonce,
            "access_token": token.get("access_token"),
        }
        claims = CodeIDToken(decoded.claims, decoded.header, options, known)
        try:
            claims.validate(self._seconds(), LEEWAY_SECONDS)
        except JoseError as error:
            raise TokenRefused(f"ID token: {error.error} {error.description}") from error
        if "events" in claims or not isinstance(claims["sub"], str) or not claims["sub"]:
            raise TokenRefused("ID token: it is another kind of token")
        return dict(claims)

    async def _userinfo(self, client: AsyncOAuth2Client, metadata: dict[str, Any], subject: str) -> dict[str, Any]:
        """What the userinfo endpoint says, if it speaks of the same subject."""
        answer = await client.get(metadata["userinfo_endpoint"])
        answer.raise_for_status()
        said = answer.json()
        if not isinstance(said, dict) or said.get("sub") != subject:
            raise TokenRefused("userinfo speaks of somebody else")
        return said

    async def _decoded(self, token: str) -> jwt.Token:
        """A token whose signature is the provider's; its claims are not looked at."""
        for again in (False, True):
            keys = await self._signing_keys(again=again)
            try:
                return jwt.decode(token, keys, ALGORITHMS)
            except (JoseError, ValueError) as error:
                refused = TokenRefused(f"signature: {getattr(error, 'error', 'no token')}")
        raise refused

    async def _signing_keys(self, *, again: bool) -> KeySet:
        """The provider's keys; asked for `again` if the ones known do not fit."""
        present = self._clock()
        fresh = ASKED_AGAIN_MICROS if again else FRESH_MICROS
        if self._keys is None or present - self._keys[0] >= fresh:
            document = await self._get((await self._published())["jwks_uri"])
            try:
                self._keys = present, KeySet.import_key_set(document)  # type: ignore[arg-type]
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise ProviderUnreachable from error
        return self._keys[1]

    async def _published(self) -> dict[str, Any]:
        """What the provider publishes of itself; checked to be its own, and reached safely."""
        present = self._clock()
        if self._metadata is None or present - self._metadata[0] >= FRESH_MICROS:
            issuer = self.settings.issuer
            document = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            needed = ["authorization_endpoint", "token_endpoint", "jwks_uri"]
            needed += ["userinfo_endpoint"] if self.settings.userinfo else []
            sound = all(isinstance(document.get(name), str) and secure(document[name]) for name in needed)
            if document.get("issuer") != issuer or not sound:
                raise ProviderUnreachable("what it publishes is not its own, or not over https")
            self._metadata = present, document
        return self._metadata[1]

    async def _get(self, address: str) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(transport=self._transport, timeout=TIMEOUT_SECONDS) as client:
                answer = await client.get(address)
                answer.raise_for_status()
                document = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderUnreachable from error
        if not isinstance(document, dict):
            raise ProviderUnreachable
        return document

    def _client(self) -> AsyncOAuth2Client:
        secret = self.settings.client_secret
        return AsyncOAuth2Client(
            self.settings.client_id,
            secret,
            token_endpoint_auth_method="none" if secret is None else "client_secret_basic",
            scope=self.settings.scope,
            redirect_uri=self._back,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
            transport=self._transport,
        )

    def _seconds(self) -> int:
        return self._clock() // MICROS_A_SECOND

"""Signing in at an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636).

The browser keeps one random token for the minutes that this takes, in a cookie that no script reads; state, nonce and
verifier are each derived from it, so that the server keeps nothing. Tokens are checked here with the keys that the
provider publishes, and are never stored.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from server.settings import Oidc

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures with public keys only: neither `none`, nor one that whoever knows the client's secret could make."""
KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
LEEWAY_S = 60
FRESH = timedelta(hours=1)
TIMEOUT_S = 10.0


class ProviderAway(Exception):  # noqa: N818 - it names a state that passes, not a mistake
    """The provider does not answer, or not as a provider does. The text says what to look at."""


class Refused(Exception):  # noqa: N818 - what happened is that somebody was refused
    """What came back proves nothing. The text is for the log; it holds no token."""


class Provider:
    """The provider of the settings. What it says of itself is asked for when it is needed, and kept for an hour."""

    def __init__(self, settings: Oidc) -> None:
        self.name = settings.name
        self.settings = settings
        self._secret = (
            Path(settings.client_secret_file).read_text(encoding="utf-8").partition("\n")[0].strip()
            if settings.client_secret_file
            else ""
        )
        self._web = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)
        self._asking = threading.Lock()
        self._said: dict[str, Any] = {}
        self._said_at: datetime | None = None
        self._keys: list[jwk.Key] = []

    def close(self) -> None:
        """Close its connections."""
        self._web.close()

    def start(self, token: str, back_to: str, now: datetime) -> str:
        """Where to send the browser that holds this token."""
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back_to,
            "scope": self.settings.scopes,
            "state": _derived(token, "state"),
            "nonce": _derived(token, "nonce"),
            "code_challenge": _base64(hashlib.sha256(_derived(token, "verifier").encode()).digest()),
            "code_challenge_method": "S256",
        }
        where = self._about(now)["authorization_endpoint"]
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def finish(self, token: str, query: Mapping[str, str], back_to: str, now: datetime) -> dict[str, Any]:
        """The claims about whoever came back with this query, holding this token."""
        if not hmac.compare_digest(query.get("state", "").encode(), _derived(token, "state").encode()):
            raise Refused("the state is not the one that this browser was sent with")
        about = self._about(now)
        if query.get("iss", self.settings.issuer) != self.settings.issuer:  # RFC 9207
            raise Refused("the answer is another issuer's")
        if "error" in query:
            raise Refused(f"the provider says {query['error'][:100]!r}")
        id_token = self._exchange(about, query.get("code", ""), _derived(token, "verifier"), back_to)
        return self.checked(id_token, _derived(token, "nonce"), now)

    def checked(self, id_token: str, nonce: str, now: datetime) -> dict[str, Any]:
        """The claims of a signed token that is meant for us, now and here (OpenID Connect Core 1.0, 3.1.3.7)."""
        about = self._about(now)
        offered = about.get("id_token_signing_alg_values_supported") or ["RS256"]
        algorithms = [name for name in ALGORITHMS if name in offered]
        try:
            claims = jwt.decode(id_token, lambda token: self._key(token.headers()), algorithms).claims
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self.settings.issuer},
                sub={"essential": True},
                aud={"essential": True, "value": self.settings.client_id},
                exp={"essential": True},
                iat={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise Refused(f"the token is not good: {error}") from None
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise Refused("the token was made for another sign-in")
        many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if many else self.settings.client_id) != self.settings.client_id:
            raise Refused("the token was made for another program")
        return dict(claims)

    def _exchange(self, about: dict[str, Any], code: str, verifier: str, back_to: str) -> str:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back_to, "code_verifier": verifier}
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        client, secret = self.settings.client_id, self._secret
        auth: tuple[str, str] | None = None
        if secret and "client_secret_basic" in ways:
            auth = (_form(client), _form(secret))
        else:
            form |= {"client_id": client, **({"client_secret": secret} if secret else {})}
        said = self._ask("POST", about["token_endpoint"], data=form, **({"auth": auth} if auth else {}))
        id_token = said.get("id_token")
        if not isinstance(id_token, str):
            raise Refused("the provider gave no token for the code")
        return id_token

    def _key(self, header: Mapping[str, Any]) -> jwk.Key:
        """The key that a token says it was signed with; asks anew for one that is not known: keys are rotated."""
        for anew in (False, True):
            keys = self._fetched_keys() if anew else self._keys
            fitting = [key for key in keys if _fits(key, header)]
            if len(fitting) == 1:
                return fitting[0]
        raise ValueError("it is signed with a key that the provider does not publish")

    def _fetched_keys(self) -> list[jwk.Key]:
        said = self._ask("GET", self._said["jwks_uri"])
        keys = []
        for each in said.get("keys", []):
            if isinstance(each, dict) and each.get("kty") in KINDS.values() and each.get("use", "sig") == "sig":
                try:
                    keys.append(jwk.import_key(each))
                except (JoseError, ValueError, LookupError, TypeError):
                    continue  # one that we do not understand is for others
        self._keys = keys
        return keys

    def _about(self, now: datetime) -> dict[str, Any]:
        with self._asking:
            if self._said_at is None or now - self._said_at > FRESH:
                said = self._ask("GET", self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
                if said.get("issuer") != self.settings.issuer:
                    raise ProviderAway(
                        f"[oidc] issuer is {self.settings.issuer}, but it calls itself {said.get('issuer')}"
                    )
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    if not isinstance(said.get(name), str):
                        raise ProviderAway(f"{self.settings.issuer} says no {name}")
                self._said, self._said_at = said, now
            return self._said

    def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._web.request(method, url, headers={"Accept": "application/json"}, **more)
            said = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderAway(f"{url} does not answer as it should: {type(error).__name__}") from None
        if answer.status_code >= 500 or not isinstance(said, dict):
            raise ProviderAway(f"{url} answers {answer.status_code}")
        if answer.status_code != 200:
            raise Refused(f"{url} answers {answer.status_code}, {str(said.get('error'))[:100]!r}")
        return said


def new_token() -> str:
    """What a browser keeps while it is sent to the provider and back."""
    return secrets.token_urlsafe(32)


def _derived(token: str, what: str) -> str:
    return _base64(hmac.digest(token.encode(), what.encode(), "sha256"))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _form(text: str) -> str:
    """A name or a secret as HTTP Basic wants it here (RFC 6749, 2.3.1)."""
    return urlencode({"": text})[1:]


def _fits(key: jwk.Key, header: Mapping[str, Any]) -> bool:
    """Whether a token with this header may be signed with this key."""
    kind = KINDS.get(str(header.get("alg"))[:2])
    named = header.get("kid")
    if key.key_type != kind or key.get("alg", header["alg"]) != header["alg"]:
        return False
    return named is None or key.kid == named

"""A small OpenID provider on a free port: real HTTP, signed tokens, PKCE; and one that lies, in every way that a test names."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

SECRET = "the client's secret, known to two"
CLIENT = "milepost"
Lie = Callable[[dict[str, Any]], Any]


class Provider:
    """Everybody who comes is `user`, at once: what a browser's user would click is not what is tested."""

    def __init__(self, algorithm: str = "RS256") -> None:
        self.algorithm = algorithm
        self.user: dict[str, Any] = {"sub": "1", "email": "aino@example.org", "email_verified": True}
        self.lie: Lie | None = None
        """Changes the claims of a token before it is signed."""
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.answer: dict[str, Any] = {}
        """Goes into the address that the browser comes back with, instead of what is true."""
        self.about: dict[str, Any] = {}
        """Says otherwise of itself."""
        self.broken = False
        self.secret = SECRET
        """Of the client; empty for one that has none."""
        self.asked: list[dict[str, str]] = []
        """What browsers were sent with."""
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one is gone."""
        kid = secrets.token_hex(4)
        parameters: Any = {"kid": kid, "use": "sig"}
        if self.algorithm.startswith("ES"):
            self.key: Any = ECKey.generate_key("P-256", parameters)
        else:
            self.key = RSAKey.generate_key(2048, parameters)

    def signed(self, claims: dict[str, Any]) -> str:
        """A token as it should be."""
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key, [self.algorithm])

    def unsigned(self, claims: dict[str, Any]) -> str:
        """`alg: none`."""
        parts = [{"alg": "none"}, claims]
        return ".".join(_base64(json.dumps(part).encode()) for part in parts) + "."

    def signed_with_public_key(self, claims: dict[str, Any]) -> str:
        """HS256, with the published key as the secret: who confuses the two kinds takes it."""
        parts = [{"alg": "HS256", "kid": self.key.kid}, claims]
        text = ".".join(_base64(json.dumps(part).encode()) for part in parts)
        return f"{text}.{_base64(hmac.digest(self.key.as_pem(private=False), text.encode(), 'sha256'))}"

    def signed_by_a_stranger(self, claims: dict[str, Any]) -> str:
        """With a key of the same name that nobody published."""
        stranger = RSAKey.generate_key(2048, {"kid": self.key.kid})
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, stranger, ["RS256"])

    def _says(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        } | self.about

    def _authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        self.asked.append(query)
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT
        code = secrets.token_urlsafe(8)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], **self.answer})}"

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or form["redirect_uri"] != asked["redirect_uri"] or form["grant_type"] != "authorization_code":
            return 400, {"error": "invalid_grant"}
        challenge = _base64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if self._client(form, authorization) != (CLIENT, self.secret):
            return 401, {"error": "invalid_client"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]} | self.user
        changed = self.lie(claims) if self.lie else None
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(changed or claims)}

    def _client(self, form: dict[str, str], authorization: str) -> tuple[str, str]:
        """Who asks for a token, and with which secret: as the provider wants to be told."""
        if self.about.get("token_endpoint_auth_methods_supported") == ["client_secret_post"] or not self.secret:
            return form.get("client_id", ""), form.get("client_secret", "")
        client, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return unquote_plus(client), unquote_plus(secret)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(place.query).items()}
                if provider.broken:
                    self._say(500, {})
                elif place.path == "/.well-known/openid-configuration":
                    self._say(200, provider._says())
                elif place.path == "/keys":
                    other = {"kty": "OKP", "crv": "of another age", "x": "AAAA", "kid": "odd"}
                    self._say(200, {"keys": [other, provider.key.as_dict(private=False)]})
                elif place.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider._authorize(query))
                    self.end_headers()
                else:
                    self._say(404, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self._say(*provider._token(form, self.headers.get("Authorization", "")))

            def _say(self, status: int, body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Nothing: the test's output is the test's."""

        return Handler


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")

"""An identity provider that runs here, for tests of tokens."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

AUDIENCE = "lodestone"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: Any, identifier: str | None, **more: object) -> dict[str, Any]:
    """A key as the provider publishes it."""
    kinds: dict[type, Any] = {
        rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm,
        ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm,
        ed25519.Ed25519PrivateKey: jwt.algorithms.OKPAlgorithm,
    }
    made = next(kind for of, kind in kinds.items() if isinstance(key, of))
    entry: dict[str, Any] = made.to_jwk(key.public_key(), as_dict=True)
    return entry | ({"kid": identifier} if identifier else {}) | more


class Provider:
    """An identity provider with a discovery document and keys that may change."""

    def __init__(self) -> None:
        self.keys = [public(RSA, "rsa", alg="RS256", use="sig")]
        self.about: dict[str, Any] = {}
        self.asked = 0
        self.status = 200
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/keys":
                    provider.asked += 1
                    body: object = {"keys": provider.keys}
                else:
                    body = provider.about
                content = json.dumps(body).encode()
                self.send_response(provider.status)
                self.send_header("Location", "/keys")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.about = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def claims(self, **changes: object) -> dict[str, Any]:
        """What a good token says, with changes; None takes a claim away."""
        good = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "ada@provider",
            "exp": time.time() + 600,
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(
        self,
        key: Any = RSA,
        algorithm: str = "RS256",
        kid: str | None = "rsa",
        **changes: object,
    ) -> str:
        headers = {"kid": kid} if kid else {}
        return jwt.encode(self.claims(**changes), key, algorithm=algorithm, headers=headers)

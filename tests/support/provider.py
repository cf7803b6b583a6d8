"""A provider of sign-ins (OpenID Connect) as a process of its own on this machine, which lies when it is told to.

Whoever is sent to it comes back at once as the person it was told of. Each code opens once, for the client's secret,
the address and the verifier (PKCE) that it was asked with.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

import httpx
import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

__all__ = ["CLIENT", "SECRET", "ProviderProcess", "provider_at"]

CLIENT, SECRET = "stock", "the client's own secret"  # of nobody

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class ProviderProcess:
    """The process. `issuer`: its address."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def says(self, **said: Any) -> None:
        """Let it say this of the next who come: claims, `signed_by` another key or `error`; None leaves a claim out."""
        httpx.post(f"{self.issuer}/told", json=said, timeout=10, verify=_NO_TLS).raise_for_status()

    def asked(self) -> list[dict[str, str]]:
        """Return how it was asked to sign somebody in, the last at the end."""
        found: list[dict[str, str]] = httpx.get(f"{self.issuer}/asked", timeout=10, verify=_NO_TLS).json()
        return found


@contextlib.contextmanager
def provider_at(port: int) -> Iterator[ProviderProcess]:
    """Run a provider at a port of this machine."""
    with subprocess.Popen([sys.executable, __file__, str(port)]) as process:
        try:
            made, until = ProviderProcess(f"http://127.0.0.1:{port}"), time.monotonic() + 30
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    made.asked()
                    break
                assert process.poll() is None, "the provider did not start"
                assert time.monotonic() < until, "the provider does not answer"
                time.sleep(0.05)
            yield made
        finally:
            process.terminate()


class _Provider:
    """What the process keeps: its keys, codes that were given, how it was asked, and what it is to say."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys = {name: RSAKey.generate_key(2048, {"kid": name}) for name in ("first", "second", "stranger")}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.told: dict[str, Any] = {}

    def signed(self, nonce: str) -> str:
        """Return an ID token that says what it is to say."""
        now, told = int(time.time()), self.told
        claims = {"iss": self.issuer, "sub": "ann", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce}
        claims |= {name: value for name, value in told.items() if name not in ("signed_by", "published", "kid", "alg")}
        claims = {name: value for name, value in claims.items() if value is not None}
        if told.get("alg") == "none":
            parts = [b'{"alg":"none"}', json.dumps(claims).encode(), b""]
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        key = self.keys[told.get("signed_by", "first")]
        return jwt.encode({"alg": "RS256", "kid": told.get("kid", key.kid)}, claims, key)

    def takes(self, request: Request, code: str, redirect_uri: str, verifier: str) -> str | None:
        """Return the nonce of the sign-in that a code closes, None where it closes none."""
        shown = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        begun = self.codes.pop(code, None)
        if begun is None or request.headers["authorization"] != f"Basic {shown}":
            return None
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        same = begun["redirect_uri"] == redirect_uri and begun["code_challenge"] == challenge
        return begun["nonce"] if same else None


def provider(issuer: str) -> FastAPI:
    """Return the provider's pages."""
    app, kept = FastAPI(), _Provider(issuer)
    _add_orders(app, kept)

    @app.get("/.well-known/openid-configuration")
    def places() -> dict[str, Any]:
        return {
            "issuer": kept.told.get("issuer", issuer),
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    @app.get("/keys")
    def public_keys() -> dict[str, Any]:
        names = kept.told.get("published", ["first"])
        return {"keys": [kept.keys[name].as_dict(private=False) for name in names]}

    @app.get("/authorize")
    def authorize(request: Request) -> RedirectResponse:
        said = dict(request.query_params)
        kept.asked.append(said)
        code = secrets.token_urlsafe()
        kept.codes[code] = said
        back = {"error": kept.told["error"]} if "error" in kept.told else {"code": code}
        address = f"{said['redirect_uri']}?{urlencode({**back, 'state': said['state']})}"
        return RedirectResponse(address, status_code=302)

    @app.post("/token")
    def token(
        request: Request,
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
    ) -> JSONResponse:
        nonce = kept.takes(request, code, redirect_uri, code_verifier)
        if nonce is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": kept.signed(nonce)})

    return app


def _add_orders(app: FastAPI, kept: _Provider) -> None:
    """Let tests say what it is to say, and ask how it was asked."""

    @app.post("/told")
    async def tell(request: Request) -> None:
        kept.told = await request.json()

    @app.get("/asked")
    def list_asked() -> list[dict[str, str]]:
        return kept.asked


if __name__ == "__main__":
    port = int(sys.argv[1])
    uvicorn.run(provider(f"http://127.0.0.1:{port}"), host="127.0.0.1", port=port, log_level="critical")

"""Whether what a provider says of a person is proven: signed by its key, for us, of now, in answer to what we asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from data.serve_settings import OpenId

__all__ = ["BadToken", "claims_of", "person_of"]

_SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that only the holder of a private key can make: "none" and shared secrets are not among them."""

_LEEWAY_SECONDS = 60
_LETTERS_MAX = 200


class BadToken(Exception):
    """It is not proven. `why`: the code of the fault; `unknown_key`: signed by a key that is not known (yet)."""

    def __init__(self, why: str, *, unknown_key: bool = False) -> None:
        super().__init__(why)
        self.why, self.unknown_key = why, unknown_key


def claims_of(
    token: Mapping[str, Any], keys: Mapping[str, Any], places: Mapping[str, Any], said: OpenId, *, nonce: str
) -> Mapping[str, Any]:
    """Return what an ID token claims.

    Raises:
        BadToken: no token, not signed by a key of the provider, by or for somebody else, of another time, or not in
            answer to this nonce.

    """
    from authlib.oidc.core import CodeIDToken

    raw = token.get("id_token")
    if not isinstance(raw, str):
        raise BadToken("no_id_token")
    asked = {"nonce": nonce, "client_id": said.client_id, "access_token": token.get("access_token")}
    due = {
        "iss": {"essential": True, "value": said.issuer},
        "aud": {"essential": True, "value": said.client_id},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "sub": {"essential": True},
        "nonce": {"essential": True, "value": nonce},
    }
    try:
        read = jwt.decode(raw, _keys(keys), registry=_algorithms(places))
        claims = CodeIDToken(read.claims, read.header, due, asked)
        claims.validate(leeway=_LEEWAY_SECONDS)
    except InvalidKeyIdError as error:
        raise BadToken(error.error, unknown_key=True) from error
    except JoseError as error:
        raise BadToken(_fault(error)) from error
    except (ValueError, TypeError, KeyError) as error:
        raise BadToken("unreadable") from error
    return dict(claims)


def person_of(claims: Mapping[str, Any], claim: str) -> str:
    """Return the id that a claim gives, "" where it gives none: a text, and of an address only one that was verified.

    >>> person_of({"sub": "ann"}, "sub"), person_of({"email": "a@b.example"}, "email")
    ('ann', '')
    """
    said = claims.get(claim)
    if not isinstance(said, str) or (claim == "email" and claims.get("email_verified") is not True):
        return ""
    return said.strip()[:_LETTERS_MAX]


def _keys(keys: Mapping[str, Any]) -> KeySet:
    # Keys of kinds that are not known here are for others.
    known = [
        each for each in keys.get("keys", ()) if isinstance(each, dict) and each.get("kty") in ("RSA", "EC", "OKP")
    ]
    return KeySet.import_key_set({"keys": known})


def _algorithms(places: Mapping[str, Any]) -> JWSRegistry:
    offered = places.get("id_token_signing_alg_values_supported") or ["RS256"]
    return JWSRegistry(algorithms=[each for each in _SIGNED if each in offered], strict_check_header=False)


def _fault(error: JoseError) -> str:
    claim = getattr(error, "claim", "") or ""
    return f"{error.error}: {claim}" if claim else str(error.error)

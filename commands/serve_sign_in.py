"""What `allocator serve` is told of signing in through a provider (OpenID Connect), checked at its start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from allocator.sentence import say
from commands.grammar import option
from commands.session import Session
from data.os_reasons import reason_of
from data.serve_settings import OpenId

__all__ = ["SignInSaid", "open_id_of", "sign_in_options"]


@dataclass(frozen=True, kw_only=True)
class SignInSaid:
    """What was said of signing in."""

    issuer: str
    client_id: str
    secret_file: Path | None
    claim: str
    passwords: bool


_OPTIONS = (
    option(
        "--oidc-issuer",
        default="",
        metavar="URL",
        says=say("Let people sign in through this OpenID Connect provider; https, or this machine."),
    ),
    option("--oidc-client-id", default="", metavar="ID", says=say("As what the provider knows these pages.")),
    option(
        "--oidc-client-secret-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        metavar="FILE",
        says=say("A file with the secret that the provider gave for it, and nothing else."),
    ),
    option(
        "--oidc-claim",
        default="sub",
        metavar="NAME",
        says=say("What the provider says of a person that is the person's id here: sub, preferred_username, email …"),
    ),
    option(
        "--passwords/--no-passwords",
        default=True,
        says=say("Let people sign in with passwords kept here; without, only through the provider."),
    ),
)


def sign_in_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options, which the command gets as one value, `sign_in`."""

    def run(
        *given: Any,
        oidc_issuer: str,
        oidc_client_id: str,
        oidc_client_secret_file: Path | None,
        oidc_claim: str,
        passwords: bool,
        **rest: Any,
    ) -> Any:
        said = SignInSaid(
            issuer=oidc_issuer.strip(),
            client_id=oidc_client_id.strip(),
            secret_file=oidc_client_secret_file,
            claim=oidc_claim.strip(),
            passwords=passwords,
        )
        return function(*given, sign_in=said, **rest)

    run.__doc__ = function.__doc__
    made: Callable[..., Any] = run
    for each in reversed(_OPTIONS):
        made = each(made)
    return made


def open_id_of(session: Session, said: SignInSaid) -> OpenId | None:
    """Return the provider that was said, None for none; end with what is wrong of it."""
    given = [bool(said.issuer), bool(said.client_id), said.secret_file is not None]
    if not any(given):
        if not said.passwords:
            session.refuse(say("With --no-passwords nobody could sign in: give --oidc-issuer too."), status=2)
        return None
    if said.secret_file is None or not all(given):
        session.refuse(
            say("Give --oidc-issuer, --oidc-client-id and --oidc-client-secret-file together; one is missing."),
            status=2,
        )
    _refuse_unsafe(session, said.issuer)
    if not _secret(session, said.secret_file):
        session.refuse(say("{file} is empty. Write the client's secret into it.", file=str(said.secret_file)), status=2)
    return OpenId(
        issuer=said.issuer, client_id=said.client_id, secret_file=str(said.secret_file.absolute()), claim=said.claim
    )


def _refuse_unsafe(session: Session, issuer: str) -> None:
    from data.open_id import is_safe_address

    if not is_safe_address(issuer):
        session.refuse(
            say(
                "{issuer} cannot be trusted with signing in: its address must begin with https://, or be of this "
                "machine. Give the address that the provider calls its issuer.",
                issuer=issuer,
            ),
            status=2,
        )


def _secret(session: Session, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = reason_of(error) if isinstance(error, OSError) else "UTF-8"
        session.refuse(say("{file} cannot be read: {why}.", file=str(path), why=why), status=2)

"""`allocator serve`: the pages and the API, on this machine unless told otherwise."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.on_ledger import Desk, address_of, on_ledger
from commands.serve_sign_in import SignInSaid, open_id_of, sign_in_options
from commands.session import Session
from commands.worker_process import own_worker
from data.serve_settings import LOG_KINDS, LOOPBACK, LogKind, ServeSettings, keep_settings, numbers_together

if TYPE_CHECKING:
    import uvicorn


@command(
    say(
        "Serve the pages and the API. Only this machine can reach them, unless --host names another address; then "
        "they travel over TLS: give a certificate and its key, or say --behind-proxy where a proxy sees to it."
    ),
    examples=(
        "allocator serve",
        "allocator serve --host 0.0.0.0 --name stock.county.example --tls-cert cert.pem --tls-key key.pem",
        "allocator serve --port 8080 --behind-proxy --name stock.county.example",
        "allocator serve --oidc-issuer https://id.county.example --oidc-client-id stock --oidc-client-secret-file FILE",
    ),
)
@option("--host", default="127.0.0.1", metavar="ADDRESS", says=say("The address to listen at."))
@option("--port", type=click.IntRange(1, 65535), default=8000, says=say("The port to listen at."))
@option("--name", "names", multiple=True, metavar="NAME", says=say("A name under which browsers ask for the pages."))
@option("--tls-cert", type=click.Path(path_type=Path, exists=True), metavar="FILE", says=say("The certificate (PEM)."))
@option("--tls-key", type=click.Path(path_type=Path, exists=True), metavar="FILE", says=say("Its key (PEM)."))
@option("--behind-proxy", is_flag=True, says=say("A proxy of this machine takes requests over TLS and passes them on."))
@option(
    "--public",
    is_flag=True,
    says=say("Let anybody read the public ledger of donations at /public/donations, which has no person in it."),
)
@option(
    "--named",
    "donors",
    multiple=True,
    metavar="CODE",
    says=say("With --public: a donor who agreed to be named; others are numbered. May be given several times."),
)
@option(
    "--worker/--no-worker",
    default=True,
    says=say("Also start a worker for what takes longer than a page may; without one, run allocator worker."),
)
@option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    says=say("How many processes serve: one for each core that may be busy with it. One that dies is started anew."),
)
@option(
    "--log",
    type=click.Choice(LOG_KINDS),
    default="text",
    says=say("How each request is told of on standard error, without persons, addresses or values; faults always are."),
)
@click.pass_context
@sign_in_options
def run(
    context: click.Context,
    /,
    *,
    host: str,
    port: int,
    names: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    behind_proxy: bool,
    public: bool,
    donors: tuple[str, ...],
    worker: bool,
    sign_in: SignInSaid,
    processes: int,
    log: LogKind,
) -> None:
    """Check, keep the settings for the serving process, serve until stopped."""
    with on_ledger(context, reads=True) as desk:
        session = desk.session
        over_tls = tls_cert is not None and tls_key is not None
        _refuse_open_doors(session, host, over_tls=over_tls, one=(tls_cert is None) != (tls_key is None))
        open_id = open_id_of(session, sign_in)
        _look_at_people(desk, donors, elsewhere=open_id is not None)
    scheme = "https" if over_tls else "http"
    shown = f"[{host}]" if ":" in host else host
    session.tell(say("Serving {address} – stop with Ctrl-C.", address=f"{scheme}://{shown}:{port}/"))
    asked_as = tuple(name.lower() for name in (*names, shown))
    keep_settings(
        ServeSettings(
            db=address_of(session),
            secure=over_tls or behind_proxy,
            names=asked_as,
            public=public,
            donors=donors,
            open_id=open_id,
            passwords=sign_in.passwords,
            behind_proxy=behind_proxy,
            log=log,
        )
    )
    with contextlib.ExitStack() as beside:
        if worker:
            beside.enter_context(own_worker(session, address_of(session)))
        if processes > 1:
            beside.enter_context(numbers_together())
        _listen(host, port, tls_cert, tls_key, behind_proxy=behind_proxy, processes=processes, log=log)


def _look_at_people(desk: Desk, donors: tuple[str, ...], *, elsewhere: bool) -> None:
    """Refuse who is no donor now rather than on every page; say it where nobody can sign in."""
    from models.database import reading
    from models.public_ledger import public_ledger
    from models.sign_in import somebody_can_sign_in

    with reading(desk.ledger.engine) as connection:
        if donors:
            public_ledger(connection, named=donors)
        somebody = somebody_can_sign_in(connection)
    if not somebody and not elsewhere:
        desk.session.tell(
            say(
                "Nobody can sign in yet. Add an administrator and give them a password: "
                "allocator user add ID --role administrator; allocator user password ID --actor ID"
            )
        )


# What the server itself warns of, of bytes that are no request say, stands among the lines of requests.
_JSON_LINES: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "web.request_log.JsonLines"}},
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "loggers": {"uvicorn": {"handlers": ["lines"], "propagate": False}},
}


def _listen(
    host: str,
    port: int,
    tls_cert: Path | None,
    tls_key: Path | None,
    *,
    behind_proxy: bool,
    processes: int,
    log: LogKind,
) -> None:
    """Answer until stopped, by the settings that are kept."""
    import uvicorn

    said: dict[str, Any] = {
        "app": "web.app:served",
        "factory": True,
        "host": host,
        "port": port,
        "log_level": "warning",
        "server_header": False,
        "proxy_headers": behind_proxy,
        "forwarded_allow_ips": "127.0.0.1",
        "ssl_certfile": tls_cert,
        "ssl_keyfile": tls_key,
        # Connections, idle ones too; how many requests are answered at once `web.observed` sees to.
        "limit_concurrency": 2000,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": 20,
        # A process of several that does not answer for so long is killed: on a machine with too much to do five
        # seconds, which is what it is without this, kill one that only waits for its turn.
        "timeout_worker_healthcheck": 60,
        "access_log": False,
        "loop": "asyncio",
        **({"log_config": _JSON_LINES} if log == "json" else {}),
    }
    if processes == 1:
        uvicorn.run(**said)
    else:
        _listen_together(uvicorn.Config(**said, workers=processes))


def _listen_together(config: uvicorn.Config) -> None:
    """Answer from several processes at one port until stopped; one that dies is started anew."""
    from uvicorn.supervisors import Multiprocess

    listening = config.bind_socket()
    # What is accepted here inherits it. Without, the body of an answer waits for the browser to confirm its headers:
    # forty milliseconds (asyncio sees to it only where it made the socket itself).
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Multiprocess(config, sockets=[listening]).run()


def _refuse_open_doors(session: Session, host: str, *, over_tls: bool, one: bool) -> None:
    """Refuse passwords travelling in the clear: another address than this machine's own wants TLS."""
    if one:
        session.refuse(say("A certificate goes with its key: give both --tls-cert and --tls-key."), status=2)
    if host not in LOOPBACK and not over_tls:
        session.refuse(
            say(
                "At {host} others could read passwords on their way. Give --tls-cert and --tls-key, or listen at "
                "127.0.0.1 behind a proxy that does TLS.",
                host=host,
            ),
            status=2,
        )

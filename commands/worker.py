"""`allocator worker`: do in the background what pages asked for."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.on_ledger import Desk, on_ledger, seal_now
from commands.worker_process import parent_gone

if TYPE_CHECKING:
    from models.job_work import JobKind

_IDLE_SECONDS = 0.5
_AGAIN_SECONDS = 2.0


@command(
    say(
        "Do in the background what pages asked for: allocations and other work that takes longer than a page may. "
        "`allocator serve` starts a worker of its own; more of them, on this machine or others that reach the ledger, "
        "share the work. One that ends while it works leaves the job to the next, which begins it anew."
    ),
    examples=("allocator worker", "allocator worker --once"),
)
@option("--once", is_flag=True, says=say("Do what waits now, then end."))
@click.pass_context
def run(context: click.Context, /, *, once: bool) -> None:
    """Do one job after the other, and seal what each recorded."""
    signal.signal(signal.SIGTERM, _end)
    with on_ledger(context, reads=True, alarms=False) as desk:
        kinds = _kinds()
        if not once:
            desk.session.tell(say("Working for the pages – stop with Ctrl-C."))
        try:
            while not parent_gone():
                if _did_one(desk, kinds, once=once):
                    seal_now(desk.session, desk.ledger)
                elif once:
                    break
                else:
                    time.sleep(_IDLE_SECONDS)
        except KeyboardInterrupt:
            desk.session.tell(say("Ended."))


def _kinds() -> dict[str, JobKind]:
    from data import job_kinds as plain
    from scenarios import job_kinds as what_ifs
    from scenarios.job_doors import Doors

    doors = Doors(take=plain.take_day, keep=plain.keep_results, allocate=plain.allocate_as)
    return {**plain.JOBS, **what_ifs.jobs(doors)}


def _did_one(desk: Desk, kinds: Mapping[str, JobKind], *, once: bool) -> bool:
    """Do the next job, if one waits; a database that cannot just now is said and waited for, unless `once`."""
    from models.days import now_micros
    from models.faults import unavailable
    from models.job_work import do_next

    try:
        return do_next(desk.ledger, kinds, now_micros) is not None
    except Exception as error:
        said = unavailable(error)
        if said is None or once:
            raise
        desk.session.tell(said.sentence)
        time.sleep(_AGAIN_SECONDS)
        return False


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt(os.getpid())

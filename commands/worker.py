"""`allocator worker`: do in the background what pages asked for."""

from __future__ import annotations

import os
import signal
import time
from typing import NoReturn

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.on_ledger import on_ledger, seal_now
from commands.worker_process import parent_gone

_IDLE_SECONDS = 0.5


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
        from data import job_kinds as plain
        from models.days import now_micros
        from models.job_work import do_next
        from scenarios import job_kinds as what_ifs
        from scenarios.job_doors import Doors

        doors = Doors(take=plain.take_day, keep=plain.keep_results, allocate=plain.allocate_as)
        kinds = {**plain.JOBS, **what_ifs.jobs(doors)}
        if not once:
            desk.session.tell(say("Working for the pages – stop with Ctrl-C."))
        try:
            while not parent_gone():
                if do_next(desk.ledger, kinds, now_micros) is not None:
                    seal_now(desk.session, desk.ledger)
                elif once:
                    break
                else:
                    time.sleep(_IDLE_SECONDS)
        except KeyboardInterrupt:
            desk.session.tell(say("Ended."))


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt(os.getpid())

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
    from models.job_process import Limits
    from models.job_work import JobKind

_IDLE_SECONDS = 0.5
_AGAIN_SECONDS = 2.0
_MOVED_SECONDS = 15.0


@command(
    say(
        "Do in the background what pages asked for: allocations and other work that takes longer than a page may. "
        "`allocator serve` starts a worker of its own; more of them, on this machine or others that reach the ledger, "
        "share the work. One that ends while it works leaves the job to the next, which begins it anew. A job that "
        "takes too much memory or time is ended, and says so; the worker goes on."
    ),
    examples=("allocator worker", "allocator worker --once"),
)
@option("--once", is_flag=True, says=say("Do what waits now, then end."))
@option(
    "--memory-mib",
    type=click.IntRange(256),
    metavar="N",
    says=say("The most memory that a job may take beside the worker, in MiB; default: three quarters of all."),
)
@option("--minutes", type=click.IntRange(1, 1440), default=60, says=say("The longest that one job may take."))
@click.pass_context
def run(context: click.Context, /, *, once: bool, memory_mib: int | None, minutes: int) -> None:
    """Do one job after the other, and seal what each recorded."""
    signal.signal(signal.SIGTERM, _end)
    with on_ledger(context, reads=True, alarms=False) as desk:
        from models.job_process import Limits, memory_of_machine

        kinds = _kinds()
        memory = memory_of_machine() * 3 // 4 if memory_mib is None else memory_mib << 20
        limits = Limits(memory_bytes=memory, seconds=60 * minutes)
        if not once:
            _load_engines()
        if not once:
            desk.session.tell(say("Working for the pages – stop with Ctrl-C."))
        try:
            while not parent_gone():
                if _did_one(desk, kinds, limits, once=once):
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


def _load_engines() -> None:
    """Load what jobs need, so that the processes in which they are done have it."""
    from data import allocating, policy_trying, procure_job, shortfall_job
    from scenarios import compare_job, stress_job

    _ = (allocating, policy_trying, procure_job, shortfall_job, compare_job, stress_job)


def _did_one(desk: Desk, kinds: Mapping[str, JobKind], limits: Limits, *, once: bool) -> bool:
    """Do the next job, if one waits; a database that cannot just now is said and waited for, unless `once`."""
    from models.days import now_micros
    from models.faults import unavailable
    from models.job_process import do_next_apart, may_divide
    from models.job_work import do_next

    try:
        if not may_divide():
            return do_next(desk.ledger, kinds, now_micros) is not None
        return do_next_apart(desk.ledger, kinds, now_micros, limits, gone=parent_gone) is not None
    except Exception as error:
        said = unavailable(error)
        if said is None or once:
            raise
        desk.session.tell(said.sentence)
        time.sleep(_MOVED_SECONDS if said.is_moved else _AGAIN_SECONDS)
        return False


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt(os.getpid())

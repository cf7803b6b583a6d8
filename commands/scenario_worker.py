"""`allocator scenario worker`: work for a Dask scheduler, with the program where the work needs it."""

from __future__ import annotations

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.scenario_group import run as group
from commands.session import session_of

__all__ = ["worker"]

_LOOPBACK = "127.0.0.1"


@command(
    say(
        "Work for a Dask scheduler until Ctrl-C: each process runs what-ifs of a stress that was started with --on "
        "dask --scheduler ADDRESS. Processes listen on this machine only, unless --host names an address at which the "
        "scheduler and other workers reach it. Dask runs whatever anybody sends who reaches it: keep it to machines of "
        "your own. Exit status: 0 ended by Ctrl-C, 1 the scheduler is not there, or went away, 2 wrong usage."
    ),
    examples=(
        "allocator scenario worker tcp://127.0.0.1:8786 --processes 2",
        "allocator scenario worker tcp://10.0.0.5:8786 --host 10.0.0.7",
    ),
    within=group,
    name="worker",
)
@argument("scheduler", metavar="ADDRESS")
@option("--processes", type=click.IntRange(1, 1024), metavar="N", says=say("How many; default: every core."))
@option("--host", default="", metavar="ADDRESS", says=say("Of this machine; default: 127.0.0.1, which is only itself."))
@click.pass_context
def worker(context: click.Context, /, *, scheduler: str, processes: int | None, host: str) -> None:
    """Start the processes, and say what they wait for."""
    from scenarios.cluster import ClusterMissing, is_this_machine, work_for
    from scenarios.ensemble import cores

    session = session_of(context)
    if not host and not is_this_machine(scheduler):
        session.refuse(
            say(
                "{address} is another machine, and could not reach workers that listen on this one only. Name an "
                "address of this machine that it reaches: --host ADDRESS",
                address=scheduler,
            ),
            status=2,
        )
    count = processes or cores()

    def begun() -> None:
        session.tell(
            say("{count} processes work for {address}. Ctrl-C ends them.", count=count, address=scheduler)
            if count > 1
            else say("One process works for {address}. Ctrl-C ends it.", address=scheduler)
        )

    try:
        stopped = work_for(scheduler, host=host or _LOOPBACK, processes=count, begun=begun)
    except ClusterMissing as missing:
        session.refuse(missing.sentence)
    except KeyboardInterrupt:
        stopped = True
    if not stopped:
        session.refuse(say("The scheduler at {address} went away.", address=scheduler))
    session.tell(say("Ended."))

"""Runs on a Dask cluster: what is sent there, who may run it, and workers of our own.

A scheduler unpacks what passes through it, and may know nothing of this program: so only bytes pass, with a function
that is sent as it stands and finds the program where it arrives. Workers must have the program, in the same version,
for every engine gives the same numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import platform
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from importlib.metadata import version
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allocator import __version__
from allocator.sentence import Sentence, say

__all__ = ["ClusterMissing", "cluster", "done_on", "is_this_machine", "versions_here", "work_for"]

_WAIT_SECONDS = 30
_AHEAD = 3
"""Batches that wait at each worker, so that none is ever idle."""
_DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
"""Run by each worker first: Ctrl-C reaches every process of a terminal, and only the first decides what it means."""
_UNWATCHED = {"distributed.worker.profile.enabled": False}
"""Dask looks at the stack of every worker a hundred times a second, for a page that nobody opens here."""
_MADE_WITH = ("numpy", "ortools", "highspy")


class ClusterMissing(Exception):
    """There is no cluster to run on; the sentence says why and what helps."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def versions_here() -> dict[str, str]:
    """Return the versions that decide what comes out."""
    return {
        "allocator": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in _MADE_WITH},
    }


@contextlib.contextmanager
def cluster(scheduler: str, processes: int) -> Iterator[Any]:
    """Yield a client of a running cluster or, without an address, of one that is started here and ended again.

    Raises:
        ClusterMissing: nobody answers there, no worker comes, or workers lack the program or have another version.

    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise ClusterMissing(_NOT_INSTALLED) from None
    if scheduler:
        try:
            client = Client(scheduler, timeout=_WAIT_SECONDS)  # type: ignore[no-untyped-call]
            client.wait_for_workers(1, timeout=_WAIT_SECONDS)
        except (OSError, TimeoutError, ValueError):
            raise ClusterMissing(
                say(
                    "No Dask scheduler with workers answers at {address}. Start it, then its workers with allocator "
                    "scenario worker {address}; or leave out --scheduler.",
                    address=scheduler,
                )
            ) from None
        with client:
            _check_workers(client, scheduler)
            yield client
        return
    workers = {"n_workers": processes, "threads_per_worker": 1, "dashboard_address": None, "preload": [_DEAF]}
    with (
        dask.config.set(_UNWATCHED),
        LocalCluster(host="127.0.0.1", silence_logs=50, **workers) as local,  # type: ignore[no-untyped-call]
        Client(local) as client,  # type: ignore[no-untyped-call]
    ):
        yield client


_NOT_INSTALLED = say(
    "Dask is not installed. Install it with: pip install 'supplies-allocator[cluster]'; or run --on local."
)


def _check_workers(client: Any, scheduler: str) -> None:
    """Refuse workers that cannot give the same numbers."""
    found: Mapping[str, Mapping[str, str]] = client.run(_versions_there())
    lacking = sorted(address for address, versions in found.items() if not versions)
    if lacking:
        raise ClusterMissing(
            say(
                "These workers do not have this program: {workers}. End them, and start others with allocator "
                "scenario worker {address}, on a machine with pip install 'supplies-allocator[cluster]'.",
                workers=lacking,
                address=scheduler,
            )
        )
    here = versions_here()
    for address, there in sorted(found.items()):
        other = [name for name in here if _told(name, there.get(name, "")) != _told(name, here[name])]
        if other:
            raise ClusterMissing(
                say(
                    "The worker {worker} has {there}, and this machine {here}: the same numbers could not be promised. "
                    "Install the same there.",
                    worker=address,
                    there=[f"{name} {there.get(name, '–')}" for name in other],
                    here=[f"{name} {here[name]}" for name in other],
                )
            )


def _told(name: str, number: str) -> str:
    """Return the part of a version that decides: of Python its first two numbers."""
    return ".".join(number.split(".")[:2]) if name == "python" else number


def _versions_there() -> Callable[[], dict[str, str]]:
    """Return a function that travels as it stands, since it is made here: it tells the versions where it runs."""

    def versions() -> dict[str, str]:
        try:
            from scenarios.cluster import versions_here
        except ImportError:
            return {}
        return versions_here()

    return versions


def _carried() -> Callable[[bytes, bytes], Any]:
    """Return a function that travels as it stands, and runs what arrives with it."""

    def run(ground: bytes, runs: bytes) -> Any:
        from scenarios.ensemble import run_batch

        return run_batch(ground, runs)

    return run


def done_on(client: Any, ground: bytes, batches: Sequence[Any]) -> Iterator[Any]:
    """Yield what comes of each batch as it comes; a few wait at each worker, the others here.

    Raises:
        ClusterMissing: the cluster ends while it runs.

    """
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    task, waiting = _carried(), iter(batches)
    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    held = client.scatter(ground, broadcast=True, hash=False)
    running = as_completed(())  # type: ignore[no-untyped-call]

    def send() -> None:
        batch = next(waiting, None)
        if batch is not None:
            runs = pickle.dumps(batch, protocol=pickle.HIGHEST_PROTOCOL)
            running.add(client.submit(task, held, runs, pure=False))  # type: ignore[no-untyped-call]

    for _ in range(_AHEAD * workers):
        send()
    try:
        for future in running:
            send()
            yield from future.result()
    except (CancelledError, KilledWorker, OSError, TimeoutError):
        raise ClusterMissing(
            say("The cluster ended while it ran. What had come is kept: the same command goes on from there.")
        ) from None


def is_this_machine(address: str) -> bool:
    """Say whether an address of a scheduler can be meant for this machine only.

    >>> is_this_machine("tcp://127.0.0.1:8786"), is_this_machine("localhost:8786"), is_this_machine("tcp://10.0.0.5:8786")
    (True, True, False)
    """
    try:
        host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # it is no address at all
        return False


async def _all_finished(nannies: Sequence[Any]) -> None:
    await asyncio.gather(*(each.finished() for each in nannies))


def work_for(scheduler: str, *, host: str, processes: int, begun: Callable[[], None]) -> bool:
    """Work for a scheduler in so many processes until told to stop (SIGINT, SIGTERM), or the scheduler is gone.

    Every process has this one's search path, so it finds the program however it is installed. `host`: at which address
    of this machine the scheduler and other workers reach it. `begun` is called once all of them are there. Returns
    whether it was told to stop.

    Raises:
        ClusterMissing: nobody answers there, or Dask is not installed.

    """
    try:
        import dask
        import distributed
    except ImportError:
        raise ClusterMissing(_NOT_INSTALLED) from None
    from distributed.comm.core import connect

    async def work() -> bool:
        try:
            await (await connect(scheduler, timeout=_WAIT_SECONDS)).close()  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError):
            raise ClusterMissing(
                say(
                    "No Dask scheduler answers at {address}. Start one with: dask scheduler --host {host}",
                    address=scheduler,
                    host=urlsplit(scheduler if "://" in scheduler else f"tcp://{scheduler}").hostname or "127.0.0.1",
                )
            ) from None
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt does it
                loop.add_signal_handler(each, stop.set)
        async with contextlib.AsyncExitStack() as stack:
            nannies = [
                await stack.enter_async_context(
                    distributed.Nanny(
                        scheduler, nthreads=1, host=host, dashboard=False, silence_logs=logging.ERROR, preload=[_DEAF]
                    )
                )
                for _ in range(processes)
            ]
            begun()
            ends = [asyncio.ensure_future(each) for each in (stop.wait(), _all_finished(nannies))]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
        return stop.is_set()

    logging.getLogger("distributed").setLevel(logging.ERROR)
    with dask.config.set(_UNWATCHED):
        return asyncio.run(work())

"""The steps of `allocator scenario stress`: what was asked for, the folder it goes into, the runs themselves."""

from __future__ import annotations

import dataclasses
import hashlib
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.drawn_files import save_drawn
from commands.folders import whole_file
from commands.quiet_streams import own_stream
from commands.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocator.pictured import DrawnOut
    from allocator.planned_day import PlannedDay
    from scenarios.ensemble import Engine, Ground, Kept, Result
    from scenarios.manifest import Manifest
    from scenarios.stress import Stress, Trial

__all__ = ["asked_for", "check_place", "digested", "drawn_trials", "keep", "run_all", "tell_what_fits_nothing"]

_RUNS_MAX = 200_000


def asked_for(session: Session, file: str, *, draws: int, seed: int, sampler: str) -> tuple[Manifest, Stress]:
    """Return what is to be run: a stress of the library, of a file, or the one of a manifest, which says how.

    Raises:
        Refused: the file is none of them, everything wrong listed (status 2).

    """
    from data.os_reasons import reason_of
    from scenarios.cluster import versions_here
    from scenarios.known import stress_files
    from scenarios.manifest import Manifest, ManifestUnreadable, read_manifest
    from scenarios.outcomes import MEASURES
    from scenarios.reading import ScenarioUnreadable, read_toml
    from scenarios.stress_reading import stress_of

    path = stress_files().get(file, Path(file))
    if path.suffix not in (".json", ".toml"):
        known = list(stress_files())
        session.refuse(
            say(
                "There is no stress {name}. With the program come: {known}. One of your own is a .toml file, an "
                "earlier one its manifest.json.",
                name=file,
                known=known,
            ),
            status=2,
        )
    try:
        if path.suffix == ".json":
            manifest = read_manifest(path)
        else:
            manifest = Manifest(
                name=path.stem,
                stress=read_toml(path),
                sampler=sampler,
                seed=seed,
                draws=draws,
                ground="",
                versions=versions_here(),
                outcomes=MEASURES,
            )
        _refuse_other_outcomes(session, manifest, file, MEASURES)
        return manifest, stress_of(manifest.stress, name=manifest.name, file=path.name)
    except ScenarioUnreadable as unreadable:
        session.refuse(*unreadable.sentences, status=2)
    except ManifestUnreadable as unreadable:
        session.refuse(unreadable.sentence, status=2)
    except OSError as error:
        session.refuse(say("{out} cannot be read: {why}.", out=file, why=reason_of(error)), status=2)


def _refuse_other_outcomes(session: Session, manifest: Manifest, file: str, judged: Sequence[str]) -> None:
    """Refuse a manifest of a version that judged other outcomes: the same bytes cannot come of it.

    Raises:
        Refused: it is one; the sentence says how the stress is run anew.

    """
    if manifest.outcomes == tuple(judged):
        return
    session.refuse(
        say(
            "{file} is of a version that judged other outcomes than this one, so the same bytes cannot come of it. To "
            'run its stress anew, save the text under "stress" in it as a .toml file, and give that with --draws '
            "{draws} --seed {seed} --sampler {sampler}.",
            file=file,
            draws=manifest.draws,
            seed=manifest.seed,
            sampler=manifest.sampler,
        ),
        status=2,
    )


def digested(source: PlannedDay) -> Ground:
    """Return what every run starts from, with its digest."""
    from data.case_digest import case_digest
    from scenarios.ensemble import Ground

    planning, coefficients = source.planning, source.coefficients
    content = hashlib.sha256(case_digest(planning.case).encode())
    for table in (planning.drivers, coefficients):
        for field in dataclasses.fields(table):
            content.update(repr(getattr(table, field.name).tolist()).encode())
    content.update(source.posture.encode())
    content.update(repr((planning.offers, planning.budgets)).encode())
    return Ground(planning=planning, coefficients=coefficients, posture=source.posture, digest=content.hexdigest())


def check_place(session: Session, out: Path, wanted: Manifest) -> None:
    """Let a stress go on in a folder in which the very same was begun; begin it in a new one.

    Raises:
        Refused: the folder holds something else, or cannot be written.

    """
    from scenarios.manifest import MANIFEST, ManifestUnreadable, read_manifest

    if out.exists() and not out.is_dir():
        session.refuse(say("{out} is not a folder. Name a new folder with --out.", out=str(out)))
    if out.is_dir() and any(out.iterdir()):
        try:
            begun = read_manifest(out / MANIFEST)
        except ManifestUnreadable:
            session.refuse(say("{out} holds other things. Name a new folder with --out.", out=str(out)))
        if dataclasses.replace(begun, results="") != wanted:
            session.refuse(
                say(
                    "{out} holds another stress, or one of another case or version. Name a new folder with --out.",
                    out=str(out),
                )
            )
    else:
        _write(session, out, wanted)


def _write(session: Session, out: Path, manifest: Manifest) -> None:
    from scenarios.manifest import MANIFEST

    with whole_file(session, out / MANIFEST) as begun:
        begun.write_text(manifest.text(), encoding="utf-8")


def drawn_trials(session: Session, given: Stress, asked: Manifest) -> list[Trial]:
    """Return every run.

    Raises:
        Refused: they are too many.

    """
    from scenarios.stress import trials

    count = asked.draws * len(given.decisions)
    if count > _RUNS_MAX:
        session.refuse(
            say("{count:,} runs are too many; {most:,} are the most. Draw less, or give fewer options.",
                count=count, most=_RUNS_MAX),
            status=2,
        )  # fmt: skip
    return list(trials(given, draws=asked.draws, seed=asked.seed, sampler=asked.sampler))


def tell_what_fits_nothing(session: Session, given: Stress, ground: Ground) -> frozenset[str]:
    """Tell which changes do nothing in this case; return the names of the quantities among them."""
    from scenarios.stress_idle import idle_of_stress

    idle = idle_of_stress(given, ground)
    for each in idle.says:
        session.tell(each)
    return idle.names


def run_all(session: Session, ground: Ground, trials: Sequence[Trial], engine: Engine, kept: Kept) -> list[Result]:
    """Run what is not kept yet; tell how far it is and how long it still takes.

    Raises:
        Refused: the cluster is not there, the folder cannot be written, or it was broken off (status 1).

    """
    from data.os_reasons import reason_of
    from scenarios.cluster import ClusterMissing
    from scenarios.ensemble import key_of, run_trials

    total = len({key_of(ground, each.scenario) for each in trials})
    there = 0
    with _progress(session, total) as advanced, _interrupted() as interrupted:

        def done(count: int) -> None:
            nonlocal there
            there = count
            advanced(count)
            if interrupted():
                raise KeyboardInterrupt

        try:
            return run_trials(ground, trials, engine, kept, done=done)
        except ClusterMissing as missing:
            session.refuse(missing.sentence)
        except OSError as error:
            place = str(kept.folder.parent)
            session.refuse(say("{out} cannot be written: {why}. Name another place.", out=place, why=reason_of(error)))
        except KeyboardInterrupt:
            session.refuse(
                say(
                    "Broken off: {there:,} of {total:,} runs are kept in {out}. The same command goes on from there.",
                    there=there,
                    total=total,
                    out=str(kept.folder.parent),
                )
            )


@contextmanager
def _interrupted() -> Iterator[Callable[[], bool]]:
    """Yield what says whether Ctrl-C was pressed: where solvers call back, the exception alone may be lost."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    pressed: list[int] = []

    def press(number: int, _: object) -> None:
        pressed.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _progress(session: Session, total: int) -> AbstractContextManager[Callable[[int], None]]:
    """Show runs done and the time left, on a terminal only."""

    @contextmanager
    def silent() -> Iterator[Callable[[int], None]]:
        yield lambda _: None

    @contextmanager
    def shown() -> Iterator[Callable[[int], None]]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns: list[Any] = [
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        ]
        console = Console(file=own_stream(sys.stderr), no_color=not session.color)
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(session.word(say("Running what-ifs")), total=total)
            yield lambda count: progress.update(task, completed=count)

    return silent() if session.loudness < 0 or not sys.stderr.isatty() else shown()


def keep(session: Session, out: Path, made: Manifest, came: DrawnOut) -> None:
    """Write what came out: a workbook, the pictures, the tables as CSV, the manifest with the digest of all results.

    Raises:
        Refused: the folder cannot be written.

    """
    for ending in (".xlsx", ".svg", ".csv"):
        save_drawn(session, out / f"stress{ending}", came)
    _write(session, out, made)

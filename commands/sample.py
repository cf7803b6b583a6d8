"""`allocator sample`: an invented case of any size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from allocator.sentence import Sentence, say
from commands.folders import whole_file, whole_folder
from commands.grammar import Listing, argument, command, option
from commands.session import session_of

CASE_FILES = frozenset(
    {
        "items.csv",
        "sites.csv",
        "needs.csv",
        "stock.csv",
        "in_transit.csv",
        "lanes.csv",
        "depots.csv",
        "substitutes.csv",
        "policy.toml",
        # For forecasts and purchases.
        *("history.csv", "drivers.csv", "suppliers.csv", "offers.csv", "orders.csv", "budgets.csv"),
        # Of a snapshot of the ledger: where its needs come from.
        *("sources.csv", "activity.csv", "unusual.csv", "raised.csv", "estimates.csv"),
    }
)


def _samples() -> Mapping[str, Sentence]:
    from data.samples import SAMPLES

    return SAMPLES


@command(
    say(
        "Write an invented case: a life-like one (county, province, nation), or one that is awkward in its own "
        "way. The same options give the same case."
    ),
    examples=(
        "allocator sample county --out county",
        "allocator sample county --out county.xlsx --lang zh",
        "allocator sample nation --out big --sites 100000 --seed 7",
    ),
    listing=Listing(say("Samples"), _samples),
)
@argument("name")
@option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="CASE",
    says=say("Folder for the case, or an .xlsx workbook."),
)
@option("--replace", is_flag=True, says=say("Replace the case or workbook that is there."))
@option("--sites", type=int, metavar="N", says=say("Places with needs."))
@option("--items", type=int, metavar="M", says=say("Items."))
@option("--depots", type=int, metavar="D", says=say("Depots."))
@option("--lanes", type=int, metavar="L", says=say("Roads to each place."))
@option("--seed", type=int, default=0, show_default=True, metavar="S", says=say("Another seed, another case."))
@click.pass_context
def run(context: click.Context, /, name: str, out: Path, seed: int, *, replace: bool, **sizes: int | None) -> None:
    """Invent, write, say what was written."""
    session = session_of(context)
    # A case is what somebody keyed in; nothing invented takes its place unasked.
    if not replace and (out.is_file() or (out.is_dir() and any(out.iterdir()))):
        session.refuse(
            say("{out} is there already. Add --replace to put the sample in its place, or name another.", out=str(out))
        )
    from data.case_writing import write_case
    from data.sample_planning import planning_sample
    from data.samples import PLANNED, SampleRefused, make_sample

    try:
        case = make_sample(name, seed=seed, **sizes)
    except SampleRefused as refused:
        session.refuse(refused.sentence, status=2)
    planning = planning_sample(case, seed=seed) if name in PLANNED else None
    if out.suffix.lower() == ".xlsx":
        try:
            with whole_file(session, out) as file:
                write_case(case, file, lang=session.lang, planning=planning)
        except ValueError:
            session.refuse(say("This case has more rows than a workbook holds. Name a folder with --out."), status=2)
    else:
        with whole_folder(session, out, may_hold=CASE_FILES) as folder:
            write_case(case, folder, planning=planning)
    counts = {
        "sites": len(case.sites),
        "items": len(case.items),
        "needs": len(case.needs),
        "lanes": len(case.lanes),
    }
    session.show_json("allocator.sample/1", {"sample": name, "seed": seed, "out": str(out), **counts})
    session.show(
        session.word(
            say(
                "{out}: an invented case with {sites} sites, {items} items, {needs} needs and {lanes} lanes.",
                out=str(out),
                **{what: f"{count:,}" for what, count in counts.items()},
            )
        )
    )

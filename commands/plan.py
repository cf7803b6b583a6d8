"""`allocator plan`: from a folder of tables to a proven plan."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import say
from commands.folders import check_folder
from commands.grammar import argument, command, option
from commands.plan_levels import LEVEL_FILES, plan_levels
from commands.planning import PLAN_FILES, decide, export_whole, show_and_explain, write_whole
from commands.reading import read_case_or_refuse
from commands.session import session_of


@command(
    say(
        "Plan a case: who gets what, from where. CASE is a folder of CSV files or an .xlsx workbook; "
        "DIR will hold the plan, its proof and a workbook to print. Exit status: 0 a plan was written, "
        "2 the case cannot be read, 3 nothing can be sent."
    ),
    examples=(
        "allocator plan county --out plan",
        "allocator plan county.xlsx --out plan --lang zh",
        "allocator plan county --out plan --engine reference --export county.lp",
        "allocator plan nation --out plan --level-by-level",
    ),
)
@argument("case", type=click.Path(path_type=Path), metavar="CASE")
@option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    says=say("Folder for the plan; a former plan in it is replaced."),
)
@option(
    "--engine",
    type=click.Choice(["fast", "reference"]),
    default="fast",
    show_default=True,
    says=say("fast: any size; reference: the model written out in full, up to about 2,000 sites."),
)
@option("--solver", metavar="NAME", says=say("Solver of the reference engine: cbc, highs or any that PuLP knows."))
@option(
    "--workbook/--no-workbook",
    default=True,
    show_default=True,
    says=say("Write plan.xlsx too; for a nation it takes far longer than the plan itself."),
)
@option(
    "--level-by-level",
    "by_levels",
    is_flag=True,
    says=say("Depots above depots: send stock down from the top, then plan each depot with the sites it serves."),
)
@option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    says=say("Also write the reference model as .lp or .mps, for any solver (with --engine reference)."),
)
@click.pass_context
def run(
    context: click.Context,
    /,
    case: Path,
    out: Path,
    *,
    engine: str,
    solver: str | None,
    workbook: bool,
    by_levels: bool,
    export: Path | None,
) -> None:
    """Read, decide, write, show."""
    session = session_of(context)
    if (export or solver) and engine != "reference":
        session.refuse(say("--export and --solver belong to the reference engine. Add --engine reference."), status=2)
    if export and export.suffix not in (".lp", ".mps"):
        session.refuse(say("{file} is neither .lp nor .mps. Name the file so.", file=str(export)), status=2)
    if by_levels and (export or engine != "fast"):
        session.refuse(say("Level by level only the fast engine plans. Leave out --engine and --export."), status=2)
    check_folder(session, out, may_hold=LEVEL_FILES if by_levels else PLAN_FILES)
    read = read_case_or_refuse(session, case)
    if by_levels:
        plan_levels(session, read, out, case_path=case)
        return
    plan = decide(session, read, engine=engine, solver=solver)
    write_whole(session, plan, read, out, workbook=workbook)
    if export:
        export_whole(session, read, export)
    show_and_explain(session, plan, read, case_path=case, out=out, workbook=workbook)

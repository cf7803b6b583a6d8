"""`allocator demo`: an invented county, planned, with every file to look at."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import say
from commands.folders import whole_folder
from commands.grammar import command, option
from commands.planning import decide, show_and_explain
from commands.session import session_of


@command(
    say("Plan an invented county: its tables and the plan are written to a folder, and what was short is shown."),
    examples=("allocator demo", "allocator demo --out somewhere --lang zh"),
)
@option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
    says=say("Folder for the case and the plan; a former demo in it is replaced."),
)
@click.pass_context
def run(context: click.Context, /, out: Path) -> None:
    """Invent, write, read back through the door, decide, write, show."""
    session = session_of(context)
    from commands.reading import read_case_or_refuse
    from data.case_writing import write_case
    from data.plan_files import write_plan
    from data.samples import make_sample

    with whole_folder(session, out, may_hold=("case", "plan")) as folder:
        (folder / "case").mkdir()
        write_case(make_sample("county"), folder / "case")
        # Read back, so that the demonstration goes through the same door as everybody's own tables.
        case = read_case_or_refuse(session, folder / "case")
        plan = decide(session, case)
        (folder / "plan").mkdir()
        write_plan(plan, case, folder / "plan")
    session.show(session.word(say("An invented county: {out}", out=str(out / "case"))))
    show_and_explain(session, plan, case, case_path=out / "case", out=out / "plan")

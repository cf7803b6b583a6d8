"""`allocator show`: a plan that is kept in the ledger, as it was shown when it was made; or a document as it stands."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.document_file import save_document
from commands.folders import check_folder, whole_folder
from commands.followed_view import show_followed
from commands.grammar import argument, command, option
from commands.kept_plan import kept_plan, read_kept
from commands.needs_view import needs_facts, show_needs
from commands.on_ledger import Desk, on_ledger
from commands.open_view import find_open, show_open
from commands.paper import refuse_usage, show_posted
from commands.plan_life import life_of, show_life
from commands.plan_lines import show_lines
from commands.plan_needs import show_plan_needs
from commands.planning import PLAN_FILES, show_kept
from commands.session import Session
from commands.table_files import check_table_file
from models.cut_words import is_number

if TYPE_CHECKING:
    from data.kept_plan import Kept


@command(
    say(
        "Show a plan that is kept in the ledger: which of its notes are late or differ, what was short, who stands "
        "lowest, and why; what became of it, what people decided against the proposal, and who pays for that. "
        "A document's number instead of a plan shows the document."
    ),
    examples=(
        "allocator show P2020-02-10-1",
        "allocator show P2020-02-10-1 --lines",
        "allocator show P2020-02-10-1 --out plan",
        "allocator show P2020-02-10-1 --lines --out lines.xlsx",
        "allocator show P2020-02-10-1 --followed --out followed.xlsx",
        "allocator show P2020-02-10-1 --needs --out needs.xlsx",
        "allocator show 1042 --out receipt.xlsx",
    ),
    right="see-plans",
)
@argument("plan", metavar="PLAN|DOC")
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR|FILE",
    says=say(
        "Also write its files to this folder, with plan.xlsx to print; a former plan in it is replaced. With "
        "--lines, --followed or --needs, or of a document: the .xlsx, .csv or .parquet file to save the table to."
    ),
)
@option("--lines", is_flag=True, says=say("Show every line instead: proposed, overridden and final, side by side."))
@option(
    "--followed",
    is_flag=True,
    says=say("Show instead what became of it: planned, sent, delivered and used, for each site and item."),
)
@option("--needs", is_flag=True, says=say("Show instead the needs it was made for, and where each of them comes from."))
@click.pass_context
def run(context: click.Context, /, plan: str, *, out: Path | None, lines: bool, followed: bool, needs: bool) -> None:
    """Show a plan or a document."""
    with on_ledger(context, reads=True) as desk:
        if is_number(plan):
            if lines or followed or needs:
                refuse_usage(desk.session, say("--lines belongs to a plan; {doc} is a document.", doc=plan))
            if out is not None:
                save_document(desk, int(plan), out)
            show_posted(desk, int(plan))
        elif followed:
            show_followed(desk, plan, out)
        elif needs:
            show_plan_needs(desk, plan, out)
        else:
            _show_plan(desk, plan, out, lines=lines)


def _show_plan(desk: Desk, plan: str, out: Path | None, *, lines: bool) -> None:
    """Fetch the plan, write it where asked, show it."""
    from data.needs_told import told_in

    session = desk.session
    if out is not None and lines:
        check_table_file(session, out)
    elif out is not None:
        check_folder(session, out, may_hold=PLAN_FILES)
    from data.open_said import open_plain

    with kept_plan(desk, plan) as kept:
        case, shown = read_kept(session, kept)
        if out is not None and not lines:
            _write(session, kept, out)
        if lines:
            rows = show_lines(desk, kept, out)
            session.show_json("allocator.plan_lines/1", {"plan": plan, "status": kept.plan.status, "lines": rows})
            return
        matters, needs = find_open(desk).of_plan(plan), told_in(kept.folder)
        show_open(desk, matters)
        if show_needs(session, needs, case):
            session.show()
        life = life_of(desk, kept, case)
        plain = open_plain(matters, desk.ledger.zone)
        told = {"status": kept.plan.status, "document": kept.plan.document, "open": plain}
        told |= needs_facts(session, needs) | life.facts(desk)
        show_kept(session, shown, case, named=plan, told=told)
        show_life(desk, plan, life, case)


def _write(session: Session, kept: Kept, out: Path) -> None:
    from data.origin_files import ORIGIN_FILES

    with whole_folder(session, out, may_hold=PLAN_FILES) as folder:
        # What was proposed lies under what stands; where needs come from is the same for both.
        for place in dict.fromkeys([kept.folder, kept.standing]):
            for path in sorted(place.iterdir()):
                if path.name in (PLAN_FILES if place == kept.standing else ORIGIN_FILES):
                    shutil.copyfile(path, folder / path.name)

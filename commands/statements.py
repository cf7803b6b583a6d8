"""`allocator statements`: free text from message groups and telephones, read into rows that a person completes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.folders import whole_file
from commands.grammar import argument, command, option
from commands.import_told import CHOOSE, SENDER, chosen_of, folded_name_of, sender_of
from commands.moments import DAY
from commands.on_ledger import address_of, on_ledger
from commands.plan_view import table
from commands.session import Session, session_of
from commands.statement_offers import show_offers
from commands.statement_tables import statement_table
from commands.table_files import check_table_file, save_tables

if TYPE_CHECKING:
    from data.offers_made import OfferRow
    from data.statement_rows import SaidRow
    from data.template_lists import CodeLists
    from models.import_names import CalledItem

Meant = dict[tuple[str, str], str]

_SHOWN = 40
_WORDS_SHOWN = 30

MEANING_WORDS = {
    "need": say("needs"),
    "have": say("has"),
    "got": say("got"),
    "daily": say("uses a day"),
    "lasts": say("lasts"),
    "enough": say("has enough"),
}


@command(
    say(
        "Read what people write in messages and say on the telephone: which site needs, has, got or uses how many of "
        "which item, and for how long it lasts. A .txt file, a line that begins with a site's name or code beginning "
        "each statement; a .csv file with the columns site and text, or site, item and quantity; or - for what is "
        "typed. Nothing is posted: what has no number comes back as a question, and --out writes a workbook of needs "
        "for a person to complete, which allocator import takes in. With --offers, tables of what donors offer: what "
        "cannot be meant is flagged, places and items are made one spelling."
    ),
    examples=(
        "allocator statements group-0210.txt --out needs.xlsx",
        "allocator statements calls.txt --site P07 --asked --for-days 3 --out needs.xlsx",
        "allocator statements group-0210.txt --lexicon our-words.csv --json",
        "allocator statements donors.csv --offers --out offers.xlsx",
        'allocator statements group-0210.txt --sender 黄州区 --choose "东门=P07" --choose "蓝口罩=MASK"',
    ),
)
@argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True), metavar="FILE...")
@option("--site", metavar="CODE", says=say("Whose the statements are that name no site."))
@option("--lexicon", type=click.Path(path_type=Path), metavar="FILE", says=say("Words of your own: item, word (CSV)."))
@SENDER
@CHOOSE
@option("--offers", is_flag=True, says=say("The files are CSV tables of offers: item, quantity, donor, place."))
@option("--asked", is_flag=True, says=say("Needs were asked for, so a number that says nothing else is a need."))
@option("--for-days", type=click.IntRange(1, 365), metavar="N", says=say("What is needed is said for so many days."))
@option("--day", type=DAY, metavar="DATE", says=say("The day of statements that bear none; default: today."))
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("The workbook of needs to write, .xlsx; or what was read, .csv or .parquet; of offers any of these."),
)
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    files: tuple[Path, ...],
    site: str | None,
    lexicon: Path | None,
    asked: bool,
    for_days: int | None,
    day: dt.date | None,
    out: Path | None,
    sender: str | None,
    choices: tuple[str, ...],
    offers: bool,
) -> None:
    """Read the files, show what was read, write the workbook."""
    session = session_of(context)
    check_table_file(session, out)
    code = sender_of(session, sender)
    chosen = _chosen(context, choices) if choices else {}
    known = _Known.of(session, code, chosen)
    day = day or known.today
    if offers:
        show_offers(session, _offers(session, known, files, lexicon), out, day=day)
        if chosen:
            _remember(context, code, chosen)
        return
    rows = _rows(session, known, files, lexicon, site=site, asked=asked, day=day)
    if chosen:
        _remember(context, code, chosen)
    session.show_json("allocator.statements/1", {"rows": [_plain(session, row) for row in rows]})
    _show(session, rows, knows=bool(known.items))
    if out is not None and out.suffix.lower() != ".xlsx":
        save_tables(session, out, [statement_table(rows, MEANING_WORDS)], title=say("Statements"), day=day)
    elif out is not None:
        _write(session, known, rows, out, day=day, for_days=for_days)


class _Known:
    """What the ledger knows, if there is one."""

    def __init__(
        self,
        lists: CodeLists,
        name: str,
        today: dt.date,
        items: dict[str, CalledItem],
        areas: Mapping[str, Sequence[str]] | None = None,
        meant: Meant | None = None,
    ) -> None:
        self.lists, self.name, self.today, self.items = lists, name, today, items
        self.areas, self._meant = areas or {}, meant or {}

    def meant(self, about: str) -> dict[str, str]:
        """Return codes by what was said of sites or items, now or before; what holds in one area only is left out."""
        return {said: code for (what, said), code in self._meant.items() if what == about and "|" not in said}

    @classmethod
    def of(cls, session: Session, sender: str, chosen: Meant) -> _Known:
        from commands.template import lists_of
        from models.database import reading
        from models.import_names import NamesKnown
        from models.ledger import open_ledger
        from models.ledger_file import file_is_there

        lists, name, today = lists_of(session, "")
        if not file_is_there(address_of(session)):
            return cls(lists, name, today, {})
        ledger = open_ledger(address_of(session))
        try:
            with reading(ledger.engine) as connection:
                names = NamesKnown(connection, sender)
                return cls(lists, name, today, dict(names.items), names.areas, {**names.remembered, **chosen})
        finally:
            ledger.engine.dispose()


def _chosen(context: click.Context, choices: Sequence[str]) -> Meant:
    """Return which code each name was said to mean, also as it is written, for words are looked for in whole lines."""
    from data.statement_tokens import normalised
    from models.database import reading

    with on_ledger(context, seals=False) as desk, reading(desk.ledger.engine) as connection:
        found = chosen_of(desk.session, choices, connection)
    code_of = {said: (about, code) for (about, said), code in found.items()}
    for text in choices:
        name = text.rpartition("=")[0].strip()
        about, code = code_of["|".join(folded_name_of(name.split("|")))]
        found.setdefault((about, normalised(name).strip()), code)
    return found


def _remember(context: click.Context, sender: str, chosen: Meant) -> None:
    """Keep what names mean for the sender, or for everybody where none is said."""
    from models.catalogue_senders import save_names
    from models.database import writing
    from models.versions import Stamp

    with on_ledger(context) as desk, writing(desk.ledger.engine) as connection:
        save_names(connection, sender, chosen, Stamp(desk.actor, desk.now))


def _offers(session: Session, known: _Known, files: Sequence[Path], lexicon: Path | None) -> list[OfferRow]:
    """Return what all tables offer.

    Raises:
        Refused: a file cannot be read, with status 2.

    """
    from data.lexicon_reading import read_own_words
    from data.offers_made import read_offers
    from data.place_names import Places
    from data.problems import ProblemList
    from data.statement_items import finder_of

    problems = ProblemList()
    own = {} if lexicon is None else read_own_words(lexicon, known.items, problems)
    finder, places = finder_of(known.items, {**known.meant("item"), **own}), Places(known.areas)
    found = [row for path in dict.fromkeys(files) for row in read_offers(path, finder, places, problems)]
    if problems:
        session.refuse(*(problem.sentence for problem in problems.problems), status=2)
    return found


def _rows(
    session: Session,
    known: _Known,
    files: Sequence[Path],
    lexicon: Path | None,
    *,
    site: str | None,
    asked: bool,
    day: dt.date,
) -> list[SaidRow]:
    """Return what all files say.

    Raises:
        Refused: a file cannot be read, or a word or site is not known; with status 2.

    """
    import sys

    from data.lexicon_reading import read_own_words
    from data.nearest import nearest_code
    from data.problems import ProblemList
    from data.statement_files import SiteNames, read_statement_file, statements_in
    from data.statement_items import finder_of
    from data.statement_rows import rows_of

    problems = ProblemList()
    own = {} if lexicon is None else read_own_words(lexicon, known.items, problems)
    sites = SiteNames({code: names for code, *names in known.lists.sites}, known.meant("site"))
    statements = []
    for path in dict.fromkeys(files):
        if str(path) == "-":
            statements += statements_in(sys.stdin.read(), sites)
        else:
            statements += read_statement_file(path, sites, problems)
    codes = {code for code, *_ in known.lists.sites}
    if site is not None and codes and site not in codes:
        near = nearest_code(site, sorted(codes))
        meant = say("Is {near} meant?", near=near) if near else Sentence("")
        session.refuse(say("There is no site {code}. {meant}", code=site, meant=meant), status=2)
    if problems:
        session.refuse(*(problem.sentence for problem in problems.problems), status=2)
    finder = finder_of(known.items, {**known.meant("item"), **own})
    meaning = "need" if asked else ""
    return list(rows_of(statements, finder, sites, site=site or "", asked_for=meaning, today=day))


def _write(
    session: Session, known: _Known, rows: Sequence[SaidRow], out: Path, *, day: dt.date, for_days: int | None
) -> None:
    from data.import_columns import IMPORT_TABLES
    from data.statement_book import begun_needs
    from data.template_writing import write_template

    begun = begun_needs(rows, day=day, for_days=for_days)
    spec = IMPORT_TABLES["needs"]
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun_file:
        write_template(spec, begun_file, lists=known.lists, today=known.today, ledger=known.name, begun=begun)
    done = sum(row["daily_units"] is not None and bool(row["site"]) and bool(row["item"]) for row in begun.rows)
    session.tell(
        say(
            "{out}: {rows:,} rows, {done:,} of them complete. Complete or delete the others, then: allocator import "
            "{out}",
            out=str(out),
            rows=len(begun.rows),
            done=done,
        )
    )
    if for_days is None and any(row.said.meaning == "need" and row.confidence == "high" for row in rows):
        session.tell(say("For how many days something is needed nobody knows yet: --for-days N fills in those needs."))


def _plain(session: Session, row: SaidRow) -> dict[str, Any]:
    from data.statement_book import plain

    said = row.said
    return {
        "row": row.statement.row,
        "site": row.site or None,
        "item": row.item or None,
        "word": said.item,
        "meaning": said.meaning,
        "low": said.low,
        "high": said.high,
        "unit": said.unit,
        "low_units": plain(row.low),
        "high_units": plain(row.high),
        "days": said.days,
        "on": (said.on or row.statement.on or None) and str(said.on or row.statement.on),
        "confidence": row.confidence,
        "asks": [session.word(ask) for ask in row.asks],
        "words": said.words,
        "text": row.statement.text,
    }


def _show(session: Session, rows: Sequence[SaidRow], *, knows: bool) -> None:
    word = session.word
    counts = {level: sum(row.confidence == level for row in rows) for level in ("high", "medium", "low")}
    session.show(
        word(
            say(
                "{rows:,} things were said: {high:,} for sure, {medium:,} to be looked at, {low:,} for a person.",
                rows=len(rows),
                **counts,
            )
        )
    )
    if not rows:
        return
    session.show()
    titles = (
        say("row"),
        say("site"),
        say("item"),
        say("says"),
        say("how many"),
        say("sure of it"),
        say("words"),
        say("to ask"),
    )
    shown = [tuple(word(title) for title in titles), *(_cells(session, row) for row in rows[:_SHOWN])]
    for line in table(shown, left=len(titles)):
        session.show(line)
    if knows and any(row.asks and not (row.site and row.item) for row in rows):
        session.tell(
            say('Say what a name of theirs means, and it is kept: --choose "their name=our code"; with --sender for '
                'one office alone.')
        )  # fmt: skip
    if len(rows) > _SHOWN:
        session.show(word(say("… and {more} more; --json lists all.", more=len(rows) - _SHOWN)))


def _cells(session: Session, row: SaidRow) -> tuple[str, ...]:
    from data.problems import legible
    from data.statement_book import CONFIDENCE_WORDS

    said, word = row.said, session.word
    number = ""
    if said.days is not None:
        number = word(say("{days:g} days", days=said.days))
    elif said.low is not None:
        number = f"{said.low:,}" + ("" if said.low == said.high else f"–{said.high:,}") + f" {said.unit}".rstrip()
    words = legible(said.words)
    return (
        str(row.statement.row),
        row.site or row.statement.site or "?",
        row.item or f"? {said.item}",
        word(MEANING_WORDS[said.meaning]),
        number or "?",
        word(CONFIDENCE_WORDS[row.confidence]),
        words if len(words) <= _WORDS_SHOWN else words[:_WORDS_SHOWN] + "…",
        "; ".join(word(ask) for ask in row.asks),
    )

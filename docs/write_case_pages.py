"""Write docs/case-format.md's tables and docs/errors.md from the code that reads cases.

`python docs/write_case_pages.py` writes them; with `--check` it only says whether they are current.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from allocator.sentence import Sentence  # noqa: E402 - the clone's own packages, wherever it is run from
from data.activity_columns import DRIVERS  # noqa: E402
from data.aside_columns import ASIDE  # noqa: E402
from data.columns import TABLES, Column, TableSpec  # noqa: E402
from data.import_columns import IMPORT_TABLES  # noqa: E402
from data.import_kinds import IMPORT_NOTICES, IMPORT_PROBLEMS  # noqa: E402
from data.import_schema import import_schema  # noqa: E402
from data.planning_columns import PLANNING_TABLES  # noqa: E402
from data.planning_kinds import PLANNING_NOTICES, PLANNING_PROBLEMS  # noqa: E402
from data.policy_keys import POLICY_KEYS  # noqa: E402
from data.problem_kinds import NOTICES, PROBLEMS  # noqa: E402
from data.problems import Kind  # noqa: E402
from data.texts import translator  # noqa: E402

BEGIN = "<!-- tables: made by docs/write_case_pages.py -->"
END = "<!-- end of tables -->"


def cell(text: str) -> str:
    """Return a text that stands in one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def worded(sentence: Sentence, lang: str) -> str:
    """Return a message with the names of its values in place of them."""
    names = {name: f"‹{name}›" for name in _names(sentence.message)}
    return cell(translator(lang)(Sentence(sentence.message, names)))


def _names(message: str) -> list[str]:
    return [part.partition("}")[0] for part in message.split("{")[1:]]


def column_row(column: Column) -> str:
    """Return one row of a table of columns."""
    name = f"**{column.name}**" if column.required else column.name
    holds = ", ".join(f"`{choice}`" for choice in column.choices) or {
        "item": "item's code",
        "site": "site's code",
        "supplier": "supplier's code",
    }.get(column.holds, column.holds)
    meaning, meaning_zh = worded(column.meaning, "en"), worded(column.meaning, "zh")
    return f"| {name} | {column.zh} | {holds} | {column.unit} | {meaning} | {meaning_zh} |"


def table_section(table: TableSpec) -> str:
    """Return the section of one table."""
    need = "required" if table.required else "optional"
    head = f"### `{table.name}` {table.zh} ({need})\n\n| column | 列名 | holds | unit | meaning | 含义 |"
    return "\n".join([head, "|---|---|---|---|---|---|", *map(column_row, table.columns)])


PLANNING_HEAD = """\
## Tables for forecasts and purchases

`forecast`, `shortfall` and `procure` read these beside the tables above; `plan` does not. Each of them may be missing.

- **History.** The dates say whether a row is of a day, of a week (all dates are whole weeks apart) or of a month (all
  are firsts of months, of two or more); which it is, is said. A row that is not there, or has no `units`, is a gap:
  nobody reported, which is not 0. What lies after the plan's date, or in a week or month that is not over on it, is
  left out.
- **Offers.** An offer holds from its first day until its last, or until the next of the same supplier and item begins.
- **Orders.** One number is one order, of one supplier and with one status; its rows are its lines. Under way is what is
  `ordered` or `shipped` and has not arrived: `units` less `arrived_units`. It counts on the day it is expected, and
  never as stock.
- In a workbook the English name of the sheet of `history` is `use_history`: Excel keeps History for itself.
- Without a table of suppliers, those named in offers and orders are the suppliers.
"""


def tables() -> str:
    """Return the sections of all tables and of the policy's keys."""
    keys = ["### `policy.toml` 规则 (required)\n\n| key | 名称 | meaning | 含义 |\n|---|---|---|---|"]
    keys += [
        f"| {key} | {zh} | {worded(meaning, 'en')} | {worded(meaning, 'zh')} |"
        for key, (zh, meaning) in POLICY_KEYS.items()
    ]
    own = [*map(table_section, TABLES.values()), "\n".join(keys)]
    return "\n\n".join([*own, PLANNING_HEAD.rstrip(), *map(table_section, (DRIVERS, *PLANNING_TABLES))])


IMPORT_HEAD = """\
# Files that go into the ledger

Made by `python docs/write_case_pages.py`. `allocator import FILE…` takes in CSV files (UTF-8 or GB18030), `.xlsx`
workbooks, `.json` files, `policy.toml`, and folders of CSV files such as a [case](case-format.md). A file says by its
name what it holds (`receipts-0210.csv`, `入库.csv`), a workbook by the names of its sheets, a JSON file by its keys
(`{"receipts": [{"site": "D1", "item": "MASK", "units": 500, …}]}`); `--as KIND` says it for a file of any name. One
whose name says nothing is known by its headers and the title above them, where those leave no doubt.

- **Headers** are ours in English or Chinese, or words that people use for them (`现存数量`, `batch no.`), of which
  `data/header_words.csv` is the list; `--words FILE.csv` adds words of one's own, and `--map "their header=our column"`
  says of one header what it means (`-`: nothing). The header may stand below a title and be two merged rows. Cells
  merged over rows hold for each of them, but a quantity never does. Totals and footers are left out, and said.

- **All or nothing.** A file is taken in whole or not at all; everything wrong in all files is listed at once.
  `--dry-run` says what would happen. Files that others refer to are taken in first, whatever their order.
- **What is wrong goes back.** `--errors OUT.xlsx` writes the file again as a workbook in which each bad cell is marked
  and says what is wrong, in a comment and in a column behind the others. `--partial` takes in the documents
  that are sound, holds back the others (exit 4), and puts those into that workbook. A document is held back whole:
  rows with one number at one site, without a number those of one site, day and source; an order; a site's opening
  stock. Where a row's site, number or day cannot be read, every row that may be of its document waits with it (of all
  its table, where the row has too few or too many cells), and the workbook says so beside it. Rows of master data are
  taken in one by one. Whether the whole file comes again mended or only what was held back, documents that were posted
  are known; one that says something else is refused. A count of today, or without a day, counts from when it is taken
  in: count again if stock has moved since.
- **Names.** Where the code of a site, an item or a partner is due a name may stand, and an area beside it. One that is
  exactly one's own is read as its code, and told; where several have it, or some are only like it, the row is refused
  with the candidates, and `--choose "name=CODE"` decides (`"name|area=CODE"` in one area). Choices are kept, with
  `--sender CODE` for that sender alone, and so is what its headers mean, by all headers of the table together.
- **Units.** A quantity may be written in other units than the item's own: `3箱`, `1.5万只`, `2箱30只`, `10斤`, the unit
  beside the number, in a column of its own or in the header's brackets. What a unit holds is said by the table
  `measures` (`MASK,箱,2000,只`; a density: `ALC,升,0.789,千克`), by the item's name (`口罩（20只/盒）`) or by the row's
  specification (`1箱=50只`); where nobody says it, or two say different things, the row is refused. What was read as
  what is told for each item and unit. What is weighed or poured may be rounded by 0.5 %, and that is told too.
- **Master data** (areas, items, sites, depots, lanes, substitutes, partners, suppliers, needs, drivers, facts, fleets,
  measures, history, offers, budgets): a row that says the same changes nothing; one that says something else changes
  the row and leaves a version of it. A column that a file does not have stays as it is. Nothing is deleted: a road ends
  with `open` = no, a need ends with 0.
- **What [needs](need.md) are worked out from**: `drivers` say what is counted at a site, `facts` what is known of a
  place, each from a day on until a later row takes its place, so that any day can be told afterwards; `fleets` say how
  many of a durable item work. Who said it is an office or a post: what is sealed names no people.
- **History** is what was used before the ledger was kept. It adds to what is there already; where both say a period,
  the later file does. What the ledger records itself comes first; until it records any use, the history stands as it
  was kept.
- **[Orders](orders.md)**: one number is one order. A new one is placed; one that is known must say the same lines, and
  where it stands further in the file, that is a step of it. What had arrived of a new one before, `arrived_units`, lies
  in the stock that is taken in otherwise; from then on receipts with `--order` count.
- **Monthly reports** (`reports`) are kept as they were reported, a month without one is a gap and not 0. Reports
  that do not add up, and months that do not begin with what the month before ended with, are told and not corrected.
- **Documents** (opening, receipts, issues, counts): rows with one `number` at one site are one document; rows without
  a number are one document for each site, day and source. The same document again, in this file or a longer copy of it,
  is there already; with the same number, or the same place and day, and something else in it, it is refused: give it
  a number of its own, or reverse the first. A count without a number is known by all it says, for it is absolute.
- **Days.** A day without a time is its noon, opening stock its beginning; a blank day is today, or `--day`. The stock
  of a case lies there on its policy's day.
- **Lots.** A lot number without a date is the lot of that number the ledger knows. An issue without a lot takes what
  expires first. A count without a lot is of the whole item. `-` is stock without a number.
- **JSON.** What a JSON file may hold is written down in [import-schema.json](import-schema.json), a JSON Schema made
  from the same columns. What programs leave in a folder is taken in with `--drop FOLDER`, each file once; what became
  of it lies beside it as `FILE.result.json`.
- **Old workbooks** (`.xls`, and `.et` of WPS) are read too.
- **A case** becomes a ledger from which the very same case is taken again (`allocator snapshot`): `stock` is opening
  stock (0: counted, none there; `expired` without a past date and `damaged` lie in quarantine), `in_transit` becomes
  shipments that `allocator confirm` receives.
"""


def import_format() -> str:
    """Return the page of the tables that go into the ledger."""
    own = [table for name, table in IMPORT_TABLES.items() if name not in TABLES]
    shared = ", ".join(f"`{name}`" for name in IMPORT_TABLES if name in TABLES)
    also = f"The tables {shared} have the columns of [the case](case-format.md), none of them required as a table."
    titles = "| column | 列名 | holds | unit | meaning | 含义 |"
    aside = "\n".join([titles, "|---|---|---|---|---|---|", *map(column_row, ASIDE)])
    beside = f"Beside the columns of sites, items and units these may stand, which help to read them:\n\n{aside}"
    return "\n\n".join([IMPORT_HEAD.rstrip(), also, beside, *map(table_section, own)]) + "\n"


def errors() -> str:
    """Return the page of all messages."""
    lines = [
        "# What can be wrong with a file",
        "",
        "Made by `python docs/write_case_pages.py`; tests/data/test_case_problems.py makes each of them happen.",
        "Every message begins with its place: the file, and the row and column of a CSV file or the sheet and",
        "cell of a workbook. Rows are numbered as a spreadsheet shows them. ‹…› stands for a value.",
        *_problems(PROBLEMS),
        *_also(
            "Files that go into the ledger", "`allocator import`", "doors/test_import_bad_files.py", IMPORT_PROBLEMS
        ),
        *_also(
            "Tables for forecasts and purchases",
            "the planning tables",
            "data/test_planning_tables.py",
            PLANNING_PROBLEMS,
        ),
        *("", "## Notices", "", "These are said and stop nothing."),
        *_notices((*NOTICES, *IMPORT_NOTICES, *PLANNING_NOTICES)),
        "",
    ]
    return "\n".join(lines)


def _also(title: str, come_with: str, test: str, kinds: Iterable[Kind]) -> list[str]:
    """Return the lines of a section of messages that come with something else than a case."""
    return [
        *("", f"## {title}", ""),
        f"These come with {come_with}, beside those above; tests/{test} makes each of",
        "them happen.",
        *_problems(kinds),
    ]


def _problems(kinds: Iterable[Kind]) -> list[str]:
    lines = ["", "| kind | found | remedy | 中文 |", "|---|---|---|---|"]
    for kind in kinds:
        found, mend = (
            [worded(part, lang) for lang in ("en", "zh")] for part in (kind.found, kind.mend or Sentence(""))
        )
        lines.append(f"| `{kind.code}` | {found[0]} | {mend[0]} | {found[1]}{mend[1]} |")
    return lines


def _notices(kinds: Iterable[Kind]) -> list[str]:
    lines = ["", "| kind | found | 中文 |", "|---|---|---|"]
    return [
        *lines,
        *(f"| `{kind.code}` | {worded(kind.found, 'en')} | {worded(kind.found, 'zh')} |" for kind in kinds),
    ]


def pages() -> dict[Path, str]:
    """Return each page and what it should hold."""
    case_format = HERE / "case-format.md"
    text = case_format.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return {
        case_format: f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}",
        HERE / "import-format.md": import_format(),
        HERE / "errors.md": errors(),
        HERE / "import-schema.json": json.dumps(import_schema(), ensure_ascii=False, indent=1) + "\n",
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check say which are not current."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" not in arguments:
        for path, text in pages().items():
            path.write_text(text, encoding="utf-8")
        return 0
    for path in stale:
        sys.stderr.write(f"{path.name} is not current. Run python docs/write_case_pages.py.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

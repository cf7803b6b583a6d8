"""Bad files, as people send them: each is answered with place, fault and remedy, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable

import openpyxl
import pytest
from desk import Clerk

from data.import_files import read_upload
from data.import_kinds import IMPORT_NOTICES, IMPORT_PROBLEMS
from data.import_reading import Hand, incoming
from data.mending import mended
from data.problems import ProblemList
from models.database import reading
from models.days import now_micros
from models.import_known import ledger_known
from models.import_names import NamesKnown
from models.ledger import open_ledger
from models.making import zone_of

RECEIPT = "number,day,partner,site,item,units,lot,expires\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a ledger of a small catalogue; nothing here changes it."""
    where = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(where)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{where / 'ledger.sqlite'}")
        clerk = Clerk(where)
        clerk.begin()
        gates = "site,kind,area,name_zh\nE1,checkpoint,421127,东门卡口\nE2,checkpoint,421128,东门卡口\n"
        assert clerk.take("sites.csv", gates).exit_code == 0
    return where


@pytest.fixture
def clerk(folder, tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
    return Clerk(tmp_path)


def two_sheets(name: str) -> None:
    book = openpyxl.Workbook()
    book.active.append(["site", "item"])
    book.create_sheet("other").append(["x"])
    book.save(name)


def template(change: Callable[[openpyxl.Workbook], object], *words: str) -> Callable[[Clerk], tuple[str, ...]]:
    """Return what makes a filled template for counts and changes it."""

    def write(clerk: Clerk) -> tuple[str, ...]:
        clerk("template", "counts", "--out", "filled.xlsx")
        book = openpyxl.load_workbook("filled.xlsx")
        for column, value in (("D", "D1"), ("E", "MASK"), ("F", 5)):
            book.worksheets[0][f"{column}3"] = value
        change(book)
        book.save("filled.xlsx")
        return ("filled.xlsx", *words)

    return write


def mark(key: str, value: str) -> Callable[[openpyxl.Workbook], object]:
    """Return what changes the hidden mark of a template."""

    def change(book: openpyxl.Workbook) -> None:
        row = next(row for row in book["_allocator"].iter_rows() if row[0].value == key)
        row[1].value = value

    return change


def csv(name: str, text: str) -> Callable[[Clerk], tuple[str, ...]]:
    def write(clerk: Clerk) -> tuple[str, ...]:
        (clerk.folder / name).write_text(text, encoding="utf-8")
        return (name,)

    return write


def folder_of(**files: str) -> Callable[[Clerk], tuple[str, ...]]:
    def write(clerk: Clerk) -> tuple[str, ...]:
        (clerk.folder / "case").mkdir()
        for stem, text in files.items():
            (clerk.folder / "case" / f"{stem}.csv").write_text(text, encoding="utf-8")
        return ("case",)

    return write


def workbook_as(kind: str) -> Callable[[Clerk], tuple[str, ...]]:
    def write(_: Clerk) -> tuple[str, ...]:
        two_sheets("book.xlsx")
        return ("book.xlsx", "--as", kind)

    return write


def empty_book(_: Clerk) -> tuple[str, ...]:
    two_sheets("book.xlsx")
    return ("book.xlsx",)


FAR_AHEAD = "2999-01-01"
ONE_RUNG = "[[ladder]]\ntiers = ['a']\ncover_days = 1\n"


def merged_units(_: Clerk) -> tuple[str, ...]:
    book = openpyxl.Workbook()
    for row in (["site", "item", "units"], ["D1", "MASK", 5], ["P1", "MASK", None]):
        book.active.append(row)
    book.active.merge_cells("C2:C3")
    book.save("book.xlsx")
    return ("book.xlsx", "--as", "counts")


def merged_header(_: Clerk) -> tuple[str, ...]:
    book = openpyxl.Workbook()
    for row in (["site", "item", "units", "lot"], ["D1", "MASK", 5, "A"]):
        book.active.append(row)
    book.active.merge_cells("D1:D2")
    book.save("book.xlsx")
    return ("book.xlsx", "--as", "counts")


BAD: list[tuple[str, Callable[[Clerk], tuple[str, ...]], str]] = [
    ("upload-missing", lambda _: ("none.csv",), "none.csv: There is no such file or folder. Check the name;"),
    ("upload-form", csv("note.pdf", "x"), "note.pdf: This is none of the files that can be taken in."),
    (
        "upload-kind",
        csv("monday.csv", "a,b\n"),
        'The name "monday" does not say what it holds. Name it after a table (items',
    ),
    ("upload-empty", folder_of(monday="a,b\n"), "case: No table that can be taken in is in here."),
    ("upload-empty", empty_book, "book.xlsx: No table that can be taken in is in here."),
    (
        "upload-as-many",
        workbook_as("needs"),
        "this holds several sheets: Sheet, other. Name the sheet that is meant needs",
    ),
    ("upload-as-policy", lambda c: (*csv("p.csv", "a\n")(c), "--as", "policy"), "A policy is a .toml file"),
    ("table-twice", folder_of(needs="site,item,daily_units\n", 需求="site\n"), "needs is there twice"),
    (
        "kind-unclear",
        csv("monday.csv", "点位编码,物资编码,数量\nD1,MASK,5\n"),
        "By its headers this may be any of: opening, issues, counts. Say which it is with --as",
    ),
    (
        "headers-alike",
        csv("counts.csv", "点位,物资,现存,实盘数\nD1,MASK,5,4\n"),
        '"现存" and "实盘数" both seem to be the column units. Say which one is: --map "现存=units"',
    ),
    (
        "month-unclear",
        csv("reports.csv", "site,item,month,distributed\nD1,MASK,2,5\n"),
        'reports.csv, row 2, column month: "2" is not a month. Write it as year and month: 2020-02',
    ),
    (
        "report-twice",
        csv("reports.csv", "site,item,month,distributed\nD1,MASK,2020-02,5\nD1,MASK,2020年2月,6\n"),
        "row 3, column month: D1 reports MASK for this month a second time; row 2 does already.",
    ),
    (
        "name-several",
        csv("counts.csv", "site,item,units\n东门卡口,MASK,3\n"),
        '(东门卡口, 421128). Write the code, or say which is meant: --choose "东门卡口=E1".',
    ),
    (
        "name-like",
        csv("counts.csv", "site,item,units\nD1,masks,3\n"),
        'Nothing is called "masks"; like it are: MASK (mask). If one of them is meant, write its code or say so',
    ),
    (
        "name-of-other",
        csv("counts.csv", "site,item,物资名称,units\nD1,MASK,tent,3\n"),
        'Beside the code MASK stands "tent", which is the name of TENT. Mend the code or the name.',
    ),
    (
        "unit-unknown",
        csv("counts.csv", "site,item,units\nD1,MASK,3箱\n"),
        '"3箱" of MASK: nobody has said how many piece are in one 箱. Write piece, or say it in a table measures',
    ),
    (
        "unit-clash",
        csv("counts.csv", "site,item,units,said_unit\nD1,MASK,3箱,盒\n"),
        '"3箱" and "盒" beside it speak of different units. Write one unit only',
    ),
    (
        "unit-contradicts",
        csv("counts.csv", "site,item,units,spec\nD1,MASK,3箱,1箱=50只或60只/箱\n"),
        '"3箱" of MASK: one 箱 would be 50, 60 piece, by what the catalogue and this row say.',
    ),
    (
        "unit-not-whole",
        csv("counts.csv", "site,item,units,spec\nD1,MASK,3箱,1箱=2.5只\n"),
        '"3箱" of MASK comes to 7.5 piece, which is not whole.',
    ),
    (
        "price-unclear",
        csv("receipts.csv", "partner,site,item,units,unit_price\nS1,D1,MASK,3双,1.5\n"),
        "column unit_price: The price 1.5 stands in a row whose units are others than the item's own",
    ),
    ("merged-header", merged_header, 'sheet Sheet, cell D1: The header "lot" is one merged cell with rows below it'),
    ("merged-number", merged_units, "sheet Sheet, cell C2: 5 stands in one cell merged over 2 rows"),
    ("json-broken", csv("feed.json", '{"needs": [}'), "feed.json, row 1: The file is not JSON: Expecting value."),
    ("json-shape", csv("feed.json", '{"needs": [1]}'), "feed.json, sheet needs: A table is due here as a list of rows"),
    ("json-shape", csv("feed.json", "[]"), 'Write {"receipts": [{"site": "D1", "item": "MASK", …}]}'),
    ("upload-kind", csv("feed.json", '{"needz": []}'), 'The name "needz" does not say what it holds.'),
    (
        "json-cell",
        csv("needs.json", json.dumps([{"site": "D1", "item": "MASK", "daily_units": [1]}])),
        "needs.json, row 1, column daily_units: A list or an object stands in a cell.",
    ),
    (
        "site-code-kept",
        csv("sites.csv", "site,kind\nLOST,clinic\n"),
        "row 2, column site: LOST is a code that the ledger",
    ),
    (
        "day-ahead",
        csv("issues.csv", f"day,site,item,units\n{FAR_AHEAD},D1,MASK,1\n"),
        f"issues.csv, row 2, column day: {FAR_AHEAD} is yet to come; today is ",
    ),
    (
        "number-twice",
        csv("receipts.csv", RECEIPT + "R1,2026-02-10,S1,D1,MASK,1,,\nR1,2026-02-11,S1,D1,MASK,1,,\n"),
        "receipts.csv, row 3, column number: Number R1 stands here with 2026-02-11, and in row 2 with 2026-02-10.",
    ),
    (
        "number-twice",
        csv("receipts.csv", RECEIPT + "R1,,S1,D1,MASK,1,,\nR1,,N1,D1,MASK,1,,\n"),
        "Number R1 stands here with N1, and in row 2 with S1. Give each document a number of its own",
    ),
    (
        "way-unknown",
        csv("issues.csv", "number,site,item,units,reported_by,by\nU1,D1,MASK,1,P1,pigeon\n"),
        'issues.csv, row 2, column by: "pigeon" is no way of reporting. Write one of: telephone, message, radio,',
    ),
    (
        "reporter-twice",
        csv("issues.csv", "number,site,item,units,reported_by\nU1,D1,MASK,1,P1\nU1,D1,MASK,2,P2\n"),
        "One document is reported here by P2, and in row 2 by P1. Give what somebody else reported a number of its own",
    ),
    (
        "lot-several",
        csv(
            "receipts.csv", RECEIPT + "1,,S1,D1,MASK,1,A,2030-01-01\n2,,S1,D1,MASK,1,A,2031-01-01\n3,,S1,D1,MASK,1,A,\n"
        ),
        "receipts.csv, row 4, column lot: There are lots A of MASK with different expiry dates: 2030-01-01",
    ),
    (
        "code-unknown-near",
        csv("receipts.csv", RECEIPT + "1,,S2,D1,MASK,1,,\n"),
        '"S2" is not in partners. If "S1" is meant',
    ),
    (
        "name-like",
        csv("needs.csv", "site,item,daily_units\nD1,MAKS,1\n"),
        'Nothing is called "MAKS"; like it are: MASK (mask).',
    ),
    ("code-unknown-near", csv("lanes.csv", "depot,site\nD1,P3\n"), '"P3" is not in sites. If "P2" is meant'),
    ("row-twice", csv("needs.csv", "site,item,daily_units\nD1,MASK,1\nD1,MASK,2\n"), "D1 + MASK is here a second time"),
    ("row-twice", csv("partners.csv", "partner,kind\nS1,supplier\nS1,donor\n"), "partner S1 is here a second time"),
    ("own-substitute", csv("substitutes.csv", "item,by,units_per_unit\nMASK,MASK,1\n"), "a substitute for itself"),
    (
        "not-a-choice",
        csv("partners.csv", "partner,kind\nS1,shop\n"),
        '"shop" is none of: supplier, donor, upper_level.',
    ),
    ("not-above-zero", csv("issues.csv", "site,item,units\nD1,MASK,0\n"), "0 is not above zero."),
    ("column-missing", csv("counts.csv", "site,item\nD1,MASK\n"), "The column units (数量) is missing."),
    ("not-whole", csv("opening.csv", "site,item,units\nD1,MASK,2.5\n"), '"2.5" is not a whole number of units.'),
    (
        "place-unknown",
        csv("facts.csv", "place,fact,value,since,reason\n4299,cluster,1,2026-02-09,call\n"),
        'facts.csv, row 2, column place: "4299" is neither a site nor an area',
    ),
    (
        "ends-before",
        csv("drivers.csv", "site,driver,value,from,to\nP1,staff,7,2026-02-09,2026-02-08\n"),
        "drivers.csv, row 2, column to: It ends on 2026-02-08, before it begins on 2026-02-09.",
    ),
    (
        "more-work",
        csv("fleets.csv", "site,item,held,working,counted_on\nP1,TENT,4,6,2026-02-09\n"),
        "fleets.csv, row 2, column working: 6 work of the 4 that are there.",
    ),
    (
        "need-item-unknown",
        csv("policy.toml", "[standards.clinic]\nMAKS = 30\n" + ONE_RUNG),
        'policy.toml, row 2: A rule on needs names an item "MAKS", which is not in items. If "MASK" is meant',
    ),
    (
        "coefficient-twice",
        csv("policy.toml", ONE_RUNG + 2 * "[[coefficients]]\nitem='MASK'\ndriver='staff'\nvalue=1\nreason='order'\n"),
        "policy.toml, row 9: Coefficient 2 is of the same item, driver, kind and posture as coefficient 1.",
    ),
    (
        "standard-other",
        csv("receipts.csv", "partner,site,item,units,standard\nS1,D1,MASK,5,GB19082-2009\n"),
        "GB 19082-2009 is a standard of another kind of item than MASK.",
    ),
    ("gtin-wrong", csv("gtins.csv", "gtin,item,units\n6901234567890,MASK,50\n"), '"6901234567890" is no GTIN'),
    (
        "gtin-twice",
        csv("gtins.csv", "gtin,item,units\n6901234567892,MASK,50\n06901234567892,MASK,5\n"),
        "GTIN 06901234567892 stands here twice.",
    ),
    ("gtin-parts", csv("gtins.csv", "gtin,item,units\n6901234567892,MASK,0.5\n"), "A pack holds a whole number"),
    ("template-form", template(mark("form", "0")), "This template was made by another version of the program"),
    (
        "template-old",
        template(mark("columns", "number:text day:text site:site! item:item! units:whole place:text!")),
        "older than the columns of counts: place is not a column any more, day holds something else now.",
    ),
    ("template-other", template(lambda _: None, "--as", "receipts"), "a template for counts, and --as says receipts."),
    ("template-sheet", template(lambda book: setattr(book.worksheets[0], "title", "x")), 'The sheet "counts 盘点"'),
    ("template-empty", template(lambda book: book.worksheets[0].delete_rows(3)), "Nothing is filled in below"),
    ("policy-key-unknown", csv("policy.toml", "stale = 3\n"), 'The policy has no rule "stale".'),
]


@pytest.mark.parametrize(("code", "spoil", "says"), BAD, ids=[f"{n}-{code}" for n, (code, *_) in enumerate(BAD)])
def test_what_is_wrong_is_said_with_its_place_and_remedy_and_nothing_is_written(clerk, code, spoil, says):
    words = spoil(clerk)

    refused = clerk("import", *words)

    assert refused.exit_code == 2, refused.output
    assert says in refused.stderr
    assert refused.stderr.splitlines()[-1] == f"{words[0]} was not taken in; nothing of it was written."
    assert code in kinds_of(clerk, words)
    assert '"rows": []' in clerk("stock", "--json").stdout


def kinds_of(clerk: Clerk, words: tuple[str, ...]) -> set[str]:
    """Return the kinds of everything that is wrong with a file."""
    problems = ProblemList()
    upload = read_upload(clerk.folder / words[0], words[2] if len(words) > 1 else None, problems)
    if upload is not None:
        ledger = open_ledger(clerk.url)
        with reading(ledger.engine) as connection:
            known = ledger_known(connection)
            upload = mended(upload, NamesKnown(connection), problems).upload
        ledger.engine.dispose()
        incoming(upload, known, Hand(actor="local", now=now_micros(), zone=zone_of("UTC")), problems)
    return {problem.kind.code for problem in problems.problems}


def test_every_kind_of_problem_of_files_for_the_ledger_is_made_to_happen():
    assert {kind.code for kind in IMPORT_PROBLEMS} <= {code for code, *_ in BAD}


def test_everything_wrong_in_all_files_is_listed_at_once(clerk):
    csv("needs.csv", "site,item,daily_units\nD9,MASK,1\nD1,MASK,many\n")(clerk)
    csv("counts.csv", "site,item,units\nD1,MASK,-1\n")(clerk)

    refused = clerk("import", "counts.csv", "needs.csv", "none.csv")

    assert refused.exit_code == 2
    text = refused.stderr
    assert [word in text for word in ('"D9"', '"many"', "-1 is less than 0", "none.csv: There is no")] == [True] * 4


def test_notices_say_what_is_read_otherwise_than_written(clerk):
    said = clerk.take("sites.csv", "site,kind,area\nP1,checkpoint,999999\n", "--dry-run").stderr
    assert '1 site lie in areas that are not among the areas of the ledger, first "999999".' in said
    said = clerk.take("counts.csv", "site,item,units\nD1,MASK,\n", "--dry-run").stderr
    assert "1 row is blank, so those items are not counted." in said
    policy = "date = 2020-02-10\n[tiers]\na = ['clinic']\n[[ladder]]\ntiers = ['a']\ncover_days = 1\n"
    said = clerk.take("policy.toml", policy, "--dry-run").stderr
    assert "policy.toml, row 1: The date in the policy is not kept" in said
    said = clerk.take("monday.csv", "盘点表\n点位,物资,现存\nP1,MASK,1\n合计,,1\n", "--dry-run").stderr
    assert "monday.csv: Read as counts, by its headers and title." in said
    assert "Totals and what stands below the table are not read: rows 4." in said
    said = clerk.take(
        "counts.csv", "site,item,units,spec\nD1,MASK,3万,\nP1,MASK,1.0005升,1升=1000只\n", "--dry-run"
    ).stderr
    assert 'counts.csv: MASK: one 万 is read as 10,000 piece; rows: 1, first "3万" as 30000.' in said
    assert 'MASK: one 升 is read as 1,000 piece and rounded; rows: 1, first "1.0005升" as 1000.' in said
    said = clerk.take("counts.csv", "site,item,units\nD1, Mask,3\n", "--dry-run").stderr
    assert 'counts.csv, column item: "Mask" is read as MASK; rows: 1.' in said
    reports = "D1,MASK,2020-01,5,0,1,4\nD1,MASK,2020-02,9,0,1,7\n"
    header = "site,item,month,opening,received,distributed,closing\n"
    said = clerk.take("reports.csv", header + reports, "--dry-run").stderr
    assert "D1, MASK, 2020-02: opening, received, distributed and adjustment do not come to closing." in said
    assert "D1, MASK: 2020-02 begins with 9, and the month before ended with 4." in said
    assert len(IMPORT_NOTICES) == 13

"""Every kind of problem, made to happen: a small sound case with one thing spoilt in it."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from spoilt_cases import (
    SOUND,
    Spoil,
    bomb,
    cell,
    document,
    many_parts,
    one_text_in_many_cells,
    put,
    repacked,
    sound_folder,
    sound_workbook,
    without,
    wrote,
)

from data.case_files import CaseUnreadable, read_case
from data.problem_kinds import PROBLEMS
from data.texts import translator


def faults_of(path: Path) -> tuple[list[str], str]:
    """Return the kinds of everything wrong with a case, and the sentences."""
    with pytest.raises(CaseUnreadable) as refused:
        read_case(path)
    english = translator("en")
    return [p.kind.code for p in refused.value.problems], "\n".join(english(p.sentence) for p in refused.value.problems)


FOLDERS: list[tuple[str, Spoil, str]] = [
    ("table-missing", without("needs.csv"), "The table needs (需求) is missing. Add it, with the columns site, item"),
    ("table-twice", wrote("需求.csv", SOUND["needs.csv"]), "needs is there twice, as needs.csv and 需求.csv"),
    ("file-unreadable", lambda f: (without("needs.csv")(f), (f / "needs.csv").mkdir()), "cannot be opened"),
    ("file-empty", wrote("needs.csv", ""), "needs.csv: The file is empty. Write at least the header row"),
    ("file-empty", wrote("depots.csv", " \n\n"), "depots.csv: The file is empty."),
    ("table-empty", wrote("items.csv", "item,unit,pack_units,use\n"), "has a header but no rows"),
    ("too-many-columns", wrote("needs.csv", ",".join(f"c{n}" for n in range(10_000)) + "\n"), "10000 columns"),
    ("encoding", wrote("needs.csv", b"site,item,daily_units\n\xff\xff\x80,mask,1\n"), "Byte 23 is neither"),
    ("nul-bytes", wrote("needs.csv", b"site,item\n\0\0"), "Byte 11 is a zero byte"),
    ("delimiter", wrote("needs.csv", "site;item;daily_units\nClinic;mask;1\n"), "separated by semicolons"),
    ("delimiter", wrote("needs.csv", "site\titem\tdaily_units\nClinic\tmask\t1\n"), "separated by tabs"),
    ("quote-open", put("needs.csv", "Clinic,mask", '"Clinic,mask'), "needs.csv, row 3: A quotation mark is opened"),
    ("row-ragged", put("needs.csv", "mask,20", "mask,20,,9"), "row 2: The row has 5 cells, the header has 3"),
    ("column-missing", put("needs.csv", "daily_units", "q"), "The column daily_units (日用量) is missing. Add it"),
    ("column-missing-near", put("needs.csv", "daily_units", "daily_unit"), 'Is it the column "daily_unit"?'),
    ("column-twice", put("needs.csv", "daily_units", "site"), 'site is there twice, as "site" and "site"'),
    ("blank", put("needs.csv", "mask,20", "mask,"), "row 2, column daily_units: The cell is empty"),
    ("not-a-number", put("stock.csv", "mask,300", "mask,about 40"), 'column units: "about 40" is not a number'),
    ("not-a-number", put("stock.csv", "300", "0x1F"), '"0x1F" is not a number'),
    ("number-likely", put("stock.csv", "300", "3万"), "If you mean 30000, write 30000"),
    ("number-likely", put("stock.csv", "300", '"1,200"'), "If you mean 1200, write 1200"),
    ("not-finite", put("needs.csv", "mask,20", "mask,nan"), '"nan" is not a finite number'),
    ("not-finite", put("needs.csv", "mask,20", "mask,1e999"), '"1e999" is not a finite number'),
    ("not-whole", put("stock.csv", "300", "2.5"), '"2.5" is not a whole number of units'),
    ("too-small", put("stock.csv", "300", "-3"), "-3 is less than 0"),
    ("too-small", put("items.csv", "piece,10", "piece,0"), "column pack_units: 0 is less than 1"),
    ("too-large", put("stock.csv", "300", str(10**14)), "100000000000000 is more than 1,000,000,000,000"),
    ("date-serial", put("policy.toml", "2020-02-10", "43871"), 'policy.toml, row 1: "43871" is a number where a date'),
    ("policy-value", put("policy.toml", "2020-02-10", '"soon"'), 'date is "soon", and should be a day, as year-month-'),
    ("row-twice", put("needs.csv", "Clinic,mask", "0042,mask"), "row 3, column item: 0042 + mask is here a second"),
    ("row-twice", put("lanes.csv", "D1,Clinic", "D1,0042"), "D1 + 0042 is here a second time; row 2 has it already"),
    ("row-twice", put("sites.csv", "Clinic,", "D1,"), "sites.csv, row 4, column site: site D1 is here a second time"),
    ("row-twice", wrote("depots.csv", "depot,max_kg\nD1,5\nD1,6\n"), "row 3, column depot: D1 is here a second time"),
    ("own-substitute", wrote("substitutes.csv", "item,by,units_per_unit\nmask,mask,1\n"), "for itself"),
    ("not-above-zero", wrote("substitutes.csv", "item,by,units_per_unit\nmask,tent,0\n"), "0 is not above zero"),
    ("not-a-date", wrote("in_transit.csv", "site,item,units,arrives\nClinic,mask,1,9/2/20\n"), '"9/2/20" is not'),
    ("date-likely", wrote("in_transit.csv", "site,item,units,arrives\nClinic,mask,1,20200209\n"), "mean 2020-02-09"),
    ("date-serial", wrote("in_transit.csv", "site,item,units,arrives\nClinic,mask,1,43871\n"), "would be 2020-02-10"),
    ("not-a-flag", wrote("lanes.csv", "depot,site,open\nD1,Clinic,maybe\n"), '"maybe" is neither yes nor no'),
    ("not-a-choice", put("items.csv", "durable", "durabel"), 'none of: consumable, durable. Write "durable"'),
    ("code-mangled", put("needs.csv", "0042", "1.23E+11"), '"1.23E+11" is a code that a spreadsheet has turned'),
    ("code-dated", put("needs.csv", "0042", "2020-03-01"), "turned into a date"),
    ("code-zeros", put("needs.csv", "0042", "42"), '"42" is not in sites, but "0042" is'),
    ("code-unknown-near", put("lanes.csv", "Clinic", "Clinc"), 'If "Clinic" is meant, write that'),
    ("code-unknown", put("lanes.csv", "Clinic", "nowhere"), 'row 3, column site: "nowhere" is not in sites'),
    ("text-unfit", put("sites.csv", "Clinic", "Cl\x07inic"), "hidden characters"),
    ("policy-missing", without("policy.toml"), "nothing says who comes first"),
    ("policy-not-toml", wrote("policy.toml", "date: 2020-02-10\n"), "policy.toml, row 1: The policy is not TOML"),
    ("policy-key-unknown", put("policy.toml", "[tiers]", "max_hour = 5\n[tiers]"), 'If "max_hours" is meant'),
    ("policy-key-missing", put("policy.toml", "date = 2020-02-10", ""), "The policy does not say date"),
    (
        "policy-value",
        put("policy.toml", "[tiers]", "reserve_share = 1.5\n[tiers]"),
        "reserve_share is 1.5, and should be",
    ),
    ("policy-value", put("policy.toml", "[tiers]", "max_hours = 1e-99999999\n[tiers]"), "a number above 0"),
    ("policy-value", put("policy.toml", "[tiers]", "stale_days = nan\n[tiers]"), "stale_days is NaN"),
    ("policy-value", put("policy.toml", "[tiers]", 'uncounted = "skip"\n[tiers]'), 'uncounted is "skip"'),
    ("policy-item-unknown", put("policy.toml", "[tiers]", "[reserve]\nmaks = 0.5\n[tiers]"), 'an item "maks"'),
    (
        "policy-value",
        put("policy.toml", "[tiers]", "[shelf_days]\nschool = 1.5\n[tiers]"),
        "shelf_days.school is 1.5, and should be a whole number from 0 upwards. Write, for example, school = 60",
    ),
    (
        "shelf-kind-unknown",
        put("policy.toml", "[tiers]", "[shelf_days]\nschol = 60\n[tiers]"),
        'row 3: shelf_days names a kind of site "schol" that no site has and no tier names. If "school" is meant',
    ),
    (
        "shelf-kind-twice",
        put("policy.toml", "[tiers]", '[shelf_days]\nschool = 60\n"学校" = 30\n[tiers]'),
        'row 4: shelf_days names the kind "school" twice',
    ),
    ("kind-in-two-tiers", put("policy.toml", "[[", 'late = ["clinic"]\n[['), "in the tiers frontline and late"),
    ("ladder-tier-unknown", put("policy.toml", 'tiers = ["front', 'tiers = ["fromt'), 'If "frontline" is meant'),
    ("rung-never-rises", put("policy.toml", "days = 2\nholding_share = 1.0", "days = 0\nholding_share = 0"), "Rung 1"),
    ("rung-says-nothing", put("policy.toml", "cover_days = 2", ""), "Rung 1 does not say cover_days"),
    ("tier-unknown", put("sites.csv", "clinic,", "clinic,frontlin"), 'no tier "frontlin". If "frontline" is meant'),
    (
        "kind-without-tier",
        put("policy.toml", ', "clinic"', ""),
        'sites.csv, row 4, column kind: Sites of the kind "clinic" need supplies (1 of them)',
    ),
    ("kind-without-tier-near", put("sites.csv", "clinic", "clinik"), 'If "clinic" is meant, write that'),
    (
        "pack-weight-missing",
        lambda f: (put("items.csv", "1.5", "")(f), wrote("depots.csv", "depot,max_kg\nD1,5\n")(f)),
        "mask has no pack_kg, and D1 limits",
    ),
    ("total-too-large", put("stock.csv", "D1,mask,300\n", "D1,mask,999999999999\n" * 1002), "adds up to 1,001,"),
    (
        "more-like-these",
        put("stock.csv", "D1,mask,300\n", "".join(f"D1,mask,-{n}\n" for n in range(1, 901))),
        "same problem: 880",
    ),
    (
        "too-small",
        put("stock.csv", "D1,mask,300\n", "D1,mask,-1\n" * 900),
        "row 2, column units (and 899 more rows): -1",
    ),
    ("too-small", put("stock.csv", "D1,mask,300\n", "D1,mask,-1\n" * 2), "row 2, column units (and one more row): -1"),
    ("file-is-workbook", wrote("stock.csv", b"PK\x03\x04 and so on"), "a workbook, although its name ends in .csv"),
    ("policy-empty", wrote("policy.toml", " \n"), "policy.toml: The file is empty: nothing says who comes first."),
    ("table-missing", lambda f: (f / "needs.csv").rename(f / "needs (1).csv"), "The table needs (需求) is missing."),
]


@pytest.mark.parametrize(("code", "spoil", "said"), FOLDERS, ids=[f"{row[0]}-{n}" for n, row in enumerate(FOLDERS)])
def test_a_spoilt_folder_says_what_is_wrong_where_and_how_to_mend_it(tmp_path, code, spoil, said):
    folder = sound_folder(tmp_path / "case")
    assert read_case(folder).case.needs.daily_units.tolist() == [20.0, 10.0, 2.0]

    spoil(folder)

    codes, sentences = faults_of(folder)
    assert code in codes
    assert said in sentences


def test_everything_wrong_in_every_table_is_said_at_once(tmp_path):
    folder = sound_folder(tmp_path / "case")
    for spoil in (
        put("items.csv", "piece,10", "piece,0"),
        put("needs.csv", "mask,20", "maks,-20"),
        put("stock.csv", "300", "many"),
        put("lanes.csv", "Clinic", "nowhere"),
        put("policy.toml", "[tiers]", "max_hour = 5\n[tiers]"),
    ):
        spoil(folder)

    codes, _ = faults_of(folder)

    assert codes == [
        "too-small",
        "code-unknown-near",
        "too-small",
        "not-a-number",
        "code-unknown",
        "policy-key-unknown",
    ]


def test_a_hundred_thousand_bad_rows_stay_readable(tmp_path):
    folder = sound_folder(tmp_path / "case")
    wrote("stock.csv", "site,item,units\n" + "".join(f"X{n},mask,about {n}\n" for n in range(100_000)))(folder)

    codes, sentences = faults_of(folder)

    assert len(codes) == 2 * 21
    assert sentences.count("More rows have the same problem: 99980.") == 2


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    """Blank lines count, a text with a line break is one row, and a row too long is left out of neither."""
    folder = sound_folder(tmp_path / "case")
    rows = 'site,item,daily_units,note\n\n"Clinic",mask,1,"two\nlines"\n\nClinic,mask\nClinic,tent,x,\n'
    wrote("needs.csv", rows)(folder)

    _, sentences = faults_of(folder)

    assert "needs.csv, row 5: The row has 2 cells" in sentences
    assert 'needs.csv, row 6, column daily_units: "x" is not a number' in sentences


NEEDS = "xl/worksheets/sheet3.xml"
WORKBOOKS: list[tuple[str, Spoil, str]] = [
    ("not-a-number", cell("stock", "C2", "about 40"), 'c.xlsx, sheet stock, cell C2: "about 40" is not a number'),
    ("blank", cell("needs", "C2", None), "c.xlsx, sheet needs, cell C2: The cell is empty"),
    ("code-mangled", cell("needs", "A2", 1.23e17), '"1.23e+17" is a code that a spreadsheet has turned'),
    ("code-zeros", cell("needs", "A2", 42), '"42" is not in sites, but "0042" is'),
    ("workbook-old", lambda p: p.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600), "old .xls workbook"),
    ("workbook-none", lambda p: p.write_bytes(b"site,item\n"), "This is no workbook, or only part of one"),
    ("workbook-none", lambda p: p.write_bytes(p.read_bytes()[:3000]), "Open it in Excel or WPS, save it again"),
    ("workbook-none", document, "c.xlsx: This is no workbook, or only part of one, whatever its name"),
    ("file-empty", lambda p: p.write_bytes(b""), "The file is empty"),
    ("workbook-broken", repacked("xl/workbook.xml", lambda _: b"<workbook"), "cannot be opened"),
    ("workbook-swells", bomb, "more than 250 times its own size"),
    ("workbook-texts", one_text_in_many_cells, "come to more than 1,920,000,000 bytes of text"),
    ("workbook-entries", many_parts, "at most 2000 are read"),
    ("workbook-entities", repacked(NEEDS, lambda x: b'<!DOCTYPE a [<!ENTITY b "c">]>' + x), "sheet3.xml declares"),
    ("sheet-addresses", repacked(NEEDS, lambda x: x.replace(b' r="B2"', b"")), "have no plain address"),
    ("sheet-too-wide", cell("needs", "XFD1048576", 1), "stands at XFD1048576"),
    ("sheet-too-wide", cell("needs", "NTP1", 1), "c.xlsx, sheet needs: A cell stands at NTP1: beyond 200 columns"),
    ("sheet-too-wide", repacked(NEEDS, lambda x: x.replace(b'"B3"', b'"B4294967295"')), "stands at B4294967295"),
    ("sheet-sparse", cell("needs", "Z1048000", 1), "27,248,000 cells would be set aside for 13"),
    ("formula-uncounted", cell("needs", "C2", "=10+10"), "The formula in cell C2 has no stored result"),
    ("error-cell", cell("needs", "C2", "#N/A"), "Cell C2 shows an error"),
    ("policy-missing", lambda p: _without_sheet(p, "policy"), "Add policy with a date"),
    ("table-missing", lambda p: _without_sheet(p, "lanes"), "The table lanes (线路) is missing"),
]


def _without_sheet(path: Path, name: str) -> None:
    book = openpyxl.load_workbook(path)
    del book[name]
    book.save(path)


@pytest.mark.parametrize(("code", "spoil", "said"), WORKBOOKS, ids=[f"{w[0]}-{n}" for n, w in enumerate(WORKBOOKS)])
def test_a_spoilt_workbook_says_what_is_wrong_where_and_how_to_mend_it(tmp_path, code, spoil, said):
    path = tmp_path / "c.xlsx"
    sound_workbook(path)
    assert read_case(path).case.needs.daily_units.tolist() == [20.0, 10.0, 2.0]

    spoil(path)

    codes, sentences = faults_of(path)
    assert code in codes
    assert said in sentences


def test_a_case_that_is_not_there_or_no_case_says_so(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "case.pdf").write_text("x")

    assert faults_of(tmp_path / "nothing")[0] == ["case-missing"]
    assert faults_of(tmp_path / "empty")[0] == ["case-empty"]
    assert faults_of(tmp_path / "case.pdf")[0] == ["case-form"]


def test_a_plans_folder_given_as_a_case_is_recognised(tmp_path):
    for name in ("pairs.csv", "lines.csv", "proof.json"):
        (tmp_path / name).write_text("x")

    codes, sentences = faults_of(tmp_path)

    assert codes == ["case-is-plan"]
    assert "holds a plan (pairs.csv, lines.csv, proof.json), not a case. Give the folder or workbook" in sentences


def test_a_rule_that_is_wrong_is_found_by_its_row(tmp_path):
    """In policy.toml by its line; in a workbook by the row of the sheets `policy` and `ladder`."""
    folder = sound_folder(tmp_path / "case")
    policy = (
        "date = 2020-02-10\n[reserve]\n# none\nmaks = 0.5\n[tiers]\nfrontline = [1]\n[[ladder]]\n"
        'tiers = ["front"]\ncover_days = 1\nholding_share = 1\n[[ladder]]\ncover_days = -2\nholding_share = 1\n'
    )
    wrote("policy.toml", policy)(folder)

    _, sentences = faults_of(folder)

    assert "policy.toml, row 6: tiers.frontline is [1]" in sentences
    assert "policy.toml, row 11: Rung 2 does not say tiers" in sentences
    assert "policy.toml, row 12: ladder 2: cover_days is -2" in sentences

    path = tmp_path / "c.xlsx"
    sound_workbook(path)
    cell("policy", "B1", "soon")(path)
    cell("ladder", "B2", "many")(path)

    _, sentences = faults_of(path)

    assert 'c.xlsx, sheet policy, row 1: date is "soon"' in sentences
    assert 'c.xlsx, sheet ladder, cell B2: ladder 1: cover_days is "many"' in sentences


def test_file_names_may_be_in_capitals(tmp_path):
    folder = sound_folder(tmp_path / "case")
    (folder / "needs.csv").rename(folder / "Needs.CSV")

    assert len(read_case(folder).case.needs) == 3


def test_codes_are_not_looked_up_in_a_table_without_rows(tmp_path):
    """The one thing wrong is that sites is empty, and not every row that names a site."""
    folder = sound_folder(tmp_path / "case")
    wrote("sites.csv", "site,kind,tier\n")(folder)

    assert faults_of(folder)[0] == ["table-empty"]


def test_limits_are_refused_politely(tmp_path, monkeypatch):
    folder = sound_folder(tmp_path / "case")
    monkeypatch.setattr("data.case_csv.ROWS_MAX", 2)
    assert "too-many-rows" in faults_of(folder)[0]

    with (folder / "needs.csv").open("r+b") as file:
        file.truncate(2_000_000_001)  # a file with a hole: as large as it says, without taking the room
    assert "2,000,000,001 bytes; at most 2,000,000,000 are read" in faults_of(folder)[1]


def test_what_is_shown_of_a_cell_is_short_and_hides_nothing(tmp_path):
    """A cell of 30,000 letters does not fill the screen, and one with a terminal's marks does not clear it."""
    folder = sound_folder(tmp_path / "case")
    wrote("needs.csv", f"site,item,daily_units,{'y' * 30_000}\nClinic,mask,{'9' * 300}x,\n0042,mask,\x1b[2J,\n")(folder)

    with pytest.raises(CaseUnreadable) as refused:
        read_case(folder)
    said = [str(one) for one in (*refused.value.problems, *refused.value.notices)]

    assert max(map(len, said)) < 400
    assert any('"\\x1b[2J" is not a number' in one for one in said)
    assert all(one.isprintable() for one in said)


def test_every_kind_of_problem_is_made_to_happen_here():
    made = {code for code, _, _ in (*FOLDERS, *WORKBOOKS)}
    made |= {"case-missing", "case-empty", "case-form", "case-is-plan", "too-many-rows", "file-too-large"}
    # Arrow's own reasons for giving up on a table are all caught before by kinds of their own.
    assert {kind.code for kind in PROBLEMS} - made == {"csv-broken"}

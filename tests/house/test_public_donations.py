"""`report donation --public`: for everybody to read, and nobody is in it."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET

import pytest
import sqlalchemy as sa
from desk import Clerk
from openpyxl import load_workbook

from models.ledger import open_ledger
from models.tables import document, person, version

PLANTED = ("Zhang San", "张三", "13812345678", "420683199001011234", "zhangsan@qq.com", "wang5")
"""A name in two scripts, a telephone number, an identity number, an address, and the id of whoever acts."""


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    """Return a clerk at a ledger with people in every text that anybody may type; two donors gave masks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    made = Clerk(tmp_path)
    assert made("init").exit_code == 0
    everywhere = " ".join(PLANTED)
    files = {
        "areas.csv": f"area,name\n42,{everywhere}\n",
        "items.csv": "item,name,unit,pack_units,use\nMASK,mask,piece,10,consumable\n",
        "sites.csv": f"site,name,kind,area\nD1,{everywhere},warehouse,42\nP1,{everywhere},clinic,42\n",
        "partners.csv": f"partner,kind,name,name_zh\nZhang-San,donor,{everywhere},张三\nRC,donor,Red Cross,红十字会\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert made("import", *files).exit_code == 0, made("import", *files).output
    assert made("user", "add", "wang5", "--role", "administrator", "--name", everywhere).exit_code == 0
    monkeypatch.setenv("ALLOCATOR_ACTOR", "wang5")
    assert made("user", "role", "wang5", "logistics").exit_code == 0
    said = ("--note", everywhere, "--reference", everywhere, "--certificate", everywhere, "--reported-by", "wang5")
    for donor, units in (("Zhang-San", "100"), ("RC", "50")):
        told = made("receive", "D1", "MASK", units, "--partner", donor, "--lot", "张三 13812345678", *said)
        assert told.exit_code == 0, told.output
    assert made("issue", "D1", "MASK", "30", "--note", everywhere).exit_code == 0
    return made


def nobody_in(text: str) -> bool:
    return not any(each.lower() in text.lower() for each in (*PLANTED, "Zhang-San", "138 1234"))


def test_the_names_were_planted(clerk):
    ledger = open_ledger(clerk.url)
    with ledger.engine.connect() as connection:
        bodies = " ".join(connection.execute(sa.select(document.c.body)).scalars())
        versions = " ".join(connection.execute(sa.select(version.c.body)).scalars())
        people = " ".join(str(row) for row in connection.execute(sa.select(person)))
    ledger.engine.dispose()

    assert all(each in bodies + versions + people for each in PLANTED)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nobodys_name_number_or_id_is_in_what_the_public_reads(clerk, lang):
    for name in ("donations.html", "donations.csv", "donations.xlsx"):
        told = clerk("report", "donation", "--public", "--out", name, lang=lang)
        assert told.exit_code == 0, told.output
        assert nobody_in(told.output)
    shown = clerk("report", "donation", "--public", "--json", lang=lang).stdout
    book = load_workbook(clerk.folder / "donations.xlsx")
    cells = " ".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    properties = " ".join(str(value) for value in vars(book.properties).values())

    assert nobody_in(shown)
    assert nobody_in(cells)
    assert nobody_in(properties)
    for name in ("donations.html", "donations.csv", "donations-gifts.csv"):
        assert nobody_in((clerk.folder / name).read_text(encoding="utf-8"))


def test_what_was_given_is_told_by_source_and_adds_up(clerk):
    told = json.loads(clerk("report", "donation", "--public", "--named", "RC", "--json").stdout)
    sources = [(row["source"], row["units"], row["used"], row["at_depots"]) for row in told["sources"]]

    assert sources == [("donor 1", 100, 20, 80), ("Red Cross", 50, 10, 40)]
    assert [(row["source"], row["units"]) for row in told["gifts"]] == [("donor 1", 100), ("Red Cross", 50)]
    assert clerk("report", "donation", "--public", "--out", "d.csv").exit_code == 0
    with (clerk.folder / "d.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    parts = ("used", "at_sites", "at_depots", "under_way", "set_aside", "lost", "outside", "given_back")
    assert [sum(int(row[part]) for part in parts) for row in rows] == [int(row["units"]) for row in rows] == [100, 50]


def test_the_page_stands_alone_in_both_languages_and_is_read_by_those_who_hear(clerk):
    assert clerk("report", "donation", "--public", "--out", "d.html").exit_code == 0
    page = (clerk.folder / "d.html").read_text(encoding="utf-8")
    root = ET.fromstring(re.sub(r"<(meta[^>]*)>", r"<\1/>", page.partition("\n")[2]))  # noqa: S314 - our own page

    assert not re.search(r"<script|<link|<img|\ssrc=|\son\w+=|\sstyle=|href=\"[^#]|url\(", page)
    assert "default-src 'none'; style-src 'sha256-" in page
    assert [section.attrib["lang"] for section in root.iter("section")] == ["zh", "en"]
    tables = list(root.iter("table"))
    assert len(tables) == 4
    for each in tables:
        assert each.findtext("caption")
        assert all(cell.attrib["scope"] == "col" for cell in each.findall("thead/tr/th"))
        assert all(row[0].tag == "th" and row[0].attrib["scope"] == "row" for row in each.findall("tbody/tr"))
        widths = {len(row) for row in each.iter("tr")}
        assert len(widths) == 1


def test_the_day_and_what_was_known_then_may_be_asked(clerk):
    before = json.loads(clerk("report", "donation", "--public", "--as-of", "2020-01-01", "--json").stdout)

    assert before == {"schema": "allocator.public-donations/1", "sources": [], "gifts": []}
    assert "Nothing was given yet." in clerk("report", "donation", "--public", "--as-of", "2020-01-01").stdout
    assert clerk("report", "donation").exit_code == 2
    assert clerk("report", "donation", "1", "--public").exit_code == 2
    assert "There is no document 1." in clerk("report", "donation", "1", "--known-at", "2020-01-01").stderr

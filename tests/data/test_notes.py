"""Printed notes, read back from the PDF."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io

import pytest
from pypdf import PdfReader

from allocator.sentence import Named
from data.notes import Note, NoteLine, PickLine, PickList, VehicleStop, notes_pdf

SUIT = Named("SUIT", "protective suit", "医用防护服")
CLINIC = Named("FEV02", "Anqiao fever clinic 1", "安桥发热门诊1号", with_code=True)
DEPOT = Named("D1", "County depot", "县级仓库")
LINE = NoteLine(item=SUIT, unit="piece", packs=3, units=1_500, lot="L-77", expires="2021-03-01")
NOTE = Note(
    number="T17",
    depot=DEPOT,
    site=CLINIC,
    day=dt.date(2020, 2, 10),
    lines=[LINE],
    kg=1_081.25,
    plan="P2020-02-10-1",
    vehicle="2",
    url="http://127.0.0.1:8000/notes/T17",
)
PICKS = PickList(
    depot=DEPOT,
    day=dt.date(2020, 2, 10),
    lines=[PickLine(item=SUIT, unit="piece", packs=9, units=4_500, lot="L-77", expires="2021-03-01")],
    vehicles={"2": [VehicleStop(site=CLINIC, note="T17", packs=3, kg=1_081.25, arrives="1:20")]},
)


def pages(*sheets: Note | PickList, lang: str = "en") -> list[str]:
    """Return the text of each page, each run of blanks as one."""
    reader = PdfReader(io.BytesIO(notes_pdf(sheets, lang=lang)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def test_a_note_says_what_comes_from_where_with_lot_and_expiry():
    (page,) = pages(NOTE)

    for said in ("Delivery note T17", "Anqiao fever clinic 1 (FEV02)", "County depot", "2020-02-10", "P2020-02-10-1"):
        assert said in page
    assert "1 protective suit 3 1,500 piece L-77 2021-03-01" in page
    assert "Together: 3 packs, 1,081.2 kg" in page
    assert "Received by, date, time" in page


def test_a_chinese_note_is_set_in_the_font_that_travels_with_the_program():
    reader = PdfReader(io.BytesIO(notes_pdf([NOTE], lang="zh")))
    text = reader.pages[0].extract_text()
    fonts = {str(font.get_object()["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()}

    for said in ("送货单", "安桥发热门诊", "医用防护服", "县级仓库", "1,500 个"):
        assert said in text
    assert all("NotoSansCJK" in font for font in fonts)


def test_what_a_site_is_called_never_becomes_markup():
    odd = dataclasses.replace(NOTE, site=Named("S1", "#panic() $x$ *bold* ]", ""))

    assert "#panic() $x$ *bold* ]" in pages(odd)[0]


def test_a_pick_list_sums_by_lot_and_tells_each_vehicle_its_stops():
    (page,) = pages(PICKS)

    assert "Pick list County depot" in page
    assert "1 protective suit L-77 2021-03-01 9 4,500 piece" in page
    assert "Vehicle 2 No. Site Note Packs kg Arrives Done 1 Anqiao fever clinic 1 (FEV02) T17 3 1,081.2 1:20" in page


def test_each_note_begins_a_page_and_counts_its_own():
    long = dataclasses.replace(NOTE, number="T18", lines=[LINE] * 90)
    printed = pages(long, NOTE)

    assert [page[-5:] for page in printed] == ["1 / 3", "2 / 3", "3 / 3", "1 / 1"]
    assert "T18" in printed[2]


def test_the_same_notes_are_the_same_bytes():
    assert notes_pdf([NOTE, PICKS]) == notes_pdf([NOTE, PICKS])


def test_a_lot_that_never_expires_has_no_date():
    never = dataclasses.replace(NOTE, lines=[dataclasses.replace(LINE, expires="9999-12-31")])

    assert "9999" not in pages(never)[0]


def test_nothing_to_print_is_an_error():
    with pytest.raises(ValueError, match="no note"):
        notes_pdf([])


def test_a_note_carries_the_seal_of_its_document_and_the_newest_head_as_text_too():
    """A creased code can still be typed; without a document behind it there is none."""
    said = "county document 45 sha256 " + "ab" * 32
    (page,) = pages(dataclasses.replace(NOTE, proof=said))

    assert said.replace(" ", "") in page.replace(" ", "")
    assert "audit check --note" in page
    assert "audit check --note" not in pages(NOTE)[0]

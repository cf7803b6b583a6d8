"""Donor offers and published needs, as people typed them (not in this repository): flagged, never corrected."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from desk import Clerk

from data.offers_made import LIKELY_MAX, read_offer
from data.place_names import Places

REAL = Path(__file__).parents[3] / "shared/data/real"
OFFERS = REAL / "getusppe_garbage/offers_part.csv"
pytestmark = pytest.mark.skipif(not OFFERS.exists(), reason="shared/data is not beside the clone")

STATES = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,"
    "DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,"
    "KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,"
    "MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,"
    "NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,RI Rhode Island,"
    "SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,WA Washington,"
    "WV West Virginia,WI Wisconsin,WY Wyoming,PR Puerto Rico"
)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def offers():
    places = Places({state[:2]: (state[3:],) for state in STATES.split(",")})
    return [read_offer(row["equipmentEnum"], row["qty"], row["stateprovince"], places) for row in rows(OFFERS)]


def test_every_quantity_that_cannot_be_meant_is_flagged_and_no_other(offers):
    def cannot_be(offer) -> bool:
        return not 0 < int(offer.written) <= 10**7

    assert LIKELY_MAX == 10**7
    assert len(offers) == 2499
    assert [offer.units is None for offer in offers] == [cannot_be(offer) for offer in offers]
    assert sum(offer.units is None for offer in offers) == 159


def test_states_are_one_spelling_and_what_is_none_is_flagged_with_what_may_be_meant(offers):
    spellings: dict[str, set[str]] = {}
    for offer in offers:
        if offer.place is not None:
            spellings.setdefault(offer.place, set()).add(offer.place_written)
    strange = {offer.place_written: [str(flag) for flag in offer.flags] for offer in offers if offer.place is None}

    assert spellings["FL"] == {"FL", "Fl", "Florida"}
    assert (spellings["MI"], spellings["OH"]) == ({"Mi", "Michigan"}, {"Ohio"})
    assert """"albama" is no known place; it may be: ['AL'""" in "".join(strange["albama"])
    assert {"Kowloon", "Ontario", "test1", "Shanghai"} <= strange.keys()
    assert all(flags for written, flags in strange.items() if written.strip())


def test_typed_as_a_command_every_row_comes_back_with_what_is_doubtful_of_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    areas = "".join(f"{state[:2]},{state[3:]}\n" for state in STATES.split(","))
    assert desk("init").exit_code == 0
    assert desk.take("areas.csv", "area,name\n" + areas).exit_code == 0
    assert desk.take("items.csv", "item,name,unit,pack_units,use\nN95,N95,piece,20,consumable\n").exit_code == 0

    done = desk("statements", str(OFFERS), "--offers", "--choose", "face_shield=N95", "--out", "offers.csv")

    assert done.exit_code == 0, done.output
    assert "159 without a quantity that can be meant" in done.stdout
    saved = rows(tmp_path / "offers.csv")
    assert len(saved) == 2499
    assert sum(row["units"] == "" for row in saved) == 159
    assert {row["place"] for row in saved if row["place_written"] in ("FL", "Fl", "Florida")} == {"FL"}
    assert {row["item"] for row in saved if row["item_written"] == "face_shield"} == {"N95"}

"""The catalogue is read as far as one's areas go, saved, and changed row by row with the refusals of `import`."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from browser import PASSWORD, Browser, browsers_at, is_sealed, served_at
from desk import Clerk
from two_areas import join, two_areas


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """bo administers everywhere, lin plans in county 421127, ben reports there; D1 supplies P1 there."""
    with two_areas(tmp_path_factory.mktemp("catalogue")) as clerk:
        assert clerk.take("d.csv", "depot\nD1\n", "--as", "depots").exit_code == 0
        assert clerk.take("l.csv", "depot,site,km,hours\nD1,P1,12,0.5\nD1,E1,90,2\n", "--as", "lanes").exit_code == 0
        assert clerk.take("n.csv", "site,item,daily_units\nP1,MASK,60\n", "--as", "needs").exit_code == 0
        assert clerk.take("g.csv", "gtin,item,units\n06901234567892,MASK,50\n", "--as", "gtins").exit_code == 0
        assert clerk("receive", "D1", "MASK", "500", "--partner", "S1").exit_code == 0
        join(clerk, [("lin", "logistics", "421127"), ("ben", "reporter", "421127")], password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def as_(clerk):
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def sent(browser: Browser, address: str, **form: str) -> httpx.Response:
    return browser.post(address, {"form": browser.form_token(), **form})


ITEM = {"name": "mask", "unit": "piece", "pack_units": "10", "use": "consumable"}
SITE = {"kind": "checkpoint", "area": "421127"}


def test_items_sites_and_partners_are_found_by_the_address_and_saved(as_):
    ben = as_("ben")

    assert "/catalogue/items/MASK" in ben.get("/catalogue?q=0690123").text
    assert "/catalogue/items/TENT" not in ben.get("/catalogue?q=mas").text
    assert "/catalogue/sites/P2" in ben.get("/catalogue?what=sites&kind=clinic").text
    assert "N1" in ben.get("/catalogue?what=partners&kind=donor").text
    assert "Nothing fits these filters" in ben.get("/catalogue?q=zzz").text
    assert ben.get("/catalogue?what=people").status_code == 404
    assert ben.get("/catalogue.csv?what=sites").text.splitlines()[1].startswith("D1,")
    assert ben.get("/catalogue.xlsx").status_code == 200


def test_sites_of_elsewhere_and_roads_to_them_are_not_there(as_):
    ben, bo = as_("ben"), as_("bo")

    assert "E1" not in ben.get("/catalogue?what=sites").text + ben.get("/catalogue/sites/D1").text
    assert ben.get("/catalogue/sites/E1").status_code == 404
    assert "E1" in bo.get("/catalogue/sites/D1").text


def test_a_site_shows_its_norms_and_roads_and_an_item_its_barcodes(as_):
    site, item = as_("ben").get("/catalogue/sites/P1").text, as_("ben").get("/catalogue/items/MASK").text

    assert all(each in site for each in ("60", "D1", "12", "checkpoint"))
    assert "06901234567892 (50 units)" in item
    assert "<form" not in (site + item).split("<main")[1].split("</main>")[0]


def test_an_item_gets_another_pack_and_a_barcode(clerk, as_):
    bo = as_("bo")

    sent(bo, "/catalogue/items/TENT", **ITEM | {"name": "tent", "pack_units": "4", "pack_kg": "12.5", "use": "durable"})
    shown = sent(bo, "/catalogue/items/TENT/gtins", gtin="6909876543212", units="4").text

    told = bo.get("/api/v1/catalogue/items?q=TENT").json()["items"][0]
    assert (told["pack_units"], told["pack_kg"], told["use"]) == (4, 12.5, "durable")
    assert told["gtins"] == [{"gtin": "06909876543212", "units": 4}]
    assert "06909876543212 (4 units)" in shown
    assert is_sealed(clerk.url)


def test_a_site_gets_another_tier(as_):
    form = {"kind": "clinic", "area": "421127", "tier": "community", "lat": "30.5", "lon": "114.9"}

    changed = sent(as_("bo"), "/catalogue/sites/P2", **form)

    assert changed.status_code == 200
    told = as_("lin").get("/api/v1/catalogue/sites?tier=community").json()["sites"]
    assert [(each["code"], each["lat"], each["depot"]) for each in told] == [("P2", 30.5, False)]
    assert [each["code"] for each in as_("lin").get("/api/v1/catalogue/sites").json()["sites"]] == ["D1", "P1", "P2"]


@pytest.mark.parametrize(
    ("who", "address", "form", "says"),
    [
        ("bo", "/catalogue/items/MASK", ITEM | {"unit": "box"}, "MASK is counted in piece by documents"),
        ("bo", "/catalogue/items/MASK", ITEM | {"pack_units": "ten"}, "ten"),
        ("bo", "/catalogue/items/MASK/gtins", {"gtin": "123", "units": "4"}, "123"),
        ("lin", "/catalogue/items/MASK", ITEM | {"pack_units": "5"}, "of every area"),
        ("bo", "/catalogue/sites/P1", SITE | {"lat": "99"}, "99"),
        ("lin", "/catalogue/sites/P1", SITE, "of every area"),
    ],
)
def test_what_import_would_refuse_comes_back_with_why(as_, who, address, form, says):
    before = as_("bo").get("/api/v1/catalogue/items").json()

    refused = sent(as_(who), address, **form)

    assert (refused.status_code, says in refused.text) == (422, True), refused.text
    assert as_("bo").get("/api/v1/catalogue/items").json() == before


def test_who_only_reports_or_is_of_elsewhere_changes_nothing(as_):
    assert sent(as_("ben"), "/catalogue/sites/P1", **SITE).status_code == 404
    assert sent(as_("lin"), "/catalogue/sites/E1", **SITE).status_code == 404

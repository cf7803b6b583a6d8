"""First expiring first: 70 masks in two lots, 20 kept back, so 30 of the old lot and 20 of the new one leave."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from three_posts import places, texts, three_posts, verdict, written

from allocator.case import Case, Stock


def two_lots(second: str = "usable", earmark: str = "") -> Case:
    """Lot OLD: 30 masks to 1 March; lot NEW: 40 to 1 June. A share of 2/7 is kept back."""
    case = three_posts()
    stock = Stock(
        site=places(3, 3),
        item=places(0, 0),
        units=np.array([30, 40]),
        lot=texts("OLD", "NEW"),
        expires=np.array(["2020-03-01", "2020-06-01"], dtype="datetime64[D]"),
        status=np.array([0, 0 if second == "usable" else 1], dtype=np.int8),
        earmark=texts("", earmark),
    )
    policy = dataclasses.replace(case.policy, reserve_share=Fraction(2, 7))
    return dataclasses.replace(case, stock=stock, policy=policy)


def lots(*rows: str) -> str:
    return "depot,site,item,lot,units\n" + "".join(f"Store,{row}\n" for row in rows)


OLD_FIRST = ("Big,mask,OLD,30", "Mid,mask,NEW,13", "Small,mask,NEW,7")
ALSO_OLD_FIRST = ("Big,mask,NEW,20", "Big,mask,OLD,10", "Mid,mask,OLD,13", "Small,mask,OLD,7")


@pytest.mark.parametrize("rows", [OLD_FIRST, ALSO_OLD_FIRST])
def test_which_site_gets_which_lot_is_free(tmp_path: Path, rows: tuple[str, ...]) -> None:
    """The depot sends its oldest stock; who gets which of it is nobody's promise."""
    (written(tmp_path) / "lots.csv").write_text(lots(*rows))
    assert verdict(tmp_path, two_lots()) == ""


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("Big,mask,NEW,30", "Mid,mask,OLD,13", "Small,mask,OLD,7"), "at most 20 may leave before earlier lots"),
        (("Big,mask,OLD,30", "Mid,mask,NEW,13"), "lots add up to 0 units"),
        (("Big,mask,OLD,30", "Mid,mask,NEW,13", "Small,mask,NEW,6"), "lots add up to 6 units"),
        (("Big,mask,OLD,30", "Mid,mask,NEW,13", "Small,mask,LOST,7"), "from lot LOST; at most 0"),
        (("Big,mask,OLD,30", "Mid,mask,NEW,13", "Small,mask,NEW,7", "Store,mask,NEW,1"), "sends nothing of the kind"),
    ],
)
def test_a_later_lot_does_not_jump_the_queue(tmp_path: Path, rows: tuple[str, ...], words: str) -> None:
    """Lots that are not there, do not add up, or leave a sooner expiry behind are refused."""
    (written(tmp_path) / "lots.csv").write_text(lots(*rows))
    assert words in verdict(tmp_path, two_lots())


def test_lots_must_be_told_where_the_stock_has_them(tmp_path: Path) -> None:
    """Stock with lots and a plan without lots.csv: nobody could trace a recall."""
    assert "lots.csv is missing" in verdict(written(tmp_path), two_lots())


def test_quarantined_stock_is_not_there_to_be_sent(tmp_path: Path) -> None:
    """With the new lot in quarantine only 21 of the old one may leave."""
    (written(tmp_path) / "lots.csv").write_text(lots(*OLD_FIRST))
    assert "only 21 may leave" in verdict(tmp_path, two_lots("quarantine"))


def test_expired_stock_is_not_there_to_be_sent(tmp_path: Path) -> None:
    """On 2 March the old lot has expired, on 1 March it has not."""
    case = two_lots()
    (written(tmp_path) / "lots.csv").write_text(lots(*OLD_FIRST))
    last_day = dataclasses.replace(case.policy, date=case.policy.date.replace(month=3, day=1))
    day_after = dataclasses.replace(case.policy, date=case.policy.date.replace(month=3, day=2))

    assert verdict(tmp_path, dataclasses.replace(case, policy=last_day)) == ""
    assert "only 28 may leave" in verdict(tmp_path, dataclasses.replace(case, policy=day_after))

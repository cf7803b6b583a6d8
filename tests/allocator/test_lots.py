"""Which lots are picked: first expiring first, nothing too old, nothing kept for somebody else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from random_cases import random_case
from text_tables import case_of, rows_of

from allocator import fast
from allocator.case import Case, Stock
from allocator.lots import lots_of
from allocator.need import Problem, needs_of
from allocator.shares import Shipments

TWO_CLINICS = """
    site    tier      daily held pack
    ClinicA frontline    10    0   10
    ClinicB frontline    10    0   10
"""


def with_stock(case: Case, table: str) -> Case:
    """Return the case with this stock; "-" is an empty cell."""
    rows = rows_of(table)
    text = {name: ["" if row.get(name, "-") == "-" else row[name] for row in rows] for name in ("lot", "earmark")}
    days = ["NaT" if row.get("expires", "-") == "-" else row["expires"] for row in rows]
    stock = Stock(
        site=np.array([case.site_index[row["site"]] for row in rows], dtype=np.int32),
        item=np.zeros(len(rows), dtype=np.int32),
        units=np.array([int(row["units"]) for row in rows]),
        lot=np.array(text["lot"], dtype=object),
        expires=np.array(days, dtype="datetime64[D]"),
        status=np.array([{"usable": 0, "quarantine": 1}[row.get("status", "usable")] for row in rows], dtype=np.int8),
        earmark=np.array(text["earmark"], dtype=object),
    )
    tables = {name: getattr(case, name) for name in case.__dataclass_fields__}
    return Case.canonical(**tables | {"stock": stock})


def shipped(problem: Problem, table: str) -> Shipments:
    """Return shipments of the one item: columns source, site, packs."""
    rows = rows_of(table)
    label = list(problem.sources.label)
    return Shipments(
        source=np.array([label.index(row["source"]) for row in rows], dtype=np.int32),
        site=np.array([problem.case.site_index[row["site"]] for row in rows], dtype=np.int32),
        item=np.zeros(len(rows), dtype=np.int32),
        by=np.zeros(len(rows), dtype=np.int32),
        packs=np.array([int(row["packs"]) for row in rows]),
    )


def picked(problem: Problem, table: str) -> list[tuple[str, str, str, int]]:
    """Return (depot, site, lot, units) of what is picked for these shipments."""
    lots = lots_of(problem, shipped(problem, table))
    code = problem.case.sites.code
    return [
        (code[depot], code[site], lot, int(units))
        for depot, site, lot, units in zip(lots.depot, lots.site, lots.lot, lots.units, strict=True)
    ]


def test_what_expires_first_leaves_first_and_what_never_expires_leaves_last():
    problem = needs_of(
        with_stock(
            case_of(TWO_CLINICS, 0),
            """
            site  units lot   expires
            Depot    15 LATE  2020-12-31
            Depot    12 SOON  2020-03-01
            Depot     8 NEVER -
            Depot     5 -     2020-12-31
            """,
        )
    )

    assert picked(problem, "source site packs\n Depot ClinicA 2\n Depot ClinicB 2") == [
        ("Depot", "ClinicA", "", 5),
        ("Depot", "ClinicA", "LATE", 3),
        ("Depot", "ClinicA", "SOON", 12),
        ("Depot", "ClinicB", "LATE", 12),
        ("Depot", "ClinicB", "NEVER", 8),
    ]


def test_nothing_expired_quarantined_or_short_of_shelf_life_is_picked():
    """The plan is for 10 February and asks for 5 days: what expires on the 14th stays, on the 15th goes."""
    problem = needs_of(
        with_stock(
            case_of(TWO_CLINICS, 0, shelf_days_min=5),
            """
            site  units lot   expires    status
            Depot    10 OLD   2020-02-09 usable
            Depot    10 FAKE  2020-12-31 quarantine
            Depot    10 SHORT 2020-02-14 usable
            Depot    10 JUST  2020-02-15 usable
            """,
        )
    )

    assert picked(problem, "source site packs\n Depot ClinicA 1") == [("Depot", "ClinicA", "JUST", 10)]


def test_earmarked_packs_come_from_the_lots_with_that_earmark_and_share_the_line():
    problem = needs_of(
        with_stock(
            case_of(TWO_CLINICS, 0),
            """
            site  units lot  expires    earmark
            Depot    10 OURS 2020-12-31 ClinicB
            Depot    10 FREE 2020-03-01 -
            Depot    10 BOTH 2020-04-01 -
            Depot    10 BOTH 2020-04-01 ClinicB
            """,
        )
    )
    shipments = "source site packs\n Depot ClinicB 2\n Depot@ClinicB ClinicB 2"

    assert picked(problem, shipments) == [
        ("Depot", "ClinicB", "BOTH", 20),
        ("Depot", "ClinicB", "FREE", 10),
        ("Depot", "ClinicB", "OURS", 10),
    ]


def test_a_giving_site_hands_on_its_own_lots_even_short_ones_but_not_what_is_kept_for_others():
    """A shelf life is asked of depots' stock; what ClinicA holds for its own use may go sooner."""
    case = case_of(
        """
        site    tier      daily held pack
        ClinicA frontline     1    0   10
        ClinicB frontline    10    0   10
        """,
        0,
        shelf_days_min=5,
        transfer_above_days=Fraction(7),
    )
    giver = np.where(case.lanes.site == case.site_index["ClinicB"], case.site_index["ClinicA"], case.lanes.depot)
    stocked = with_stock(
        replace(case, lanes=replace(case.lanes, depot=giver.astype(np.int32))),
        """
        site    units lot    expires    earmark
        ClinicA    60 OWN    2020-02-12 -
        ClinicA    50 THEIRS 2020-02-11 ClinicB
        """,
    )
    problem = needs_of(stocked)

    assert picked(problem, "source site packs\n ClinicA ClinicB 4") == [("ClinicA", "ClinicB", "OWN", 40)]
    with pytest.raises(ValueError, match="more units are shipped"):
        picked(problem, "source site packs\n ClinicA ClinicB 9")


def test_there_are_no_lots_where_no_stock_has_a_number_or_a_date():
    problem = needs_of(case_of(TWO_CLINICS, 40))

    assert picked(problem, "source site packs\n Depot ClinicA 2") == []


@pytest.mark.parametrize(
    "lot",
    [
        "Depot 90 L1 - quarantine -",
        "Depot 90 L1 2020-01-01 usable -",
        "Depot 0 L1 - usable -",
        "Depot 9 L1 - usable 77",
    ],
)
def test_beside_a_lot_that_does_not_leave_what_leaves_is_told_too(lot):
    """Set aside, expired, used up or kept for somebody else: who reads L1 on the shelf must be told not to take it."""
    rows = f"site units lot expires status earmark\n Depot 15 - - usable -\n {lot}"

    told = picked(needs_of(with_stock(case_of(TWO_CLINICS, 0), rows)), "source site packs\n Depot ClinicA 1")

    assert told == [("Depot", "ClinicA", "", 10)]


def test_shipping_more_than_there_is_is_refused():
    problem = needs_of(with_stock(case_of(TWO_CLINICS, 0), "site units lot\n Depot 15 L1"))

    with pytest.raises(ValueError, match="more units are shipped than the usable lots hold"):
        picked(problem, "source site packs\n Depot ClinicA 2")


@pytest.mark.parametrize("seed", range(25))
def test_lots_add_up_to_lines_and_no_lot_leaves_while_an_earlier_one_stays(seed):
    problem = needs_of(labelled(random_case(seed, sites=8), seed))
    if not len(problem.routes):
        return
    _, shipments = fast.solve(problem)
    lots, case = lots_of(problem, shipments), problem.case

    lines = defaultdict(int)
    for source, site, by, packs in zip(shipments.source, shipments.site, shipments.by, shipments.packs, strict=True):
        lines[int(problem.sources.depot[source]), int(site), int(by)] += int(packs * case.items.pack_units[by])
    found = defaultdict(int)
    left = defaultdict(int)
    for depot, site, item, lot, units in zip(lots.depot, lots.site, lots.item, lots.lot, lots.units, strict=True):
        found[int(depot), int(site), int(item)] += int(units)
        left[lot] += int(units)
    assert found == lines
    stock = case.stock
    for row in np.flatnonzero(np.array([left[lot] > 0 for lot in stock.lot])):
        like = (stock.site == stock.site[row]) & (stock.item == stock.item[row]) & (stock.status == 0)
        like &= (stock.earmark == stock.earmark[row]) & (stock.expires < stock.expires[row])
        like &= stock.expires >= np.datetime64(case.policy.date)
        assert all(left[stock.lot[other]] == stock.units[other] for other in np.flatnonzero(like))


def labelled(case: Case, seed: int) -> Case:
    """Return the case with a lot number and a date on every stock row."""
    rng = np.random.default_rng(seed)
    stock = case.stock
    days = rng.integers(0, 100, len(stock)).astype("timedelta64[D]")
    return Case.canonical(
        **{name: getattr(case, name) for name in case.__dataclass_fields__}
        | {
            "stock": replace(
                stock,
                lot=np.array([f"L{n:03}" for n in range(len(stock))], dtype=object),
                expires=np.datetime64(case.policy.date) + days,
            )
        }
    )

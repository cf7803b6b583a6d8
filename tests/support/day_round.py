"""A county in the middle of its day, for the pages: stock at a depot, shipments on their way, people who may report.

D1, P1 and P2 lie in county 421127, E1 in 430000. lo is logistics everywhere, ann reports for P1 and P2's county, cy for
430000 alone, au audits, bo administers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from browser import PASSWORD
from desk import Clerk
from two_areas import join, two_areas

__all__ = ["begun", "sent"]

STOCK = """number,day,partner,site,item,lot,expires,units
1,2020-02-01,S1,D1,MASK,A1,2099-01-01,1200
2,2020-02-01,S1,D1,MASK,B2,2099-06-01,300
3,2020-02-01,S1,P1,MASK,A1,2099-01-01,40
4,2020-02-01,S1,E1,TENT,,,7
"""
PEOPLE = (("lo", "logistics", ""), ("ann", "reporter", "421127"), ("cy", "reporter", "430000"), ("au", "auditor", ""))


def begun(folder: Path) -> Iterator[Clerk]:
    """Give a clerk at such a ledger."""
    with two_areas(folder) as clerk:
        taken = clerk.take("receipts.csv", STOCK)
        assert taken.exit_code == 0, taken.output
        join(clerk, PEOPLE, password=PASSWORD)
        yield clerk


def sent(clerk: Clerk, to: str, units: int, *more: str, item: str = "MASK", site: str = "D1") -> str:
    """Send something from the depot; return the number of its note."""
    words = ("transfer", site, to, item, str(units), "--actor", "lo", "--json", *more)
    answer = clerk(*words)
    assert answer.exit_code == 0, answer.output
    return str(json.loads(answer.stdout)["shipment"])

"""What waits for somebody, as rows: every sort of open matter once, with its place, its day and its units."""

from __future__ import annotations

import datetime as dt

from office import FAR, Office, masks

from data.open_table import Waiting, waiting
from data.texts import translator
from models.database import reading
from models.documents_aside import writeoff
from models.documents_confirm import Arrival, confirm
from models.documents_out import emergency_issue, transfer
from models.documents_undo import recall
from models.open_matters import open_matters


def rows(office: Office, day: int) -> list[Waiting]:
    with reading(office.ledger.engine) as connection:
        matters = open_matters(connection, office.ledger.zone, day=dt.date(2020, 2, day), confirm_days=1)
    return list(waiting(matters, office.ledger.zone))


def test_every_matter_is_a_row_with_its_place_day_and_units():
    office = Office()
    office.receive(("L", FAR, 90))
    office.post(emergency_issue(office.head(day=1, reason="new-cases"), site="D1", to="P1", rows=[masks(5)]))
    office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(20)], arrives="2020-02-13"))
    part = office.post(transfer(office.head(day=2), site="D1", to="P2", rows=[masks(10)], arrives="2020-02-13"))
    office.post(confirm(office.head(day=3), shipment=part.shipment, arrivals=[Arrival(item="I1", sound=8)]))
    more = office.post(transfer(office.head(day=2), site="D1", to="P2", rows=[masks(4)], arrives="2020-02-13"))
    office.post(
        confirm(
            office.head(day=3, reason="miscounted-loading"),
            shipment=more.shipment,
            arrivals=[Arrival(item="I1", sound=4, over=3)],
        )
    )
    office.receive(("M", FAR, 5), day=3)
    lost = office.head(day=1, reason="lost", exception=True, note="paper")
    posted = office.post(writeoff(lost, site="D1", rows=[masks(2, "M")]))
    office.post(recall(office.head(day=4, reason="counterfeit"), lot_no="M"))
    found = rows(office, 20)

    word = translator("en")
    assert [(word(each.matter), each.site, each.to, each.since.day, each.units, each.days) for each in found] == [
        ("emergency issue not countersigned", "D1", "P1", 11, 5, None),
        ("difference not explained", "D1", "P2", 13, 2, None),
        ("note not confirmed", "D1", "P1", 11, 5, 8),
        ("note not confirmed", "D1", "P1", 13, 20, 6),
        ("came beyond its note", "D1", "P2", 13, 3, None),
        ("recalled, not accounted for", "", "", 14, 3, None),
        ("exception not explained", "D1", "", 11, None, None),
    ]
    assert [word(each.about) for each in found if each.about is not None] == ["1 site, I1"]
    assert (found[-1].number, found[-2].number) == (str(posted.number), "M")

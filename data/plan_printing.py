"""What is printed of an approved plan: a pick list for each depot, then a note for each stop as it is visited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from allocator.case import Case
from allocator.routes import Routes, plan_routes
from allocator.sentence import Named, Sentence, say
from data.csv_cells import write_rows
from data.kept_plan import Kept
from data.notes import Note, NoteLine, PickLine, PickList, VehicleStop
from data.plan_shown import read_shown_plan
from data.stored_plan import catalogue_of
from models.database import reading
from models.entry import LotKey, Refusal
from models.paper_proof import proofs_of
from models.plan_notes import PlanNote, notes_of

__all__ = ["Printed", "printed_of", "sheets_of", "write_routes"]

_NO_VEHICLE = "-"
_COLUMNS = ("depot", "vehicle", "order", "site", "note", "kg", "m3", "km", "arrives_minutes", "reason")


@dataclass(frozen=True)
class Printed:
    """A plan's notes, the catalogue they are of, and how they are driven.

    `url`: before the note's number; `proofs`: what the seal of each note says, by its number.
    """

    plan: str
    case: Case
    notes: Sequence[PlanNote]
    routes: Routes
    url: str = ""
    proofs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Leg:
    vehicle: int
    order: int
    kg: float
    arrives: str


def printed_of(engine: sa.Engine, kept: Kept, *, url: str, depot: str = "") -> Printed:
    """Return what is printed of an approved plan, its stops laid on vehicles; `depot`: "" for all of them.

    Raises:
        Refusal: it has no notes.

    """
    name = kept.plan.id
    with reading(engine) as connection:
        notes = [note for note in notes_of(connection, name) if depot in ("", note.depot)]
        # Once it is sent, what sent it is the document behind a note; before, what reserved its lots.
        behind = {note.number: note.sent.document if note.sent else note.document for note in notes}
        proofs = proofs_of(connection, list(behind.values()))
    if not notes and depot:
        raise Refusal(say("Plan {plan} has no notes of {depot}.", plan=name, depot=depot))
    if not notes or kept.plan.status == "withdrawn":
        raise Refusal(say("Plan {plan} has no notes: lots are chosen when it is approved.", plan=name))
    case = catalogue_of(kept.folder)
    stops = read_shown_plan(kept.standing, case, "en").stops
    depots = {case.site_index[note.depot] for note in notes}
    rows = np.flatnonzero(np.isin(stops.depot, list(depots)))
    seals = {note: proofs[number].text() for note, number in behind.items()}
    return Printed(name, case, notes, plan_routes(case, stops.take(rows)), url, seals)


def sheets_of(printed: Printed) -> list[Note | PickList]:
    """Return every sheet in the order in which it is printed."""
    legs = _legs(printed)
    by_depot: dict[str, list[PlanNote]] = defaultdict(list)
    for note in printed.notes:
        by_depot[note.depot].append(note)
    sheets: list[Note | PickList] = []
    for depot, notes in sorted(by_depot.items()):
        last = (2**31, 0)

        def visit(note: PlanNote, last: tuple[int, int] = last) -> tuple[tuple[int, int], str]:
            own = legs.get((note.depot, note.site))
            return (own[0].vehicle, own[0].order) if own else last, note.number

        ordered = sorted(notes, key=visit)
        sheets.append(_pick_list(printed, depot, ordered, legs))
        sheets += [_note(printed, note, legs.get((note.depot, note.site), [])) for note in ordered]
    return sheets


def _legs(printed: Printed) -> dict[tuple[str, str], list[_Leg]]:
    """Return the visits of each depot and site: more than one where no vehicle can take it all."""
    codes, legs = printed.case.sites.code, printed.routes.legs
    found: dict[tuple[str, str], list[_Leg]] = defaultdict(list)
    for row in range(len(legs)):
        hours, minutes = divmod(round(float(legs.arrives_minutes[row])), 60)
        leg = _Leg(int(legs.vehicle[row]), int(legs.order[row]), float(legs.kg[row]), f"{hours}:{minutes:02}")
        found[codes[legs.depot[row]], codes[legs.site[row]]].append(leg)
    return found


def _site(case: Case, code: str) -> Named:
    at = case.site_index[code]
    return Named(code, case.sites.name[at], case.sites.name_zh[at], with_code=True)


def _item(case: Case, code: str) -> tuple[Named, str, int]:
    at = case.item_index[code]
    items = case.items
    return Named(code, items.name[at], items.name_zh[at]), str(items.unit[at]), int(items.pack_units[at])


def _in_packs(lots: Iterable[tuple[LotKey, int]], case: Case) -> list[tuple[LotKey, int, int]]:
    """Return lots with packs and units; a pack of two lots counts with the lot that completes it."""
    whole: dict[str, int] = defaultdict(int)
    rows: list[tuple[LotKey, int, int]] = []
    for key, units in lots:
        pack = _item(case, key.item)[2]
        before = whole[key.item] // pack
        whole[key.item] += units
        rows.append((key, whole[key.item] // pack - before, units))
    return rows


def _kg(case: Case, note: PlanNote) -> float:
    items = case.items
    weights = np.nan_to_num(items.pack_kg) / items.pack_units
    return float(sum(units * weights[case.item_index[key.item]] for key, units in note.carried))


def _note(printed: Printed, note: PlanNote, legs: Sequence[_Leg]) -> Note:
    case = printed.case
    lines = []
    for key, packs, units in _in_packs(note.carried, case):
        item, unit, _ = _item(case, key.item)
        lines.append(NoteLine(item=item, unit=unit, packs=packs, units=units, lot=key.lot_no, expires=key.expires))
    return Note(
        number=note.number,
        depot=_site(case, note.depot),
        site=_site(case, note.site),
        day=case.policy.date,
        lines=lines,
        kg=_kg(case, note),
        plan=printed.plan,
        vehicle=", ".join(str(leg.vehicle) for leg in legs),
        url=f"{printed.url.rstrip('/')}/notes/{note.number}" if printed.url else "",
        proof=printed.proofs.get(note.number, ""),
    )


def _pick_list(
    printed: Printed, depot: str, notes: Sequence[PlanNote], legs: Mapping[tuple[str, str], Sequence[_Leg]]
) -> PickList:
    case = printed.case
    sums: dict[LotKey, int] = defaultdict(int)
    vehicles: dict[str, list[tuple[int, VehicleStop]]] = defaultdict(list)
    for note in notes:
        for key, units in note.carried:
            sums[key] += units
        packs = sum(packs for _, packs, _ in _in_packs(note.carried, case))
        site, number = _site(case, note.site), note.number
        for leg in legs.get((depot, note.site), ()):
            stop = VehicleStop(site=site, note=number, packs=packs, kg=leg.kg, arrives=leg.arrives)
            vehicles[str(leg.vehicle)].append((leg.order, stop))
        if (depot, note.site) not in legs:
            vehicles[_NO_VEHICLE].append(
                (len(vehicles[_NO_VEHICLE]), VehicleStop(site=site, note=number, packs=packs, kg=_kg(case, note)))
            )
    lines = []
    for key, packs, units in _in_packs(sorted(sums.items(), key=lambda each: _shelf_order(each[0])), case):
        item, unit, _ = _item(case, key.item)
        lines.append(PickLine(item=item, unit=unit, packs=packs, units=units, lot=key.lot_no, expires=key.expires))
    in_order = sorted(vehicles.items(), key=lambda each: (each[0] == _NO_VEHICLE, len(each[0]), each[0]))
    return PickList(
        depot=_site(case, depot),
        day=case.policy.date,
        lines=lines,
        vehicles={name: [stop for _, stop in sorted(stops, key=lambda s: s[0])] for name, stops in in_order},
        plan=printed.plan,
    )


def _shelf_order(key: LotKey) -> tuple[str, str, LotKey]:
    return key.item, key.expires, key


def write_routes(printed: Printed, path: Path, word: Callable[[Sentence], str]) -> None:
    """Write routes.csv: each visit with its vehicle and order, then what is not driven, and why."""
    codes, routes = printed.case.sites.code, printed.routes
    numbers = {(note.depot, note.site): note.number for note in printed.notes}
    legs, left = routes.legs, routes.undriven
    with path.open("w", encoding="utf-8", newline="") as file:
        rows: list[Sequence[Any]] = [_COLUMNS]
        for row in range(len(legs)):
            pair = (codes[legs.depot[row]], codes[legs.site[row]])
            measures = (legs.kg[row], legs.m3[row], legs.km[row], legs.arrives_minutes[row])
            place = (pair[0], int(legs.vehicle[row]), int(legs.order[row]), pair[1], numbers.get(pair, ""))
            rows.append([*place, *(f"{value:.6g}" for value in measures), ""])
        for row in range(len(left)):
            pair = (codes[left.depot[row]], codes[left.site[row]])
            why = word(routes.reasons[int(left.reason[row])])
            rows.append([pair[0], "", "", pair[1], numbers.get(pair, ""), f"{left.kg[row]:.6g}", "", "", "", why])
        write_rows(file, rows)

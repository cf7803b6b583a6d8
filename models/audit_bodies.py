"""A document's rows say what its text says.

The text is put together anew from the rows and compared whole; only where it differs is it parsed,
to say what differs. The one part that no row holds is `details`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from allocator.sentence import Sentence, say
from models.audit_catalogue import Catalogue, quoted
from models.audit_reading import Wholes
from models.canonical import canonical
from models.entry import LotKey

__all__ = ["MOVE_COLUMNS", "DocumentRow", "Rows", "difference", "texts_of"]

MOVE_COLUMNS = ("document", "line", "from", "to", "lot", "units", "at", "from_after", "to_after", "counters")
"""The columns of a block of moves, in which places and lots are positions and no counted document is -1."""


class DocumentRow(NamedTuple):
    """A document as its row says. `site`: an id."""

    id: int
    key: str
    type: str
    site: int | None
    actor: str
    approver: str | None
    occurred_at: int
    recorded_at: int
    reason: str
    refers_to: int | None
    reverses: int | None
    allocation: str | None
    shipment: str | None
    body: str
    body_hash: bytes


@dataclass(frozen=True)
class Rows:
    """What else is recorded of a block of documents, by document.

    `counted`: (place, item's id, lot or None, units, instant); `marks`: (lot, mark); places and lots by position.
    """

    counted: Mapping[int, Sequence[tuple[int, int, int | None, int, int]]]
    marks: Mapping[int, Sequence[tuple[int, str]]]


def texts_of(moves: Wholes, catalogue: Catalogue) -> list[str]:
    """Return each line as a document's text writes it."""
    places, before, after = catalogue.places.texts, catalogue.lots.before, catalogue.lots.after
    _, _, froms, tos, lots, units, at, _, _, counters = (column.tolist() for column in moves.T)
    texts = [
        f'{{"at":{when},{before[lot]}"from":{places[source]},{after[lot]}"to":{places[target]},"units":{many}}}'
        for source, target, lot, many, when in zip(froms, tos, lots, units, at, strict=True)
    ]
    for number in np.flatnonzero(moves[:, 9] >= 0).tolist():
        start, rest = texts[number].split(",", 1)
        texts[number] = f'{start},"counters":{counters[number]},{rest}'
    return texts


def difference(document: DocumentRow, lines: Sequence[str], rows: Rows, catalogue: Catalogue) -> Sentence | None:
    """Return how a document's rows and text differ, None where they do not. `lines`: as `texts_of` gives them."""
    head, tail = _around_details(document, lines, rows, catalogue)
    body = document.body
    if body.startswith(head) and body.endswith(tail) and _is_object(body[len(head) : -len(tail)]):
        return None
    return _field_that_differs(document, lines, rows, catalogue)


@lru_cache(10_000)
def _signed(actor: str, allocation: str | None, approver: str | None) -> str:
    """Return the text up to what was counted, which many documents of a day share."""
    return f'{{"actor":{quoted(actor)},"allocation":{quoted(allocation)},"approver":{quoted(approver)},"counted":['


def _around_details(document: DocumentRow, lines: Iterable[str], rows: Rows, catalogue: Catalogue) -> tuple[str, str]:
    """Return the canonical text up to `details`, and from there on."""
    number, key, kind, site, actor, approver, occurred_at, _, reason, *_ = document
    refers_to, reverses, allocation, shipment = document[9:13]
    counted, marks = "", ""
    if number in rows.counted:
        counted = ",".join(_counted_text(row, catalogue) for row in rows.counted[number])
    if number in rows.marks:
        marks = ",".join(canonical(_mark(row, catalogue)) for row in rows.marks[number])
    head = f'{_signed(actor, allocation, approver)}{counted}],"details":'
    tail = (
        f',"exception":{"true" if number in catalogue.exceptions else "false"},"key":{quoted(key)},'
        f'"lines":[{",".join(lines)}],"marks":[{marks}],"occurred_at":{occurred_at},"reason":{quoted(reason)},'
        f'"refers_to":{"null" if refers_to is None else refers_to},'
        f'"reverses":{"null" if reverses is None else reverses},"shipment":{quoted(shipment)},'
        f'"site":{"null" if site is None else catalogue.places.text_of.get(site)},"type":{quoted(kind)}}}'
    )
    return head, tail


def _is_object(text: str) -> bool:
    """Say whether a text is one canonical JSON object, so that what stands around it is all there is beside it."""
    if text == "{}":
        return True
    try:
        content = json.loads(text)
        return isinstance(content, dict) and canonical(content) == text
    except (ValueError, TypeError, RecursionError):
        return False


def _counted_text(row: tuple[int, int, int | None, int, int], catalogue: Catalogue) -> str:
    return canonical(_counted(row, catalogue))


def _counted(row: tuple[int, int, int | None, int, int], catalogue: Catalogue) -> dict[str, Any]:
    place, item_id, lot, units, at = row
    which = {"item": catalogue.items.get(item_id), "lot": None} if lot is None else _key(catalogue.lots.keys[lot])
    return {"location": catalogue.places.codes[place], **which, "units": units, "at": at}


def _mark(row: tuple[int, str], catalogue: Catalogue) -> dict[str, Any]:
    return {**_key(catalogue.lots.keys[row[0]]), "mark": row[1]}


def _key(key: LotKey) -> dict[str, Any]:
    return {
        "item": key.item,
        "lot": key.lot_no,
        "expires": key.expires,
        "fund": key.owner_fund,
        "earmark": key.earmark,
    }


def _field_that_differs(
    document: DocumentRow, lines: Sequence[str], rows: Rows, catalogue: Catalogue
) -> Sentence | None:
    try:
        said = json.loads(document.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return say("The text of document {number} cannot be read.", number=document.id)
    recorded: dict[str, Any] = {
        "type": document.type,
        "key": document.key,
        "site": None if document.site is None else catalogue.places.code_of(document.site),
        "actor": document.actor,
        "approver": document.approver,
        "occurred_at": document.occurred_at,
        "reason": document.reason,
        "refers_to": document.refers_to,
        "reverses": document.reverses,
        "allocation": document.allocation,
        "shipment": document.shipment,
        "exception": document.id in catalogue.exceptions,
        "details": said.get("details"),
        "lines": [json.loads(line) for line in lines],
        "counted": [_counted(row, catalogue) for row in rows.counted.get(document.id, ())],
        "marks": [_mark(row, catalogue) for row in rows.marks.get(document.id, ())],
    }
    for name in sorted(recorded.keys() | said.keys()):
        found, due = _comparable(recorded.get(name), name), _comparable(said.get(name), name)
        if found != due:
            return _differs(document.id, name, recorded.get(name), said.get(name))
    return None


def _comparable(value: Any, name: str) -> str:
    # Rows of marks have no order of their own; a large number may be written as a text.
    if name == "marks" and isinstance(value, list):
        value = sorted(value, key=canonical)
    try:
        return canonical(json.loads(canonical(value), parse_int=str))
    except TypeError:
        return repr(value)


def _differs(number: int, name: str, recorded: Any, said: Any) -> Sentence:
    if name in ("lines", "counted", "marks") and isinstance(said, list):
        for place, (one, other) in enumerate(zip(recorded, said, strict=False), 1):
            if one != other:
                return say(
                    "Document {number}: row {place} of its {part} says {recorded}, its text says {said}.",
                    number=number,
                    place=place,
                    part=name,
                    recorded=canonical(one),
                    said=json.dumps(other, ensure_ascii=False),
                )
        return say(
            "Document {number}: there are {recorded} rows of its {part}, its text has {said}.",
            number=number,
            part=name,
            recorded=len(recorded),
            said=len(said),
        )
    return say(
        "Document {number}: its row says {recorded} for {part}, its text says {said}.",
        number=number,
        part=name,
        recorded=json.dumps(recorded, ensure_ascii=False),
        said=json.dumps(said, ensure_ascii=False),
    )

"""One text for one content: what is put together piece by piece is what JSON's own writer makes of the whole."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.canonical import canonical
from models.entry import Counted, Entry, Line, LotKey, Mark
from models.tables import NO_EXPIRY

MOST = 2**53 - 1
"""The largest whole number every reader of JSON keeps."""

texts = st.one_of(
    st.text(max_size=6), st.sampled_from(["", "e\u0301", "é", "\U00010000", "\uff61", '"\\\n\x00', "口罩"])
)
wholes = st.one_of(st.integers(-(2**70), 2**70), st.integers(MOST - 1, MOST + 1), st.integers(-MOST - 1, 1 - MOST))
contents = st.recursive(
    st.one_of(st.none(), st.booleans(), wholes, texts),
    lambda some: st.one_of(st.lists(some, max_size=3), st.dictionaries(texts, some, max_size=4)),
    max_leaves=12,
)


def written(content: Any) -> str:
    """Return canonical JSON by Python's own writer: normal texts, ordered keys, whole numbers that nobody rounds."""
    return json.dumps(plain(content), ensure_ascii=False, separators=(",", ":"))


def plain(content: Any) -> Any:
    if isinstance(content, str):
        return unicodedata.normalize("NFC", content)
    if isinstance(content, dict):
        pairs = {plain(key): plain(value) for key, value in content.items()}
        return {key: pairs[key] for key in sorted(pairs, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(content, list | tuple):
        return [plain(part) for part in content]
    if isinstance(content, int) and not isinstance(content, bool):
        return content if abs(content) <= MOST else str(content)
    return content


@given(content=contents)
def test_any_content_has_the_text_of_the_whole(content):
    assert canonical(content) == written(content)


@pytest.mark.parametrize("content", [1.5, {"a": [0.0]}, {1, 2}, b"", LotKey("I1")])
def test_what_could_be_written_in_more_than_one_way_is_refused(content):
    with pytest.raises(TypeError, match="has no canonical form"):
        canonical(content)


lots = st.builds(LotKey, texts, texts, st.sampled_from([NO_EXPIRY, "2020-02-29"]), texts, texts)
perhaps_whole, perhaps_text = (st.one_of(st.none(), each) for each in (wholes, texts))
entries = st.builds(
    Entry,
    key=texts,
    type=texts,
    actor=texts,
    occurred_at=wholes,
    lines=st.lists(st.builds(Line, texts, texts, lots, wholes, perhaps_whole, perhaps_whole), max_size=3).map(tuple),
    counted=st.lists(st.builds(Counted, texts, texts, st.one_of(st.none(), lots), wholes), max_size=2).map(tuple),
    marks=st.lists(st.builds(Mark, lots, texts), max_size=2).map(tuple),
    site=perhaps_text,
    approver=perhaps_text,
    reason=texts,
    refers_to=perhaps_whole,
    reverses=perhaps_whole,
    allocation=perhaps_text,
    shipment=perhaps_text,
    details=st.dictionaries(texts, contents, max_size=3),
    exception=st.booleans(),
)


def said(lot: LotKey) -> dict[str, Any]:
    own = zip(("item", "lot", "expires", "fund", "earmark"), lot, strict=True)
    return dict(own)


def lines_of(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            **({"from": line.from_location, "to": line.to_location, "units": line.units} | said(line.lot)),
            **({} if line.counters is None else {"counters": line.counters}),
            "at": entry.occurred_at if line.at is None else line.at,
        }
        for line in entry.lines
    ]


@given(entry=entries)
def test_a_document_has_the_text_of_all_it_says(entry):
    names = ("key", "type", "actor", "occurred_at", "site", "approver", "reason", "refers_to", "reverses")
    content = {name: getattr(entry, name) for name in (*names, "allocation", "shipment", "exception", "details")}
    content["lines"] = lines_of(entry)
    content["counted"] = [
        {"location": row.location, "units": row.units, "at": entry.occurred_at}
        | ({"item": row.item, "lot": None} if row.lot is None else said(row.lot))
        for row in entry.counted
    ]
    content["marks"] = [said(mark.lot) | {"mark": mark.mark} for mark in entry.marks]

    assert entry.body() == written(content)

"""Read free text from message groups and telephone notes: which item, how many, needed or there.

Only what was written comes out: an item without a number *needs a person*, it is never 0 or 1. Each row
keeps the words it was read from, and how sure the reading is; nothing here posts anything.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from data.statement_tokens import Lexicon, Quantity, Token, normalised, read_lexicon, tokens_of

__all__ = ["CONFIDENCES", "MEANINGS", "Said", "read_statement", "said_date"]

MEANINGS = ("need", "have", "got", "lasts")
"""What a row says: so many are needed, are there, have come; or what there is lasts so many days."""

CONFIDENCES = ("high", "medium", "low")

CHARACTERS_MAX = 20_000
"""A message, not a book."""

_STRONG_BREAKS = "。;；\n!！?？"
_NEAR = 6
"""Characters between a number and its item within which nothing else is likely to be meant."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing a statement says of one item ("" where it says it of everything).

    `low`, `high`: units as written, None where no number was. `days`: for "lasts". `person`: a person
    must look, for no number was written. `words`: the part of the text it was read from.
    """

    item: str
    meaning: str
    low: int | None = None
    high: int | None = None
    days: float | None = None
    unit: str = ""
    confidence: str = "high"
    person: bool = False
    on: dt.date | None = None
    words: str = ""


@dataclass
class _Reading:
    """What is known at one place of the text. `waiting`: items that have not got their number yet."""

    meaning: str = "need"
    waiting: list[Token] = field(default_factory=list)
    last_item: Token | None = None
    counted: bool = False  # the last item has its number under the present meaning
    each: bool = False
    none: bool = False  # "out of" was said; the next item has none


def read_statement(text: str, *, lexicon: Lexicon | None = None, today: dt.date | None = None) -> list[Said]:
    """Return what a statement says, in its order. `today`: the year and month of dates that lack them.

    Raises:
        ValueError: the text is longer than `CHARACTERS_MAX`.

    >>> for said in read_statement("N95 还剩 45 个，需要 500-1000"):
    ...     print(said.item, said.meaning, said.low, said.high)
    RESPIRATOR have 45 45
    RESPIRATOR need 500 1000
    """
    if len(text) > CHARACTERS_MAX:
        raise ValueError(f"a statement has at most {CHARACTERS_MAX} characters")
    tokens = tokens_of(text, lexicon or read_lexicon())
    on = said_date(text, today)
    rows = list(_rows(text, _without_repeats(tokens)))
    return [replace(row, on=on) for row in rows]


def said_date(text: str, today: dt.date | None) -> dt.date | None:
    """Return the day a statement bears, None where it has none or `today` is needed and not given.

    >>> said_date("（最后更新：25日13:34）", dt.date(2020, 1, 26))
    datetime.date(2020, 1, 25)
    """
    plain = normalised(text)
    full = re.search(r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})", plain)
    month = re.search(r"(?<!\d)(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]", plain)
    day = re.search(r"(?<!\d)(\d{1,2})\s*[日号]", plain)
    try:
        if full:
            return dt.date(int(full[1]), int(full[2]), int(full[3]))
        if today is None:
            return None
        if month:
            return dt.date(today.year, int(month[1]), int(month[2]))
        return today.replace(day=int(day[1])) if day else None
    except ValueError:
        return None


def _without_repeats(tokens: Iterable[Token]) -> list[Token]:
    """Drop an item named twice over, such as N95(9132/1860)口罩: the general word adds nothing to the special one."""
    kept: list[Token] = []
    for token in tokens:
        before = [each for each in kept[-3:] if each.kind != "break" or str(each.value) not in "()（）"]
        if (
            token.kind == "item"
            and token.value == "MASK_ANY"
            and before
            and before[-1].kind == "item"
            and kept[-1].kind == "break"
        ):
            continue
        kept.append(token)
    return kept


def _rows(text: str, tokens: list[Token]) -> Iterator[Said]:
    reading = _Reading()
    for place, token in enumerate(tokens):
        if token.kind == "item" and reading.none:
            yield Said(item=str(token.value), meaning="have", low=0, high=0, words=text[token.begin : token.end])
            reading.last_item, reading.counted, reading.none = token, True, False
        elif token.kind == "item":
            reading.waiting.append(token)
            reading.last_item, reading.counted = token, False
        elif token.kind == "quantity":
            yield from _counted(text, tokens, place, reading)
        elif token.kind == "days":
            yield from _lasting(text, token, reading)
        elif token.kind == "cue":
            yield from _cued(text, str(token.value), token, reading)
        elif str(token.value) in _STRONG_BREAKS:
            yield from _left(text, reading)
            reading.last_item, reading.meaning, reading.none = None, "need", False
        elif reading.meaning == "other":
            yield from _left(text, reading)
            reading.meaning = "need"
    yield from _left(text, reading)


def _counted(text: str, tokens: list[Token], place: int, reading: _Reading) -> Iterator[Said]:
    """Give a number to the item before it, or to the one right behind it."""
    token = tokens[place]
    quantity = token.value
    assert isinstance(quantity, Quantity)  # noqa: S101 - what the tokens promise
    if reading.meaning == "other":
        return
    behind = _right_behind(tokens, place)
    waiting = reading.waiting
    meaning = "have" if _left_over(tokens, place) else reading.meaning
    if waiting and not (behind and _broken(tokens, place)):
        owners = waiting if reading.each else [waiting[-1]]
        for owner in waiting[: -len(owners)]:
            yield _unnumbered(text, owner, reading.meaning)
        for owner in owners:
            yield _numbered(text, owner, token, quantity, meaning)
        reading.waiting, reading.each = [], False
    elif behind:
        yield from _left(text, reading)
        yield _numbered(text, behind, token, quantity, meaning)
        # The item is met next; its number is already known.
        tokens[place + 1] = replace(behind, kind="named")
        reading.last_item = behind
    elif reading.last_item is not None and not reading.counted:
        yield replace(_numbered(text, reading.last_item, token, quantity, meaning), confidence="medium")
    reading.counted = True


def _left_over(tokens: list[Token], place: int) -> bool:
    """Say whether "left" stands behind a number: 45 left."""
    after = tokens[place + 1 : place + 2]
    return bool(after) and after[0].kind == "cue" and after[0].value == "left"


def _right_behind(tokens: list[Token], place: int) -> Token | None:
    """Return the item that follows a number with nothing between them."""
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if after is None or after.kind != "item" or after.begin - tokens[place].end > _NEAR:
        return None
    # "防护服1000 护目镜500": the second item has a number of its own behind it.
    return after


def _broken(tokens: list[Token], place: int) -> bool:
    """Say whether something parts a number from what stands before it, so that it looks ahead."""
    return place == 0 or tokens[place - 1].kind != "item"


def _lasting(text: str, token: Token, reading: _Reading) -> Iterator[Said]:
    if reading.meaning != "lasts":
        return
    owners: list[Token | None] = [*reading.waiting] or [reading.last_item]
    for owner in owners:
        begin = owner.begin if owner else token.begin
        yield Said(
            item=str(owner.value) if owner else "",
            meaning="lasts",
            days=float(str(token.value)),
            words=text[min(begin, token.begin) : max(token.end, owner.end if owner else 0)],
        )
    reading.waiting, reading.counted, reading.meaning = [], True, "need"


def _cued(text: str, cue: str, token: Token, reading: _Reading) -> Iterator[Said]:
    if cue == "each":
        reading.each = True
    elif cue == "none" and not reading.waiting:
        reading.none = True
    elif cue == "none":
        owner = reading.waiting.pop()
        yield from _left(text, reading)
        yield Said(item=str(owner.value), meaning="have", low=0, high=0, words=text[owner.begin : token.end])
        reading.counted = True
    elif cue == "open":
        yield from _left(text, reading)
    elif cue in (*MEANINGS, "other") and reading.meaning != "other":
        # "N95 还剩 45": the item before a cue belongs to it; "防护服 需要" too. Others were said before.
        reading.meaning = cue
        reading.counted = False


def _left(text: str, reading: _Reading) -> Iterator[Said]:
    """Return a row for each item that never got a number: a person must ask."""
    for owner in reading.waiting:
        yield _unnumbered(text, owner, reading.meaning)
    reading.waiting = []


def _unnumbered(text: str, owner: Token, meaning: str) -> Said:
    words = text[owner.begin : owner.end]
    return Said(
        item=str(owner.value),
        meaning=meaning if meaning not in ("lasts", "other") else "need",
        person=True,
        confidence="low",
        words=words,
    )


def _numbered(text: str, owner: Token, token: Token, quantity: Quantity, meaning: str) -> Said:
    gap = max(owner.begin, token.begin) - min(owner.end, token.end)
    sure = "high" if gap <= _NEAR and not quantity.about and owner.value != "MASK_ANY" else "medium"
    return Said(
        item=str(owner.value),
        meaning=meaning if meaning != "lasts" else "have",
        low=quantity.low,
        high=quantity.high,
        unit=quantity.unit,
        confidence=sure,
        words=text[min(owner.begin, token.begin) : max(owner.end, token.end)].strip(),
    )

"""Read free text from message groups and telephone notes: which item, how many, needed or there.

Only what was written comes out: an item without a number *needs a person*, it is never 0 or 1. Each row
keeps the words it was read from, and how sure the reading is; nothing here posts anything.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from data.statement_clauses import Clauses, clauses_of
from data.statement_tokens import Lexicon, Quantity, Token, normalised, read_lexicon, tokens_of

__all__ = ["CONFIDENCES", "MEANINGS", "Said", "read_statement", "said_date"]

MEANINGS = ("need", "have", "got", "daily", "lasts", "enough")
"""What a row says: so many are needed, are there, have come, are used a day; what there is lasts so many
days; or none is needed."""

CONFIDENCES = ("high", "medium", "low")

CHARACTERS_MAX = 20_000
"""A message, not a book."""

_STRONG_BREAKS = "。;；\n!！?？."
_ENDS = "。;；\n!！?？,，、"
_NEAR = 6
"""Characters between a number and its item within which nothing else is likely to be meant."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing a statement says of one item ("" where it says it of everything).

    `low`, `high`: units as written, None where no number was. `days`: for "lasts". `person`: a person
    must look, for no number was written. `words`: the part of the text it was read from. `confidence` is
    high only where a word says what the number means, nothing stands between it and its item, and nothing
    in the sentence makes it vague.
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
    told: bool = False  # a word said the meaning, or whoever asks did
    headed: bool = False  # the meaning stands above a list, line by line
    since_cue: int = 0  # items and numbers since the meaning was said
    said_in: int = 0  # the clause in which the meaning was said
    unsure: bool = False
    default: str = ""  # the meaning of what says none, "" where nobody knows
    waiting: list[Token] = field(default_factory=list)
    last_item: Token | None = None
    last_unit: str = ""
    counted: bool = False  # the last item has its number under the present meaning
    each: bool = False
    none: bool = False  # "out of" was said; the next item has none

    def say(self, meaning: str, clause: int) -> None:
        """Take a meaning that a word said."""
        self.meaning, self.told, self.headed, self.since_cue, self.counted = meaning, True, False, 0, False
        self.said_in = clause

    def forget(self, clause: int) -> None:
        """Fall back to what is meant where nothing is said."""
        self.meaning, self.told, self.said_in = self.default or "need", bool(self.default), clause
        self.headed = self.unsure = self.none = self.each = False


def read_statement(
    text: str, *, lexicon: Lexicon | None = None, today: dt.date | None = None, asked_for: str = ""
) -> list[Said]:
    """Return what a statement says, in its order. `today`: the year and month of dates that lack them.

    `asked_for`: what numbers mean that say nothing of it ("need" where needs were asked for); without it
    they are taken for needs, and never for sure.

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
    rows = list(_rows(text, _without_repeats(tokens), asked_for))
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


def _rows(text: str, tokens: list[Token], asked_for: str) -> Iterator[Said]:
    reading = _Reading(default=asked_for)
    reading.forget(0)
    clauses = clauses_of(text, tokens)
    for place, token in enumerate(tokens):
        if token.kind in ("item", "quantity"):
            reading.since_cue += 1
        if token.kind == "item" and reading.none:
            yield _nothing(text, token, token, clauses.bare[clauses.of_token[place]])
            reading.last_item, reading.counted, reading.none = token, True, False
        elif token.kind == "item":
            reading.waiting.append(token)
            reading.last_item, reading.counted = token, False
        elif token.kind == "quantity":
            yield from _counted(text, tokens, place, reading, clauses)
        elif token.kind == "days":
            yield from _lasting(text, token, reading, clauses.bare[clauses.of_token[place]])
        elif token.kind == "cue":
            yield from _cued(text, tokens, place, reading, clauses)
        elif token.kind == "break":
            yield from _broken_off(text, tokens, place, reading, clauses.of_token[place] + 1)
    yield from _left(text, reading)


def _broken_off(text: str, tokens: list[Token], place: int, reading: _Reading, following: int) -> Iterator[Said]:
    """End a sentence, or what a word meant for one part of it. `following`: the clause that begins."""
    sign = str(tokens[place].value)
    if sign in _STRONG_BREAKS:
        yield from _left(text, reading)
        reading.last_item = None
        before = tokens[place - 1] if place else None
        is_blank_line = sign == "\n" and before is not None and before.kind == "break" and before.value == "\n"
        if sign == "\n" and reading.told and not reading.since_cue:
            reading.headed = True
        if not reading.headed or is_blank_line:
            reading.forget(following)
        elif reading.headed:
            reading.said_in = following  # each line of a list is judged by itself
    elif reading.meaning in ("other", "enough"):
        yield from _left(text, reading)
        reading.meaning, reading.told = reading.default or "need", bool(reading.default)


def _counted(text: str, tokens: list[Token], place: int, reading: _Reading, clauses: Clauses) -> Iterator[Said]:
    """Give a number to the item before it, or to the one right behind it."""
    token = tokens[place]
    quantity = token.value
    assert isinstance(quantity, Quantity)  # noqa: S101 - what the tokens promise
    behind = _right_behind(tokens, place)
    after = _meaning_behind(text, tokens, place)
    if "other" in (after, reading.meaning) or (reading.meaning == "enough" and not after):
        return
    meaning, told = (after, True) if after else (reading.meaning, reading.told)
    here = clauses.of_token[place]
    sure = told and not reading.unsure and clauses.sure(here if after else reading.said_in, here)
    row = _Row(text, token, quantity, meaning, sure=sure)
    waiting = reading.waiting
    if waiting and not (behind and _broken(tokens, place)):
        owners = waiting if reading.each else [waiting[-1]]
        for owner in waiting[: -len(owners)]:
            yield _unnumbered(text, owner, reading.meaning)
        for owner in owners:
            yield row.of(owner)
        reading.waiting, reading.each = [], False
    elif behind:
        yield from _left(text, reading)
        yield row.of(behind)
        # The item is met next; its number is already known.
        tokens[place + 1] = replace(behind, kind="named")
        reading.last_item = behind
    elif reading.last_item is not None and (not reading.counted or after or quantity.unit == reading.last_unit != ""):
        # A size or another lot of the same: 170码50套，180码30套.
        yield replace(row.of(reading.last_item), confidence="medium")
    reading.counted, reading.last_unit = True, quantity.unit


_SAID_BEHIND = {
    **dict.fromkeys(("left", "available", "remaining", "in stock", "on hand"), "have"),
    **dict.fromkeys(("needed", "required"), "need"),
    **dict.fromkeys(("per day", "a day", "each day", "every day", "daily", "used per day", "used a day"), "daily"),
    **dict.fromkeys(("/天", "/日", "每天", "每日"), "daily"),
    **dict.fromkeys(("发往", "发到", "发给", "已发", "送往", "拨给", "发放", "发出"), "other"),
    **dict.fromkeys(("received", "arrived", "已到", "到货", "送到"), "got"),
}
"""Words that say behind a number what it means: 45 left, 300 masks a day."""


def _meaning_behind(text: str, tokens: list[Token], place: int) -> str:
    """Return what a word right behind a number, or behind the number's item, says of it; "" where none does."""
    at = place + 1
    if at < len(tokens) and tokens[at].kind == "item" and tokens[at].begin - tokens[place].end <= _NEAR:
        at += 1
    if at >= len(tokens) or tokens[at].kind != "cue" or tokens[at].begin - tokens[at - 1].end > 1:
        return ""
    meaning = _SAID_BEHIND.get(normalised(text[tokens[at].begin : tokens[at].end]), "")
    if meaning:
        # It has been heard, and says nothing of what follows.
        tokens[at] = replace(tokens[at], kind="heard")
    return meaning


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


def _lasting(text: str, token: Token, reading: _Reading, bare: bool) -> Iterator[Said]:  # noqa: FBT001
    if reading.meaning not in ("lasts", "have") or (reading.meaning == "have" and not reading.waiting):
        return
    owners: list[Token | None] = [*reading.waiting] or [reading.last_item]
    for owner in owners:
        begin = owner.begin if owner else token.begin
        yield Said(
            item=str(owner.value) if owner else "",
            meaning="lasts",
            days=float(str(token.value)),
            confidence="high" if bare and not reading.unsure else "medium",
            words=text[min(begin, token.begin) : max(token.end, owner.end if owner else 0)],
        )
    reading.waiting, reading.counted, reading.meaning = [], True, "need"


def _cued(text: str, tokens: list[Token], place: int, reading: _Reading, clauses: Clauses) -> Iterator[Said]:
    token = tokens[place]
    cue = str(token.value)
    if cue == "each":
        reading.each = True
    elif cue == "unsure":
        reading.unsure = True
    elif cue == "none" and not reading.waiting and place and tokens[place - 1].kind == "named":
        owner = tokens[place - 1]
        yield _nothing(text, owner, token, clauses.bare[clauses.of_token[place]])
    elif cue == "none" and not reading.waiting:
        reading.none = True
    elif cue == "none":
        owner = reading.waiting.pop()
        yield from _left(text, reading)
        yield _nothing(text, owner, token, clauses.bare[clauses.of_token[place]])
        reading.counted = True
    elif cue == "open":
        yield from _left(text, reading)
    elif cue == "enough" and reading.waiting and tokens[place - 1].kind in ("item", "cue"):
        owners = reading.waiting if reading.each else reading.waiting[-1:]
        reading.waiting = reading.waiting[: -len(owners)]
        yield from _left(text, reading)
        for owner in owners:
            yield _unnumbered(text, owner, "enough")
        reading.each = False
    elif cue in (*MEANINGS, "other") and reading.meaning != "other":
        # "N95 还剩 45": the item before a cue belongs to it; "防护服 需要" too. Others were said before.
        reading.say(cue, clauses.of_token[place])


def _nothing(text: str, owner: Token, last: Token, bare: bool) -> Said:  # noqa: FBT001
    """Return the row that says that an item is out."""
    words = text[min(owner.begin, last.begin) : max(owner.end, last.end)]
    sure = "high" if bare and owner.value != "MASK_ANY" else "medium"
    return Said(item=str(owner.value), meaning="have", low=0, high=0, confidence=sure, words=words)


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


@dataclass(frozen=True)
class _Row:
    """A number and what it means, for whichever item it belongs to."""

    text: str
    token: Token
    quantity: Quantity
    meaning: str
    sure: bool

    def of(self, owner: Token) -> Said:
        """Return the row that says this number of an item."""
        token, quantity = self.token, self.quantity
        between = self.text[min(owner.end, token.end) : max(owner.begin, token.begin)]
        near = len(between) <= _NEAR or not any(sign in between for sign in _ENDS)
        sure = self.sure and near and not quantity.about and owner.value != "MASK_ANY"
        return Said(
            item=str(owner.value),
            meaning=self.meaning if self.meaning != "lasts" else "have",
            low=quantity.low,
            high=quantity.high,
            unit=quantity.unit,
            confidence="high" if sure and self.meaning != "lasts" else "medium",
            words=self.text[min(owner.begin, token.begin) : max(owner.end, token.end)].strip(),
        )

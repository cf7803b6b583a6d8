"""Read one change of a scenario: what it changes, how, where, when; every fault is reported, none ends the reading."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from allocator.case import STATUSES
from allocator.sentence import Sentence, say
from scenarios.scenario import Change, Value
from scenarios.targets import DEEDS, TARGETS, Target

__all__ = ["near", "number_in", "read_change"]

Report = Callable[[str, Sentence], None]

_KEYS = ("table", "do", "column", "by", "where", "from", "to", "ramp_days", "curve", "count")
_DAYS_MAX = 3_650
_ROWS_MAX = 10_000
_FACTOR_MAX = 10**12
_PLACES_MAX = 12


def near(found: str, known: Iterable[str]) -> str:
    """Return the known word most like one that is not known.

    >>> near("chekpoint", ["checkpoint", "clinic"])
    'checkpoint'
    """
    words = list(known)
    close = difflib.get_close_matches(found, words, n=1, cutoff=0.0)
    return close[0] if close else words[0]


def read_change(values: Mapping[str, Any], report: Report, *, line: int) -> Change | None:
    """Return a change from its plain values, decimals as `Decimal`; None where something is wrong with it."""
    faults = 0

    def add(key: str, fault: Sentence) -> None:
        nonlocal faults
        faults += 1
        report(key, fault)

    for key in values:
        if key not in _KEYS:
            add(key, say("There is no key {found} in a change; {near} is nearest.", found=key, near=near(key, _KEYS)))
    table = _word(values, "table", TARGETS, add)
    deed = _word(values, "do", DEEDS, add)
    where = _where(values.get("where", {}), TARGETS.get(table or ""), add)
    since, until = _day(values.get("from"), "from", add), _day(values.get("to"), "to", add)
    if type(since) is type(until) and since is not None and until is not None and until < since:  # type: ignore[operator]
        add("to", say("It ends before it begins. Mend from or to."))
    _undated(values, table, add)
    ramp = _whole(values.get("ramp_days", 0), "ramp_days", _DAYS_MAX, add)
    curve = _curve(values.get("curve"), add)
    if table is None or deed is None:
        return None
    column, by, count = _deed(values, table, deed, curve, add)
    _times(table, deed, since, ramp, curve, add)
    if faults:
        return None
    return Change(
        table=table,
        do=deed,
        column=column,
        by=by,
        where=where,
        since=since,
        until=until,
        ramp_days=ramp,
        curve=curve,
        count=count,
        line=line,
    )


def _word(values: Mapping[str, Any], key: str, known: Iterable[str], add: Report) -> str | None:
    words = list(known)
    word = values.get(key)
    if isinstance(word, str) and word in words:
        return word
    if word is None:
        add(key, say("{key} is missing. It is one of: {words}.", key=key, words=words))
    elif isinstance(word, str):
        meant = near(word, words)
        add(
            key,
            say('{key} "{found}" is not known; {near} is nearest. It is one of: {words}.',
                key=key, found=word, near=meant, words=words),
        )  # fmt: skip
    else:
        add(key, say("{key} is one of: {words}.", key=key, words=words))
    return None


def _where(value: Any, target: Target | None, add: Report) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        add("where", say('where is a table. Write where = {{ kind = "checkpoint" }}.'))
        return {}
    chosen: dict[str, tuple[str, ...]] = {}
    for key, said in value.items():
        if target is not None and key not in target.keys:
            keys = list(target.keys)
            add(
                "where",
                say("Rows are not chosen by {found} there; {near} is nearest.", found=key, near=near(key, keys)),
            )
            continue
        words = said if isinstance(said, list) else [said]
        if not words or not all(isinstance(word, (str, int)) and str(word).strip() for word in words):
            add("where", say('{key} names codes or patterns, as in {key} = ["S1*", "S207"].', key=key))
            continue
        chosen[key] = tuple(str(word).strip() for word in words)
    return chosen


def _day(value: Any, key: str, add: Report) -> dt.date | int | None:
    if value is None:
        return None
    if isinstance(value, (dt.datetime, bool)):
        value = str(value)
    if isinstance(value, dt.date):
        return value
    if isinstance(value, int) and abs(value) <= _DAYS_MAX:
        return value
    add(key, say("{key} is a day: 2020-02-10, or a whole number of days after the day that is planned.", key=key))
    return None


def _whole(value: Any, key: str, most: int, add: Report) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    add(key, say("{key} is a whole number from 0 to {most:,}.", key=key, most=most))
    return 0


def number_in(value: Any) -> Decimal | None:
    """Return a number of a file exactly; None for anything else, and for numbers that nobody means."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_PLACES_MAX or abs(number) > _FACTOR_MAX:
        return None
    return number


def _curve(value: Any, add: Report) -> tuple[tuple[int, Decimal], ...]:
    if value is None:
        return ()
    points: list[tuple[int, Decimal]] = []
    whole = isinstance(value, list) and len(value) > 0
    for point in value if whole else ():
        pair = isinstance(point, list) and len(point) == 2  # noqa: PLR2004 - a day and a factor
        factor = number_in(point[1]) if pair else None
        sound = pair and isinstance(point[0], int) and 0 <= point[0] <= _DAYS_MAX
        if not sound or factor is None or factor < 0 or (points and point[0] <= points[-1][0]):
            whole = False
            break
        points.append((point[0], factor))
    if not whole:
        add("curve", say("curve is a list of [day, factor], days after from and rising: [[0, 1.0], [7, 2.5]]."))
        return ()
    return tuple(points)


def _deed(
    values: Mapping[str, Any], table: str, deed: str, curve: tuple[Any, ...], add: Report
) -> tuple[str, Value | None, int]:
    """Return column, value and count of a change whose table and deed are known."""
    target = TARGETS[table]
    column = values.get("column", "")
    if not isinstance(column, str):
        add("column", say("{key} is one of: {words}.", key="column", words=list(target.columns)))
        return "", None, 0
    if not column and deed in target.deeds:
        return "", None, _rows_of(values, deed, add)
    can = [name for name, deeds in target.columns.items() if deed in deeds]
    if not can:
        does = list(dict.fromkeys([*target.deeds, *(each for deeds in target.columns.values() for each in deeds)]))
        add(
            "do",
            say(
                "Nothing of {table} can be changed by {deed}; what can be done: {does}.",
                table=table,
                deed=deed,
                does=does,
            ),
        )
        return "", None, 0
    if column not in can:
        found = column or say("no column")
        add("column", say("{deed} changes one of these columns of {table}: {columns}. It names {found}.",
                          deed=deed, table=table, columns=can, found=found))  # fmt: skip
        return "", None, 0
    if "count" in values:
        add("count", say("count belongs to rows that are added, without a column. Leave it out."))
    if curve:
        if "by" in values:
            add("by", say("A change has by or curve, not both. Leave one out."))
        return column, None, 0
    return column, _value(values.get("by"), table, deed, column, add), 0


def _rows_of(values: Mapping[str, Any], deed: str, add: Report) -> int:
    for key in ("by", "curve", "ramp_days"):
        if key in values:
            add(key, say("{deed} speaks of whole rows, so {key} says nothing. Leave it out.", deed=deed, key=key))
    if deed != "add":
        return 0
    count = _whole(values.get("count"), "count", _ROWS_MAX, add)
    if count == 0 and values.get("count") == 0:
        add("count", say("count is a whole number from 1 to {most:,}.", most=_ROWS_MAX))
    return count


def _value(value: Any, table: str, deed: str, column: str, add: Report) -> Value | None:
    if column == "status":
        fault = None if value in STATUSES else say("{key} is one of: {words}.", key="by", words=list(STATUSES))
    elif (table, column) == ("sites", "tier"):
        sound = isinstance(value, str) and value.strip()
        fault = None if sound else say('by names a tier, as in by = "frontline".')
    else:
        value = number_in(value)
        fault = _unfit_number(value, deed)
    if fault is not None:
        add("by", fault)
        return None
    sound_value: Value = value
    return sound_value


def _unfit_number(number: Decimal | None, deed: str) -> Sentence | None:
    if number is None or (number < 0 and deed != "add"):
        return say("by is a number from 0 upwards, as in by = 2.8.")
    if deed == "add" and number != number.to_integral_value():
        return say("by is a whole number of days, as in by = 14.")
    return None


def _undated(values: Mapping[str, Any], table: str | None, add: Report) -> None:
    """Report days of what is changed as a whole: money that is there for a quarter has no share of a week."""
    for key in ("from", "to"):
        if table == "budgets" and key in values:
            add(
                key,
                say(
                    "A budget is changed as a whole, on no days of its own. Leave out {key}; which budgets are meant "
                    'says where = {{ bucket = "masks" }}.',
                    key=key,
                ),
            )


def _times(table: str, deed: str, since: dt.date | int | None, ramp: int, curve: tuple[Any, ...], add: Report) -> None:
    if (ramp or curve) and deed != "scale":
        add("ramp_days" if ramp else "curve", say("Only scale can grow day by day. Leave it out, or scale."))
    whole = table in ("stock", "in_transit", "orders", "budgets", "policy")
    if (ramp or curve) and since is None and not whole:
        add("from", say("What grows day by day needs the day on which it begins. Add from = 0."))
    if ramp and curve:
        add("curve", say("A change has ramp_days or curve, not both. Leave one out."))
    if (ramp or curve) and whole:
        add(
            "table",
            say(
                "{table} is as it is on the day that is planned and does not grow. Leave out ramp_days and curve.",
                table=table,
            ),
        )

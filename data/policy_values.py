"""Read the values of a policy: plain TOML values in, exact fractions out, every fault reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from allocator.policy import Policy, Rung
from allocator.sentence import Sentence, say
from data import problem_kinds as kinds
from data.cell_text import date_in
from data.columns import KINDS_ZH, LADDER, UNITS_MAX
from data.nearest import nearest
from data.need_keys import NEED_KEYS
from data.policy_keys import POLICY_KEYS
from data.policy_places import PolicyPlaces
from data.problems import Place, ProblemList

__all__ = ["number_in_policy", "policy_from", "read_table", "read_value", "report_unknown", "words_in_policy"]

_PLACES_MAX = 18
_SHOWN_MAX = 60
_DUE_SHARE = say("a share from 0 to 1")
_DUE_NUMBER = say("a number from 0 upwards")
_DUE_ABOVE = say("a number above 0")
_DUE_WHOLE = say("a whole number from 0 upwards")
_DUE_DATE = say("a day, as year-month-day")
_DUE_WORD = say('"zero" or "leave_out"')
_DUE_STALE = say('"keep" or "estimate"')
_DUE_UNCERTIFIED = say('"usable" or "quarantine"')
_DUE_TABLE = say("a table of its own")
_DUE_WORDS = say("a list of words")
_DUE_LADDER = say("a list of rungs, each with tiers, cover_days and holding_share")


def number_in_policy(value: Any) -> Fraction | None:
    """Return a number from 0 upwards exactly, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    if isinstance(value, Decimal):
        # 1e-999999999 is one short line and, as a fraction, a gigabyte.
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -_PLACES_MAX:
            return None
    return Fraction(value) if 0 <= value <= UNITS_MAX else None


def _share(value: Any) -> Fraction | None:
    number = number_in_policy(value)
    return number if number is not None and number <= 1 else None


def _above_zero(value: Any) -> Fraction | None:
    return number_in_policy(value) or None


def _whole(value: Any) -> int | None:
    number = number_in_policy(value)
    return int(number) if number is not None and number.denominator == 1 else None


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else None
    if isinstance(value, str):
        read = date_in(value)
        return read if isinstance(read, dt.date) else None
    return value if isinstance(value, dt.date) else None


def _uncounted(value: Any) -> str | None:
    return value if value in ("zero", "leave_out") else None


def _stale_stock(value: Any) -> str | None:
    return value if value in ("keep", "estimate") else None


def _uncertified(value: Any) -> str | None:
    return value if value in ("usable", "quarantine") else None


_Reader = Callable[[Any], Any]
_SIMPLE: dict[str, tuple[_Reader, Sentence, str]] = {
    "date": (_day, _DUE_DATE, "date = 2020-02-10"),
    "reserve_share": (_share, _DUE_SHARE, "reserve_share = 0.10"),
    "max_hours": (_above_zero, _DUE_ABOVE, "max_hours = 24"),
    "stale_days": (_whole, _DUE_WHOLE, "stale_days = 3"),
    "uncounted": (_uncounted, _DUE_WORD, 'uncounted = "zero"'),
    "min_drop_kg": (number_in_policy, _DUE_NUMBER, "min_drop_kg = 0"),
    "stop_tolerance_packs": (_whole, _DUE_WHOLE, "stop_tolerance_packs = 0"),
    "transfer_above_days": (number_in_policy, _DUE_NUMBER, "transfer_above_days = 0"),
    "shelf_days_min": (_whole, _DUE_WHOLE, "shelf_days_min = 0"),
    "confirm_days": (_whole, _DUE_WHOLE, "confirm_days = 1"),
    "memory_days": (_whole, _DUE_WHOLE, "memory_days = 0"),
    "stale_stock": (_stale_stock, _DUE_STALE, 'stale_stock = "keep"'),
    "uncertified": (_uncertified, _DUE_UNCERTIFIED, 'uncertified = "usable"'),
}


def policy_from(
    values: Mapping[str, Any], places: PolicyPlaces, problems: ProblemList
) -> tuple[Policy, list[set[str]]] | None:
    """Return the policy and, for each rung, the keys it does not say; None after a problem.

    `values` are the plain values of policy.toml, with decimals as `Decimal`. A key a rung leaves
    out is held as 0 and is a problem only where the case has items that it applies to.
    """
    before = len(problems.problems)
    report_unknown(values, [*POLICY_KEYS, *NEED_KEYS], places, problems, "")
    read: dict[str, Any] = {}
    for key, (reader, due, example) in _SIMPLE.items():
        if key in values:
            read[key] = read_value(values[key], key, reader, due, example, places, problems)
    reserve = read_table(values, "reserve", places, problems)
    read["reserve"] = {
        item: read_value(share, f"reserve.{item}", _share, _DUE_SHARE, f"{item} = 0.25", places, problems)
        for item, share in reserve.items()
    }
    read["shelf_days"] = _shelf_days(read_table(values, "shelf_days", places, problems), places, problems)
    read["tiers"] = _tiers(read_table(values, "tiers", places, problems), places, problems)
    rungs, unsaid = _ladder(values.get("ladder"), places, problems)
    for key in ("date", "ladder"):
        if key not in values:
            problems.add(kinds.POLICY_KEY_MISSING, places.whole, key=key, meaning=POLICY_KEYS[key][1])
    if len(problems.problems) > before:
        return None
    return Policy(ladder=rungs, **read), unsaid


def report_unknown(
    values: Mapping[str, Any], known: list[str], places: PolicyPlaces, problems: ProblemList, prefix: str
) -> None:
    """Report keys that are not known, with what may have been meant; of very many the first."""
    unknown = [key for key in values if key not in known]

    def describe(n: int) -> tuple[Place, dict[str, Any]]:
        key = unknown[n]
        near = nearest(key, known, alike=0.0) or known[0]
        return places.of(f"{prefix}{key}"), {"found": f"{prefix}{key}", "near": near}

    problems.add_each(kinds.POLICY_KEY_UNKNOWN, len(unknown), describe)


def read_value(
    value: Any, key: str, reader: _Reader, due: Sentence, example: str, places: PolicyPlaces, problems: ProblemList
) -> Any:
    """Return what `reader` makes of a value; where that is None, report what is `due`, with an example."""
    read = reader(value)
    if read is None:
        likely = date_in(str(value)) if reader is _day else None
        if isinstance(likely, tuple) and likely[0] is not kinds.NOT_A_DATE:
            problems.add(likely[0], places.of(key), found=str(value), **likely[1])
        else:
            problems.add(kinds.POLICY_VALUE, places.of(key), key=key, found=_shown(value), due=due, example=example)
    return read


def _shown(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."


def read_table(values: Mapping[str, Any], key: str, places: PolicyPlaces, problems: ProblemList) -> Mapping[str, Any]:
    """Return a table of a policy, empty where it has none or something else stands there, which is reported."""
    table = values.get(key, {})
    if isinstance(table, Mapping):
        return table
    problems.add(kinds.POLICY_VALUE, places.of(key), key=key, found=_shown(table), due=_DUE_TABLE, example=f"[{key}]")
    return {}


def words_in_policy(value: Any) -> tuple[str, ...] | None:
    """Return a list of words, each once; None for anything else."""
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        return None
    return tuple(dict.fromkeys(word.strip() for word in value))


def _shelf_days(table: Mapping[str, Any], places: PolicyPlaces, problems: ProblemList) -> dict[str, int]:
    read: dict[str, int] = {}
    for written, value in table.items():
        kind = KINDS_ZH.get(written, written)
        key = f"shelf_days.{written}"
        if kind in read:
            problems.add(kinds.SHELF_KIND_TWICE, places.of(key), found=kind)
        read[kind] = read_value(value, key, _whole, _DUE_WHOLE, f"{written} = 60", places, problems)
    return read


def _tiers(tiers: Mapping[str, Any], places: PolicyPlaces, problems: ProblemList) -> dict[str, tuple[str, ...]]:
    read: dict[str, tuple[str, ...]] = {}
    tier_of: dict[str, str] = {}
    for tier, value in tiers.items():
        example = f'{tier} = ["clinic"]'
        words = read_value(value, f"tiers.{tier}", words_in_policy, _DUE_WORDS, example, places, problems) or ()
        read[tier] = tuple(dict.fromkeys(KINDS_ZH.get(kind, kind) for kind in words))
        for kind in read[tier]:
            if kind in tier_of:
                place = places.of(f"tiers.{tier}")
                problems.add(kinds.KIND_IN_TWO_TIERS, place, found=kind, first=tier_of[kind], second=tier)
            tier_of.setdefault(kind, tier)
    return read


def _ladder(value: Any, places: PolicyPlaces, problems: ProblemList) -> tuple[tuple[Rung, ...], list[set[str]]]:
    if value is None:
        return (), []
    if not isinstance(value, list) or not value or not all(isinstance(rung, Mapping) for rung in value):
        problems.add(
            kinds.POLICY_VALUE,
            places.of("ladder"),
            key="ladder",
            found=_shown(value),
            due=_DUE_LADDER,
            example="[[ladder]]",
        )
        return (), []
    rungs = [_rung(number, rung, places, problems) for number, rung in enumerate(value, start=1)]
    return tuple(rung for rung, _ in rungs), [unsaid for _, unsaid in rungs]


def _rung(number: int, value: Mapping[str, Any], places: PolicyPlaces, problems: ProblemList) -> tuple[Rung, set[str]]:
    prefix = f"ladder {number}: "
    report_unknown(value, list(LADDER.by_name), places, problems, prefix)
    tiers: tuple[str, ...] = ()
    if "tiers" not in value:
        meaning = LADDER.by_name["tiers"].meaning
        problems.add(kinds.RUNG_SAYS_NOTHING, places.of(f"ladder {number}"), rung=number, key="tiers", meaning=meaning)
    else:
        example = 'tiers = ["frontline"]'
        tiers = read_value(value["tiers"], f"{prefix}tiers", _some_words, _DUE_WORDS, example, places, problems) or ()
    covers: dict[str, Fraction] = {}
    for key in ("cover_days", "holding_share"):
        covers[key] = Fraction(0)
        if key in value:
            read = read_value(value[key], prefix + key, number_in_policy, _DUE_NUMBER, f"{key} = 1", places, problems)
            covers[key] = read or Fraction(0)
    return Rung(tiers=tiers, **covers), {key for key in covers if key not in value}


def _some_words(value: Any) -> tuple[str, ...] | None:
    return words_in_policy(value) or None

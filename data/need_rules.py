"""Read what a policy says about needs: plain TOML values in, rules out, every fault reported with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from allocator.activity import CONFIDENCES, DRIVERS, POSTURES
from allocator.activity_words import DRIVER_WORDS, FACT_WORDS
from allocator.need_rules import ChangedCoefficient, NeedRules
from allocator.need_sources import SOURCES
from allocator.sentence import Sentence, say
from allocator.tier_rules import FACTS, TierRule
from data import import_kinds as more_kinds
from data import problem_kinds as kinds
from data.columns import KINDS_ZH
from data.nearest import nearest_code
from data.policy_places import PolicyPlaces
from data.policy_values import number_in_policy, read_table, read_value, report_unknown, words_in_policy
from data.problems import ProblemList

__all__ = ["need_rules_from", "report_unknown_items", "said_of_needs"]

_Reader = Callable[[Any], Any]
_DUE_NUMBER = say("a number from 0 upwards")
_DUE_ABOVE = say("a number above 0")
_DUE_TEXT = say("a text")
_DUE_WORDS = say("a list of words")
_DUE_ROWS = say("a list of tables, each under its own [[{key}]]")
_ONE_OF = say("one of: {words}")


def _number(value: Any) -> float | None:
    number = number_in_policy(value)
    return None if number is None else float(number)


def _above_zero(value: Any) -> float | None:
    return _number(value) or None


def _text(value: Any) -> str | None:
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _kind(value: Any) -> str | None:
    return KINDS_ZH.get(value.strip(), value.strip()) if isinstance(value, str) else None


def _kinds(value: Any) -> tuple[str, ...] | None:
    words = words_in_policy(value)
    return None if words is None else tuple(KINDS_ZH.get(word, word) for word in words)


def _one_of(words: Collection[str], chinese: Mapping[str, str] | None = None) -> tuple[_Reader, Sentence]:
    """Return a reader of one of some words, which may be written in Chinese, and what it should be."""
    english = {zh: word for word, zh in (chinese or {}).items()}

    def read(value: Any) -> str | None:
        word = english.get(value, value) if isinstance(value, str) else value
        return word if word in words else None

    return read, Sentence(_ONE_OF.message, {"words": list(words)})


def _sources(value: Any) -> tuple[str, ...] | None:
    words = words_in_policy(value.replace(",", " ").split() if isinstance(value, str) else value)
    return words if words and set(words) <= set(SOURCES) else None


_Fields = Mapping[str, tuple[_Reader, Sentence, str]]

_COEFFICIENT: _Fields = {
    "item": (_text, _DUE_TEXT, 'item = "MASK"'),
    "driver": (*_one_of(DRIVERS, DRIVER_WORDS), 'driver = "staff"'),
    "value": (_number, _DUE_NUMBER, "value = 0.5"),
    "reason": (_text, _DUE_TEXT, 'reason = "county order 12"'),
    "kind": (_kind, _DUE_TEXT, 'kind = "clinic"'),
    "posture": (*_one_of(POSTURES), 'posture = "crisis"'),
    "low": (_number, _DUE_NUMBER, "low = 0.2"),
    "high": (_number, _DUE_NUMBER, "high = 1"),
    "wear_hours_max": (_above_zero, _DUE_ABOVE, "wear_hours_max = 8"),
    "reuse": (_above_zero, _DUE_ABOVE, "reuse = 2"),
    "confidence": (*_one_of(CONFIDENCES), 'confidence = "B"'),
}


def need_rules_from(
    values: Mapping[str, Any], tiers: Sequence[str] | None, places: PolicyPlaces, problems: ProblemList
) -> NeedRules | None:
    """Return the rules on needs in the plain values of a policy.toml; None after a problem.

    `tiers`: the policy's, one of which a rule must name; None where they are not known.
    """
    before = len(problems.problems)
    read: dict[str, Any] = {}
    simple: _Fields = {
        "posture": (*_one_of(POSTURES), 'posture = "standard"'),
        "need_sources": (_sources, say("a list of {words}", words=list(SOURCES)), 'need_sources = ["report"]'),
    }
    for key, (reader, due, example) in simple.items():
        if key in values:
            name = key.removeprefix("need_")
            read[name] = read_value(values[key], key, reader, due, example, places, problems)
    read["standards"] = _standards(values, places, problems)
    rule: _Fields = {
        "fact": (*_one_of(FACTS, FACT_WORDS), 'fact = "confirmed_cases"'),
        "at_least": (_above_zero, _DUE_ABOVE, "at_least = 10"),
        "tier": (*(_one_of(tiers) if tiers else (_text, _DUE_TEXT)), 'tier = "frontline"'),
        "kinds": (_kinds, _DUE_WORDS, 'kinds = ["community"]'),
    }
    rules = _rows(values, "tier_rules", rule, ("fact", "at_least", "tier"), places, problems)
    changes = _rows(values, "coefficients", _COEFFICIENT, ("item", "driver", "value", "reason"), places, problems)
    _report_repeats(changes, places, problems)
    if len(problems.problems) > before:
        return None
    read["tier_rules"] = tuple(TierRule(**row) for row in rules)
    read["coefficients"] = tuple(ChangedCoefficient(**row) for row in changes)
    return NeedRules(**read)


def _standards(values: Mapping[str, Any], places: PolicyPlaces, problems: ProblemList) -> dict[tuple[str, str], float]:
    read: dict[tuple[str, str], float] = {}
    for kind, items in read_table(values, "standards", places, problems).items():
        own = read_table({f"standards.{kind}": items}, f"standards.{kind}", places, problems)
        for item, said in own.items():
            units = read_value(said, f"standards.{kind}.{item}", _number, _DUE_NUMBER, f"{item} = 30", places, problems)
            read[KINDS_ZH.get(kind, kind), item] = units
    return read


def _rows(
    values: Mapping[str, Any],
    key: str,
    fields: _Fields,
    required: Sequence[str],
    places: PolicyPlaces,
    problems: ProblemList,
) -> list[dict[str, Any]]:
    """Return the rows of an array of tables, each with what it says; what is missing is reported."""
    listed = values.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(row, Mapping) for row in listed):
        due = Sentence(_DUE_ROWS.message, {"key": key})
        read_value(listed, key, lambda _: None, due, f"[[{key}]]", places, problems)
        return []
    found = []
    for number, row in enumerate(listed, start=1):
        prefix = f"{key} {number}: "
        report_unknown(row, list(fields), places, problems, prefix)
        for name in required:
            if name not in row:
                meaning = fields[name][1]
                problems.add(kinds.POLICY_KEY_MISSING, places.of(f"{key} {number}"), key=prefix + name, meaning=meaning)
        found.append(
            {
                name: read_value(row[name], prefix + name, reader, due, example, places, problems)
                for name, (reader, due, example) in fields.items()
                if name in row
            }
        )
    return found


def _report_repeats(changes: Sequence[Mapping[str, Any]], places: PolicyPlaces, problems: ProblemList) -> None:
    """Report coefficients that say again what an earlier one says."""
    first: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(changes, start=1):
        key = tuple(row.get(name, "") for name in ("item", "driver", "kind"))
        key = (*key, row.get("posture", "standard"))
        if first.setdefault(key, number) != number:
            place = places.of(f"coefficients {number}")
            problems.add(more_kinds.COEFFICIENT_TWICE, place, found=number, first=first[key])


def report_unknown_items(rules: NeedRules, items: Collection[str], places: PolicyPlaces, problems: ProblemList) -> None:
    """Report items that the rules name and the ledger does not know, if it knows any."""
    named = {item: f"standards.{kind}.{item}" for kind, item in rules.standards}
    named |= {each.item: f"coefficients {n}: item" for n, each in enumerate(rules.coefficients, start=1)}
    for item in sorted(named.keys() - set(items)) if items else []:
        near = nearest_code(item, sorted(items)) or ""
        problems.add(more_kinds.NEED_ITEM_UNKNOWN, places.of(named[item]), found=item, near=near)


def said_of_needs(rules: NeedRules) -> list[tuple[str, str]]:
    """Return what the rules say, as names and values, to be compared with what others say.

    >>> said_of_needs(NeedRules(tier_rules=(TierRule("cluster", 1, "frontline", ("school",)),)))[2:]
    [('tier_rules 1', 'cluster ≥ 1 → frontline (school)')]
    """
    said = [("posture", rules.posture), ("need_sources", ", ".join(rules.sources))]
    said += [(f"standards.{kind}.{item}", f"{units:g}") for (kind, item), units in sorted(rules.standards.items())]
    for number, rule in enumerate(rules.tier_rules, start=1):
        only = f" ({', '.join(rule.kinds)})" if rule.kinds else ""
        said.append((f"tier_rules {number}", f"{rule.fact} ≥ {rule.at_least:g} → {rule.tier}{only}"))
    for change in sorted(rules.coefficients, key=lambda each: each.key):
        more = {"low": change.low, "high": change.high, "wear_hours_max": change.wear_hours_max}
        numbers = [f"{change.value:g}", *(f"{name} {value:g}" for name, value in more.items() if value is not None)]
        numbers += [f"reuse {change.reuse:g}"] if change.reuse != 1 else []
        what = ", ".join([*numbers, change.confidence])
        said.append((f"coefficients {' '.join(part for part in change.key if part)}", f"{what}: {change.reason}"))
    return said

"""The policy as pages and programs are told it, and another as somebody typed it: on a form, or as its file's text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from allocator.sentence import Named, Sentence
from data.need_keys import NEED_KEYS
from data.policy_editing import RungTyped, edited_policy
from data.policy_kept import KeptRules, rules_of
from data.policy_keys import POLICY_KEYS
from data.policy_writing import decimal_text
from models.sound_toml import loads

__all__ = ["CHOICES", "FIELDS", "Typed", "fields_of", "rule_rows", "standing", "typed_of", "written"]

TEXT_LETTERS_MAX = 100_000
_RUNGS_MAX, _SPARE = 40, 2
_LETTERS_MAX = 500

FIELDS = (
    *("reserve_share", "max_hours", "stale_days", "uncounted", "min_drop_kg", "stop_tolerance_packs"),
    *("transfer_above_days", "shelf_days_min", "confirm_days", "memory_days", "stale_stock", "uncertified"),
)
"""Rules that have a field of their own; the ladder has rows; all others are changed in the text."""

CHOICES: Mapping[str, Sequence[str]] = {
    "uncounted": ("zero", "leave_out"),
    "stale_stock": ("keep", "estimate"),
    "uncertified": ("usable", "quarantine"),
}

_KEYS = {**POLICY_KEYS, **NEED_KEYS}


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What somebody typed. `text`: the file's text, None where it was the fields."""

    rules: Mapping[str, str]
    ladder: tuple[RungTyped, ...]
    text: str | None = None
    day: str = ""


def rule_rows(kept: KeptRules) -> list[tuple[str, Named, Sentence | None, str]]:
    """Return each rule but those of the ladder: key, what it is called, what it means, what it says."""
    rows = []
    for key, value in rules_of(kept):
        name = key.split(".", 1)[0].split(" ", 1)[0]
        if not key.startswith("ladder "):
            called, means = _KEYS.get(name, ("", None))
            tail = key[len(name) :]
            rows.append((key, Named(key, key, called + tail if called else ""), means, value))
    return rows


def fields_of(toml: str) -> Typed:
    """Return what the fields show of a policy: what its text says, else nothing."""
    said = loads(toml)
    rungs = tuple(_rung_of(each) for each in said.get("ladder", ()))
    rules = {key: str(said[key]) if key in said else "" for key in FIELDS}
    # What nobody wrote holds by itself, and stays unwritten where the field is left as it is.
    return Typed(rules=rules, ladder=rungs + (RungTyped(),) * _SPARE, text=toml)


def standing(kept: KeptRules) -> dict[str, str]:
    """Return what holds of each field where the policy does not say it."""
    return {key: decimal_text(getattr(kept.policy, key)) for key in FIELDS}


def typed_of(form: FormData) -> Typed:
    """Return what a form brings."""
    rungs = tuple(
        RungTyped(
            tiers=_text(form, f"rung-{n}-tiers"),
            cover_days=_text(form, f"rung-{n}-cover_days"),
            holding_share=_text(form, f"rung-{n}-holding_share"),
        )
        for n in range(_RUNGS_MAX)
        if f"rung-{n}-tiers" in form
    )
    whole = form.get("text")
    return Typed(
        rules={key: _text(form, key) for key in FIELDS if key in form},
        ladder=rungs,
        text=str(whole)[:TEXT_LETTERS_MAX].replace("\r\n", "\n") if isinstance(whole, str) else None,
        day=_text(form, "day"),
    )


def written(before: str, typed: Typed) -> str:
    """Return the text of the policy that was typed; `before`: the text of the one in force.

    Raises:
        Refusal: the fields cannot be put into that text.

    """
    return typed.text if typed.text is not None else edited_policy(before, typed.rules, typed.ladder or None)


def _rung_of(said: Mapping[str, Any]) -> RungTyped:
    tiers = said.get("tiers", ())
    return RungTyped(
        tiers=", ".join(map(str, tiers)) if isinstance(tiers, list) else str(tiers),
        cover_days=str(said.get("cover_days", "")),
        holding_share=str(said.get("holding_share", "")),
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value[:_LETTERS_MAX] if isinstance(value, str) else ""

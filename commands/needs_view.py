"""Show where the needs of a plan come from: by source, who was raised and why, what is far above its peers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, Sentence, say
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case
    from data.needs_told import NeedsTold

__all__ = ["needs_facts", "show_needs"]

_SHOWN = 8


def show_needs(session: Session, told: NeedsTold | None, case: Case) -> bool:
    """Print what there is to say, and return whether there was anything: not where all needs are plain reports."""
    sentences = [] if told is None else list(_sentences(told, case))
    for sentence in sentences:
        session.show(session.word(sentence))
    return bool(sentences)


def needs_facts(session: Session, told: NeedsTold | None) -> dict[str, Any]:
    """Return the same as plain JSON values, under the key `need_sources`; nothing where a plan does not tell."""
    if told is None:
        return {}
    raised = [
        {"site": each.site, "tier": each.tier, "before": each.before, "why": session.word(each.sentence)}
        for each in told.raised
    ]
    unusual = [{**vars(each), "times": round(each.times, 1)} for each in told.unusual]
    return {
        "need_sources": {
            **told.by_source,
            "old_reports": told.stale,
            "far_from_kind": told.far_from_kind,
            "raised": raised,
            "unusual": unusual,
        }
    }


def _sentences(told: NeedsTold, case: Case) -> Iterator[Sentence]:
    if any(count for source, count in told.by_source.items() if source != "report"):
        yield say(
            "Needs: {report} as reported, {stale} of them old; {activity} from activity; {standard} by a standard.",
            stale=f"{told.stale:,}",
            **{source: f"{count:,}" for source, count in told.by_source.items()},
        )
    if told.far_from_kind:
        yield say(
            "Needs from activity whose recorded use is far from that of their kind: {count}; sources.csv names them.",
            count=f"{told.far_from_kind:,}",
        )
    alike: dict[str, tuple[Sentence, list[str]]] = {}
    for each in told.raised:
        alike.setdefault(str(each.sentence), (each.sentence, []))[1].append(each.site)
    for sentence, sites in alike.values():
        yield say("{why} Sites: {sites}.", why=sentence, sites=_first_of(sites))
    if told.unusual:
        yield say("Far above their peers, and not cut; ask these sites: {needs}.", needs=_unusual(told, case))


def _first_of(codes: list[str]) -> list[Any]:
    more = len(codes) - _SHOWN
    return [*codes[:_SHOWN], *([say("{count} more", count=more)] if more > 0 else [])]


def _unusual(told: NeedsTold, case: Case) -> list[Any]:
    named = [
        say("{site} {item} ({times} times)", site=each.site, item=_item(case, each.item), times=f"{each.times:.1f}")
        for each in told.unusual[:_SHOWN]
    ]
    more = len(told.unusual) - _SHOWN
    return [*named, *([say("{count} more", count=more)] if more > 0 else [])]


def _item(case: Case, code: str) -> Named:
    at = case.item_index[code]
    return Named(code, case.items.name[at], case.items.name_zh[at])

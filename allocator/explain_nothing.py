"""Why a sound case gets no plan: what stands in the way of every need, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Indices
from allocator.explain_words import Names, listed, shown
from allocator.hindrances import Hindrance, hindrances_of
from allocator.need import Problem
from allocator.sentence import Sentence, say
from allocator.shelf_life import days_needed

__all__ = ["why_nothing"]


_RECEIVE = say("receive stock")
_THEN = say("{first}; {next}")
_OR = say("{first}, or {next}")


@dataclass(frozen=True)
class _Cause:
    """What stands in the way, as a clause, and the ways out of it."""

    said: Sentence
    ways_out: tuple[Sentence, ...] = ()


def why_nothing(problem: Problem) -> Sentence:
    """Return the true reasons why not one unit can be sent, and what would change them, in one sentence."""
    if not len(problem.pairs):
        return _no_pairs(problem)
    found = hindrances_of(problem)
    kinds, counts = np.unique(found.kind, return_counts=True)
    # What stops most comes first; of the same count, what comes nearest to a pack.
    order = np.lexsort((-kinds, -counts)).tolist()
    causes = [_cause(problem, Hindrance(kinds[n]), np.flatnonzero(found.kind == kinds[n]), found.item) for n in order]
    if len(causes) == 1:
        stands = say("Nothing can be sent: {cause}.", cause=causes[0].said)
    else:
        counted = [
            say("{cause} ({count:,})", cause=cause.said, count=count)
            for cause, count in zip(causes, counts[order].tolist(), strict=True)
        ]
        whole = _in_a_row(_THEN, counted)
        stands = say("Nothing can be sent. What stands in the way, and of how many needs: {causes}.", causes=whole)
    ways_out = list({way.message: way for cause in causes for way in cause.ways_out}.values())
    if not ways_out:
        return stands
    return say("{stands} What helps: {ways}.", stands=stands, ways=_in_a_row(_OR, ways_out))


def _no_pairs(problem: Problem) -> Sentence:
    if problem.left_out:
        return say(
            "Nothing can be sent: the policy leaves out needs that nobody has counted, and those are all ({count:,}). "
            'Count them, or write uncounted = "zero".',
            count=problem.left_out,
        )
    return say("Nobody needs anything: no site has a daily use above zero.")


def _in_a_row(joint: Sentence, parts: list[Sentence]) -> Sentence:
    """Join clauses, two at a time, by a message with {first} and {next}."""
    whole = parts[0]
    for part in parts[1:]:
        whole = Sentence(joint.message, {"first": whole, "next": part})
    return whole


def _cause(problem: Problem, kind: Hindrance, rows: NDArray[np.intp], item: Indices) -> _Cause:
    items = np.unique(item[rows])
    if kind == Hindrance.SHELF:
        return _of_the_shelf_life(problem, items, problem.pairs.site[rows])
    if kind in (Hindrance.MET, Hindrance.NO_PROMISE, Hindrance.CAP):
        return _of_the_need(problem, kind, items)
    if kind <= Hindrance.SHUT:
        return _of_the_lanes(problem, kind)
    if kind <= Hindrance.PACK:
        return _of_the_stock(problem, kind, items)
    return _of_the_loads(problem, kind, items)


def _named(problem: Problem, items: Indices) -> Sentence:
    names = Names(problem)
    named: Sentence = listed([names.item(item) for item in items.tolist()])
    return named


def _of_the_need(problem: Problem, kind: Hindrance, items: Indices) -> _Cause:
    if kind == Hindrance.MET:
        return _Cause(say("what the ladder promises is held already"))
    if kind == Hindrance.NO_PROMISE:
        return _Cause(say("the ladder promises the tiers of these sites nothing"), (say("name these tiers in a rung"),))
    named = _named(problem, items)
    return _Cause(say("max_units allows less than one pack of {items}", items=named), (say("raise max_units"),))


def _of_the_lanes(problem: Problem, kind: Hindrance) -> _Cause:
    if kind == Hindrance.NO_LANE:
        return _Cause(say("no lane leads from a depot to the sites in need"), (say("add the lanes that there are"),))
    hours = shown(float(problem.case.policy.max_hours))
    return _Cause(
        say("every lane to the sites in need is closed or takes longer than {hours} hours", hours=hours),
        (say("open a lane"), say("raise max_hours")),
    )


def _of_the_stock(problem: Problem, kind: Hindrance, items: Indices) -> _Cause:
    named = _named(problem, items)
    said = {
        Hindrance.NO_STOCK: _Cause(
            say("the depots with an open lane to the sites in need hold no stock of {items}", items=named),
            (_RECEIVE, say("open a lane from a depot that has some")),
        ),
        Hindrance.EXPIRED: _Cause(
            say("all {items} at the depots that could send it has expired", items=named), (_RECEIVE,)
        ),
        Hindrance.HELD_BACK: _Cause(
            say("all {items} at the depots that could send it is damaged, in quarantine or expired", items=named),
            (say("release what is sound"), _RECEIVE),
        ),
        Hindrance.EARMARKED: _Cause(
            say("all usable {items} at the depots that could send it is kept for other sites", items=named),
            (say("lift the earmark"), _RECEIVE),
        ),
        Hindrance.RESERVE: _Cause(
            say("beyond the reserve less than one pack of {items} is left at any depot that could send it",
                items=named),
            (say("lower the reserve"), _RECEIVE),
        ),
        Hindrance.PACK: _Cause(
            say("no depot that could send it has a whole pack of {items}", items=named), (_RECEIVE,)
        ),
    }  # fmt: skip
    return said[kind]


def _of_the_shelf_life(problem: Problem, items: Indices, sites: Indices) -> _Cause:
    named = _named(problem, items)
    days = np.unique(days_needed(problem.case)[sites]).tolist()
    if not problem.case.policy.shelf_days:
        return _Cause(
            say(
                "all usable {items} at the depots that could send it expires within {days} days",
                items=named,
                days=days[0],
            ),
            (say("lower shelf_days_min"), _RECEIVE),
        )
    ways_out = (say("lower shelf_days for these kinds of site"), _RECEIVE)
    if len(days) == 1:
        said = say(
            "no lot of {items} at the depots that could send it lasts the {days} days that these kinds of site need",
            items=named,
            days=days[0],
        )
    else:
        said = say(
            "no lot of {items} at the depots that could send it lasts as long as these kinds of site need "
            "({least} to {most} days)",
            items=named,
            least=days[0],
            most=days[-1],
        )
    return _Cause(said, ways_out)


def _of_the_loads(problem: Problem, kind: Hindrance, items: Indices) -> _Cause:
    named = _named(problem, items)
    kg = shown(float(problem.case.policy.min_drop_kg))
    said = {
        Hindrance.WEIGHT: _Cause(
            say("one pack of {items} weighs more than the depots' lorries or the lanes may carry today", items=named),
            (say("raise max_kg, vehicles or vehicle_kg"),),
        ),
        Hindrance.ROOM: _Cause(
            say("one pack of {items} takes more room than the depots may load today", items=named),
            (say("raise max_m3"),),
        ),
        Hindrance.STOPS: _Cause(
            say("the depots that have {items} may make no stop today", items=named), (say("raise max_stops"),)
        ),
        Hindrance.DROP: _Cause(
            say("what a stop would bring weighs less than the {kg} kg it must bring", kg=kg),
            (say("lower min_drop_kg"),),
        ),
        Hindrance.LIMITS: _Cause(
            say("the limits of depots and lanes together leave no room for a pack of {items}", items=named),
            (say("loosen one of them"),),
        ),
    }
    return said[kind]

"""`allocator forecast`: what each site will use of each item, how sure that is, and how such forecasts did before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from allocator.words import days_counted, needs_counted
from commands.grammar import command, option
from commands.paper_files import check_paper_file, save_or_print
from commands.plan_view import labelled, table
from commands.planning_source import refuse_unknown
from commands.session import Session, session_of
from commands.supposing import planning_options, supposing
from commands.table_files import Fact

if TYPE_CHECKING:
    from allocator.forecast import Forecast
    from allocator.forecast_backtest import Score
    from allocator.planning import PlanningCase

__all__ = ["run"]

_SHOWN = 25
_DAYS_MAX = 366


@command(
    say(
        "Forecast what each site will use of each item over the next days: a middle value (P50) and how much would "
        "suffice in 80, 90 and 95 of 100 cases. CASE is a folder or workbook with a table `history`; without it, the "
        "ledger's own records are used. Where under four weeks were reported, the need speaks. Every forecast tells "
        "how such forecasts did before."
    ),
    examples=(
        "allocator forecast county",
        "allocator forecast county --horizon 30 --out forecast.xlsx",
        "allocator forecast --item MASK --backtest",
        "allocator forecast county --ml --use --backtest",
        "allocator forecast county --scenario school-reopening",
    ),
    right="see-shortfall",
)
@option(
    "--horizon",
    "horizon_days",
    type=click.IntRange(1, _DAYS_MAX),
    metavar="DAYS",
    says=say("Days to look ahead; default: the lead time of the offers and a week, else four weeks."),
)
@option("--site", metavar="CODE", says=say("Show only this site."))
@option("--item", metavar="CODE", says=say("Show only this item."))
@option("--backtest", is_flag=True, says=say("Show how forecasts of each item and method did before."))
@option(
    "--ml",
    "machine_learning",
    is_flag=True,
    says=say("Learn from all sites and items too, where that was better before. Needs the extra [ml]."),
)
@option(
    "--use",
    "of_use",
    is_flag=True,
    says=say(
        "Forecast what will be used if supply goes on as it did, empty shelves and all; default: what would be used "
        "were there always stock."
    ),
)
@planning_options(say("The day of the ledger to forecast from; default: today."))
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    case: Path | None,
    horizon_days: int | None,
    site: str | None,
    item: str | None,
    backtest: bool,
    machine_learning: bool,
    of_use: bool,
    scenario: str | None,
    day: dt.date | None,
    out: Path | None,
) -> None:
    """Read, forecast, show, save."""
    session = session_of(context)
    check_paper_file(session, out)
    from allocator.forecast_case import horizon_days_of

    def ahead(planning: PlanningCase) -> int:
        return (horizon_days or horizon_days_of(planning)) + planning.history.period_days

    known = supposing(context, case=case, day=day, scenario=scenario, days_of=ahead)
    planning = known.planning
    refuse_unknown(session, planning, site, item)
    days = horizon_days or horizon_days_of(planning)
    found = _forecast(session, planning, days, machine_learning=machine_learning, stocked=not of_use)
    if not len(found):
        session.refuse(
            say("There is neither a history of use nor a need to forecast from. Report use, or add a table `history`."),
            status=3,
        )
    shown = _asked(session, found, site, item)
    if out is not None:
        facts = [*_filters(case, site, item), (say("of"), _MEANT[of_use]), *known.facts()]
        _save(session, shown, planning, out, facts)
    told = {"of": "use" if of_use else "demand", "scenario": known.plain(session), **_plain(shown)}
    session.show_json("allocator.forecast/1", told)
    known.show(session)
    _show(session, shown, planning, backtest=backtest, machine_learning=machine_learning, of_use=of_use)


_MEANT = {
    False: say("what would be used were there always stock"),
    True: say("what will be used if supply goes on as it did, empty shelves and all"),
}


def _forecast(
    session: Session, planning: PlanningCase, days: int, *, machine_learning: bool, stocked: bool
) -> Forecast:
    from allocator.forecast_case import forecast_of
    from allocator.forecast_ml import LearnerMissing
    from data.coefficients import read_coefficients

    try:
        with session.stage(say("Forecasting")):
            return forecast_of(
                planning,
                horizon_days=days,
                machine_learning=machine_learning,
                stocked=stocked,
                coefficients=read_coefficients() if len(planning.drivers) else None,
            )
    except LearnerMissing as missing:
        session.refuse(missing.sentence, status=2)


def _asked(session: Session, found: Forecast, site: str | None, item: str | None) -> Forecast:
    import numpy as np

    rows = np.ones(len(found), dtype=np.bool_)
    for code, column in ((site, found.sites), (item, found.items)):
        if code is not None:
            rows &= np.array(column, dtype=object) == code
    if not rows.any():
        what = ", ".join(code for code in (site, item) if code)
        session.refuse(say("Nothing was used or is needed of {what}, so there is nothing to forecast.", what=what))
    return found if rows.all() else found.take(np.flatnonzero(rows))


def _filters(case: Path | None, site: str | None, item: str | None) -> list[Fact]:
    everything = say("not limited")
    return [
        (say("made from"), str(case) if case is not None else say("the ledger")),
        (say("site"), site or everything),
        (say("item"), item or everything),
    ]


def _save(session: Session, found: Forecast, planning: PlanningCase, out: Path, filters: list[Fact]) -> None:
    from allocator.forecast_case import known_up_to
    from data.forecast_tables import forecast_tables, score_sentences

    last = known_up_to(planning.history)
    facts: list[Fact] = [
        *filters,
        (say("known up to"), last.isoformat() if last else say("no history: needs alone")),
        (say("days ahead"), found.horizon_days),
        *((say("backtest"), each) for each in score_sentences(found.backtest.score())),
        (say("how"), _HOW),
    ]
    tables = forecast_tables(found, planning.case)
    save_or_print(session, out, tables, title=say("Forecast of use"), day=planning.day, facts=facts)


_HOW = say(
    "The median of six published methods, weighed by how each did before; quantiles by how far earlier forecasts "
    "missed. A gap is not a zero; use while out of stock is raised, at most threefold. See docs/forecast.md."
)


def _show(
    session: Session,
    found: Forecast,
    planning: PlanningCase,
    *,
    backtest: bool,
    machine_learning: bool,
    of_use: bool,
) -> None:
    from data.forecast_tables import score_sentences

    word, score = session.word, found.backtest.score()
    for each in _known(found, planning):
        session.show(word(each))
    if of_use or _shelves_stood_empty(planning):
        session.show(word(say("It says {what}.", what=_MEANT[of_use])))
    if machine_learning:
        made = int((found.method == "ml").sum())
        session.show(
            word(
                say(
                    "By machine learning: {made:,} of {all:,}; the column method says which.", made=made, all=len(found)
                )
                if made
                else say("Machine learning made no row here: each is as it would be without --ml.")
            )
        )
    for each in score_sentences(score):
        session.show(word(each))
    session.show()
    for line in table([*_rows(session, found, planning)], left=4):
        session.show(line)
    if len(found) > _SHOWN:
        session.show(word(say("… and {more} more; --out FILE saves all.", more=len(found) - _SHOWN)))
    if backtest and score.sums:
        _show_backtest(session, found)


def _known(found: Forecast, planning: PlanningCase) -> Iterator[Sentence]:
    """Say up to when the forecast goes, and from what it was made."""
    from allocator.forecast_case import SILENT_DAYS_MAX, known_up_to

    last = (found.cut_off + dt.timedelta(days=found.horizon_days)).isoformat()
    known, needs, days = known_up_to(planning.history), needs_counted(len(found)), days_counted(found.horizon_days)
    silent = (planning.day - known).days - 1 if known else 0
    if known is None:
        yield say("Forecast of {needs} over {days} up to {last}, by needs alone: nobody reported use.", needs=needs,
                  days=days, last=last)  # fmt: skip
        return
    if silent > SILENT_DAYS_MAX:
        yield say("Forecast of {needs} over {days} up to {last}, by needs alone.", needs=needs, days=days, last=last)
        yield say(
            "The last use was reported for {known}; nothing is known of the {silent} since, so what was before is not "
            "used.",
            known=known.isoformat(),
            silent=days_counted(silent),
        )
        return
    yield say(
        "Forecast of {needs} over {days} up to {last}, from what was known up to {known}.",
        needs=needs,
        days=days,
        last=last,
        known=known.isoformat(),
    )
    if silent > found.period_days:
        yield say("Nothing is known of the {silent} since.", silent=days_counted(silent))


def _shelves_stood_empty(planning: PlanningCase) -> bool:
    """Say whether demand and use are two things: some period without use is known to have been one without stock."""
    import numpy as np

    from allocator.demand import adjusted_units, stocked_units

    history = planning.history
    return not np.array_equal(stocked_units(history), adjusted_units(history), equal_nan=True)


def _rows(session: Session, found: Forecast, planning: PlanningCase) -> Iterator[list[str]]:
    """Return the largest of each item first."""
    import numpy as np

    from allocator.demand import PATTERNS
    from data.forecast_tables import PATTERN_WORDS, WAY_WORDS, percent

    word = session.word
    titles = (say("site"), say("item"), say("demand so far"), say("method"), say("units a day"))
    yield [*(word(each) for each in titles), "P50", "P80", "P90", "P95", word(say("off by"))]
    wape, _ = found.backtest.wape_by_series()
    names = planning.case.items
    order = np.lexsort((np.arange(len(found)), -np.nan_to_num(found.quantiles[:, 1], nan=-1)))[:_SHOWN]
    for n in order:
        at = int(np.searchsorted(names.code, found.items[n]))
        label = labelled(names.code[at], names.name[at], names.name_zh[at], lang=session.lang)
        sums = ["-" if np.isnan(each) else f"{each:,.0f}" for each in found.quantiles[n, 1:]]
        daily = "-" if np.isnan(found.daily_units[n]) else f"{found.daily_units[n]:,.2f}"
        pattern, way = PATTERN_WORDS[PATTERNS[found.pattern[n]]], WAY_WORDS[found.method[n]]
        yield [found.sites[n], label, word(pattern), word(way), daily, *sums, percent(float(wape[n]))]


def _show_backtest(session: Session, found: Forecast) -> None:
    from data.forecast_tables import METHOD_WORDS, item_scores, percent

    word = session.word
    titles = (say("item"), say("sums compared"), say("off by"), say("3-month average"), say("bias"))
    within = [word(say("within P{level}", level=level)) for level in ("80", "90", "95")]
    rows = [
        [
            *(word(each) for each in titles),
            *within,
            word(say("stock level off by")),
            word(say("by a usual safety stock")),
        ]
    ]
    rows += [[code or word(say("all")), *_score_cells(score)] for code, score in item_scores(found)]
    session.show()
    session.show(word(say("Backtest: what was forecast at earlier times, beside what came")))
    for line in table(rows):
        session.show(line)
    alone = found.backtest.wape_by_method()
    weights = found.weights.mean(axis=1)
    session.show()
    heads = [word(each) for each in (say("method"), say("off by, alone"), say("mean weight in the median"))]
    cells = [
        [word(METHOD_WORDS[name]), percent(alone[name]), percent(float(weight))]
        for name, weight in zip(METHOD_WORDS, weights, strict=True)
    ]
    for line in table([heads, *cells]):
        session.show(line)


def _score_cells(score: Score) -> list[str]:
    from data.forecast_tables import percent

    shares = (score.wape, score.wape_of_average, score.bias, *score.coverage[2:])
    losses = (score.pinball, score.pinball_of_normal)
    return [f"{score.sums:,}", *map(percent, shares), *(f"{each:.3f}" if score.sums else "-" for each in losses)]


def _plain(found: Forecast) -> dict[str, Any]:
    """Return the forecast as JSON; what is not known is null."""
    from allocator.demand import PATTERNS
    from allocator.forecast import LEVELS
    from data.forecast_tables import item_scores

    wape, bias = found.backtest.wape_by_series()
    return {
        "cut_off": found.cut_off.isoformat(),
        "horizon_days": found.horizon_days,
        "period_days": found.period_days,
        "levels": list(LEVELS),
        "forecast": [
            {
                "site": found.sites[n],
                "item": found.items[n],
                "pattern": PATTERNS[found.pattern[n]],
                "method": found.method[n],
                "reports": int(found.reports[n]),
                "daily_units": _number(found.daily_units[n]),
                "quantiles": [_number(each) for each in found.quantiles[n]],
                "wape": _number(wape[n]),
                "bias": _number(bias[n]),
            }
            for n in range(len(found))
        ],
        "backtest": [{"item": code or None, **_score_plain(score)} for code, score in item_scores(found)],
        "methods": {name: _number(each) for name, each in found.backtest.wape_by_method().items()},
    }


def _score_plain(score: Score) -> dict[str, Any]:
    numbers = ("wape", "wape_of_average", "bias", "pinball", "pinball_of_normal")
    told = {name: _number(getattr(score, name)) for name in numbers}
    return {"sums": score.sums, **told, "coverage": [_number(each) for each in score.coverage]}


def _number(value: float) -> float | None:
    return None if value != value else round(float(value), 6)  # noqa: PLR0124 - nan alone is not itself

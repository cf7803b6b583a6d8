"""Runs of scenarios side by side as tables to save: what comes of each, what it costs, who gains and who loses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from allocator.sentence import Named, Sentence, say
from allocator.tables import ColumnOut, TableOut, rows_out
from allocator.words import tier_named
from scenarios.comparing import Comparison, Grouped, grouped, movers
from scenarios.outcome_words import MEASURES_SHOWN, outcome_rows
from scenarios.running import Run

__all__ = ["GROUPINGS", "MOVED_BY", "comparison_tables", "item_names", "movers_table", "outcomes_table"]

GROUPINGS: tuple[tuple[str, Sentence, Sentence], ...] = (
    ("tier", say("tier"), say("By tier")),
    ("kind", say("kind"), say("By kind")),
    ("area", say("area"), say("By area")),
    ("item", say("item"), say("By item")),
    ("site", say("site"), say("By site")),
)
"""By what needs are put together, what the column and the sheet are called."""

MOVED_BY: tuple[tuple[str, Sentence], ...] = (("area", say("area")), ("item", say("item")))
"""By what it is told who moves most."""

_HOLDS = {"days": "decimal", "share": "share", "count": "decimal"}


def item_names(runs: Sequence[Run], *, with_code: bool = True) -> dict[str, Named]:
    """Return every item's name by its code; scenarios do not change items."""
    items = runs[0].case.items
    named = zip(items.code, items.name, items.name_zh, strict=True)
    return {code: Named(code, name, name_zh, with_code=with_code) for code, name, name_zh in named}


def comparison_tables(runs: Sequence[Run], comparison: Comparison) -> list[TableOut]:
    """Return the comparison as tables: what comes of each run; by tier, kind, area, item, site; cost; every need."""
    tables = [_scenarios(runs), movers_table(runs, comparison)]
    for key, title, sheet in GROUPINGS:
        group = grouped(comparison, key)
        columns = list(_of_groups(group, key, title, runs))
        tables.append(TableOut(name=f"by-{key}", title=sheet, columns=tuple(columns)))
    return [*tables, _costs(runs), _needs(comparison, runs)]


def movers_table(runs: Sequence[Run], comparison: Comparison) -> TableOut:
    """Return who loses and who gains in each run: the areas and the items that move most."""
    columns = [
        ("scenario", say("scenario"), "text"),
        ("by", say("by"), "text"),
        ("code", say("code"), "text"),
        ("name", say("name"), "text"),
        ("lost", say("lost of the promise, on average"), "share"),
        ("gained", say("gained of the promise, on average"), "share"),
    ]
    names = item_names(runs, with_code=False)
    rows = [
        (run.scenario.named, title, each.code, names.get(each.code) if key == "item" else None, each.lost, each.gained)
        for number, run in enumerate(runs[1:], start=1)
        for key, title in MOVED_BY
        for each in movers(comparison, key, number)
    ]
    return rows_out("movers", say("Who gains and who loses"), columns, rows)


def _scenarios(runs: Sequence[Run]) -> TableOut:
    """Return one row for each run: its name, every outcome, and the share of promises met by tier."""
    tiers = list(dict.fromkeys(tier for run in runs for tier in run.outcomes.by_tier))
    columns = [
        ("scenario", say("scenario"), "text"),
        ("title", say("title"), "text"),
        ("what", say("what happens"), "text"),
        *((name, title, _HOLDS[form]) for name, title, form in MEASURES_SHOWN),
        *((f"met-{tier}", say("promise met, {tier}", tier=tier_named(tier)), "share") for tier in tiers),
    ]
    rows = [
        (
            run.scenario.name,
            run.scenario.named,
            run.scenario.told,
            *(getattr(run.outcomes, name) for name, *_ in MEASURES_SHOWN),
            *(1 - run.outcomes.by_tier[tier] if tier in run.outcomes.by_tier else None for tier in tiers),
        )
        for run in runs
    ]
    return rows_out("scenarios", say("Scenarios"), columns, rows)


def outcomes_table(runs: Sequence[Run]) -> TableOut:
    """Return what comes of each run with the runs across, as it is read on paper."""
    rows = list(outcome_rows(runs))
    columns = [ColumnOut(name="outcome", title=say("outcome"), values=[title for title, _ in rows])]
    for number, run in enumerate(runs):
        told = Sentence("{scenario}", {"scenario": run.scenario.named})
        columns.append(ColumnOut(name=run.scenario.name, title=told, values=[texts[number] for _, texts in rows]))
    return TableOut(name="outcomes", title=say("What comes of each"), columns=tuple(columns))


def _of_groups(group: Grouped, key: str, title: Sentence, runs: Sequence[Run]) -> Iterator[ColumnOut]:
    """Yield the group's key (and its name, where it has one), then what each run does to it."""
    yield ColumnOut(name=key, title=title, values=group.key)
    if key in ("tier", "item"):
        names = item_names(runs)
        named = [tier_named(code) if key == "tier" else names[code] for code in group.key]
        yield ColumnOut(name="name", title=say("name"), values=named)
    for number, run in enumerate(runs):
        name, told = run.scenario.name, run.scenario.named
        yield ColumnOut(
            name=f"unmet-{name}",
            title=say("unmet, {scenario}", scenario=told),
            holds="share",
            values=group.unmet_share[:, number],
        )
        if number == 0:
            continue
        for own, said, holds, values in (
            ("gained", say("gained of the promise, {scenario}", scenario=told), "share", group.gained),
            ("lost", say("lost of the promise, {scenario}", scenario=told), "share", group.lost),
            ("gain", say("needs that gain, {scenario}", scenario=told), "whole", group.gains),
            ("lose", say("needs that lose, {scenario}", scenario=told), "whole", group.loses),
        ):
            yield ColumnOut(name=f"{own}-{name}", title=said, holds=holds, values=values[:, number])


def _costs(runs: Sequence[Run]) -> TableOut:
    """Return by item what is sent and what it is worth, what must be bought for how much, and what expires."""
    names = list(item_names(runs).values())
    columns = [
        ColumnOut(name="item", title=say("item"), values=[each.code for each in names]),
        ColumnOut(name="name", title=say("name"), values=names),
    ]
    added_up: list[str] = []
    for run in runs:
        costs, name, told = run.outcomes.costs, run.scenario.name, run.scenario.named
        parts: tuple[tuple[str, Sentence, str, Any], ...] = (
            ("sent", say("sent, {scenario}", scenario=told), "whole", costs.sent_units),
            ("worth", say("worth of what is sent, yuan, {scenario}", scenario=told), "decimal", costs.sent_yuan),
            ("buy", say("to buy, {scenario}", scenario=told), "whole", costs.buy_units),
            ("cost", say("buying it, yuan, {scenario}", scenario=told), "decimal", costs.buy_yuan),
            ("expired", say("expires unused, {scenario}", scenario=told), "whole", costs.expired_units),
            (
                "lost",
                say("worth of what expires unused, yuan, {scenario}", scenario=told),
                "decimal",
                costs.expired_yuan,
            ),
        )
        columns += [ColumnOut(name=f"{own}-{name}", title=said, holds=holds, values=values)
                    for own, said, holds, values in parts]  # fmt: skip
        added_up += [f"worth-{name}", f"cost-{name}", f"lost-{name}"]
    return TableOut(name="cost", title=say("Cost"), columns=tuple(columns), added_up=tuple(added_up))


def _needs(comparison: Comparison, runs: Sequence[Run]) -> TableOut:
    columns = [
        ColumnOut(name="site", title=say("site"), values=comparison.site),
        ColumnOut(name="item", title=say("item"), values=comparison.item),
        ColumnOut(name="tier", title=say("tier"), values=[tier_named(tier) for tier in comparison.tier]),
    ]
    for number, run in enumerate(runs):
        title = say("cover, {scenario}", scenario=run.scenario.named)
        columns.append(
            ColumnOut(
                name=f"cover-{run.scenario.name}", title=title, holds="decimal", values=comparison.cover[:, number]
            )
        )
    return TableOut(name="needs", title=say("Every need"), columns=tuple(columns))

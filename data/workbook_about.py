"""The first and the last sheet: what came out, and where every number came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from allocator.sentence import Sentence, say
from data.plan_columns import PLAN_TABLES
from data.policy_keys import POLICY_KEYS
from data.policy_writing import decimal_text, policy_rows
from data.texts import translator
from data.workbook_looks import PAIRS_SHOWN_MAX, PlanBook, both, lines_of
from data.workbook_out import write_cells

__all__ = ["write_about", "write_summary"]

_SUMMARY_WIDTHS = (10, 10, 10, 12, 12, 13, 12, 12, 16)
_ITEM_HEADINGS = (
    "Tier 级别",
    "Item 物资",
    "Unit 单位",
    "Needs 需求数",
    "Still short 有缺口",
    "Daily use 日用量",
    "Held before 送前持有",
    "Lacked to the top of the ladder 距最高档所缺",
    "Sent 送达",
    "Short after 送后仍缺",
    "Lowest cover after (days or share) 最低送后天数或比例",
    "Worst-off site that stock can reach 可送达的最缺点位",
)
_DEPOT_HEADINGS = (
    "Depot 仓库",
    "Name 名称",
    "Stops 停靠",
    "Most stops 上限",
    "Packs 件数",
    "kg 重量",
    "Most kg 重量上限",
    "m³ 体积",
    "Most m³ 体积上限",
    "Packs that could leave 可发件数",
)
_TIER_HEADINGS = (
    "Tier 级别",
    "Lowest stands 最缺者",
    "Needs 需求数",
    "Still short 有缺口",
    "Out of reach 送不到",
    "Lowest cover, days 最低可用天数",
    "5th percentile, days 第5百分位天数",
    "Lowest share of holding 最低持有比例",
    "Rung 档",
    "Fill 满足度",
)
# How the plan was made, by the names that summary.json gives it: in Chinese, and what it means.
_FACTS = {
    "case_digest": ("数据摘要", say("SHA-256 over the tables this plan was made from")),
    "date": ("日期", say("the day the plan is for; no clock is read")),
    "engine": ("引擎", say("which of the two engines decided")),
    "exact": ("是否精确", say("whether the fair shares are proven without any gap")),
    "left_out": ("未计入需求数", say("needs not planned because nobody counted their stock")),
    "price_of_fairness.kg_km": ("公斤公里", say("weight times distance of this plan")),
    "price_of_fairness.kg_km_unfair_minimum": (
        "不计公平的最少公斤公里",
        say("the least that sending as many units to anyone would take"),
    ),
    "price_of_fairness.units_sent": ("发出数量", say("units of need this plan meets")),
    "price_of_fairness.units_unfair_maximum": (
        "不计公平的最多数量",
        say("the most that could be met if nobody minded who gets it"),
    ),
    "solver": ("求解器", say("what solved the linear programmes")),
    "versions": ("版本", say("what it ran on")),
}
# These parts of the summary say what came out, not how; they stand on the first sheet.
_RESULTS = ("totals", "giving_sites")
_ABOUT_WIDTHS = (38, 24, 40, 66, 56)
_LINE_POINTS = 15


class _Writer:
    """Writes rows one under the other."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self.row = 0

    def line(self, text: str, look: Any = None) -> None:
        self.sheet.write_string(self.row, 0, text, look)
        self.row += 1

    def headings(self, cells: Sequence[str], look: Any, points: float = 64) -> None:
        """Write a row of headings, high enough for several lines."""
        self.sheet.set_row(self.row, points)
        self.cells(cells, look)

    def wrapped(self, texts: Sequence[str], look: Any, widths: Sequence[float]) -> None:
        """Write a row of texts, as high as the longest needs in its column."""
        lines = max(int(lines_of([text], width)[0]) for text, width in zip(texts, widths, strict=True))
        self.sheet.set_row(self.row, _LINE_POINTS * lines)
        self.cells(texts, look)

    def cells(self, cells: Iterable[Any], style: Any = None, styles: Sequence[Any] = ()) -> None:
        write_cells(self.sheet, self.row, cells, style, styles)
        self.row += 1

    def gap(self) -> None:
        self.row += 1


def write_summary(out: PlanBook) -> None:
    """Add the first sheet: what was sent, what is short, who stands lowest, what was used up."""
    widths = (16, out.item_width, *_SUMMARY_WIDTHS, out.site_width)
    write = _Writer(out.new_sheet("Summary 概要", widths))
    looks = out.looks
    write.line(f"Allocation plan 物资分配方案  {out.case.policy.date.isoformat()}", looks.title)
    for sentence in _headlines(out):
        write.line(both(sentence))
    write.gap()
    _write_tiers(out, write)
    write.gap()
    write.line("Items by tier 各级物资", looks.section)
    write.headings(_ITEM_HEADINGS, looks.heading)
    for group in out.standing.items_by_tier():
        write.cells(_item_cells(out, group), styles=_item_styles(out))
    write.gap()
    _write_depots(out, write)


def _headlines(out: PlanBook) -> Iterator[Sentence]:
    totals = {key: int(sums.sum()) for key, sums in out.standing.totals.items() if key.startswith("pairs")}
    yield say(
        "{packs} packs leave in {stops} stops.",
        packs=f"{int(out.plan.lines.packs.sum()):,}",
        stops=f"{len(out.plan.stops):,}",
    )
    yield say(
        "{short} of {pairs} needs stay below the top of the ladder; {unreached} of them nothing can reach.",
        short=f"{totals['pairs_short']:,}",
        pairs=f"{totals['pairs']:,}",
        unreached=f"{totals['pairs_unreached']:,}",
    )
    if len(out.plan.pairs) > PAIRS_SHOWN_MAX:
        yield say("Too many needs for a workbook: shortfalls are shown by area; pairs.csv and lots.csv have every row.")
    yield from out.plan.notes


def _write_tiers(out: PlanBook, write: _Writer) -> None:
    looks, standing = out.looks, out.standing
    write.line("Tiers 级别", looks.section)
    write.headings(_TIER_HEADINGS, looks.heading)
    styles = [looks.text, looks.text, looks.whole, looks.whole, looks.whole, *[looks.decimal] * 3]
    styles += [looks.whole, looks.decimal]
    items = standing.items
    for tier in range(len(out.case.policy.tier_names)):
        sums = {key: int(sums[tier].sum()) for key, sums in standing.totals.items() if key.startswith("pairs")}
        if not sums["pairs"]:
            continue
        start = tier * 2 * items
        used, held = standing.lowest(start, start + items), standing.lowest(start + items, start + 2 * items)
        # Where nothing reaches a pair, it says nothing about sharing; so the lowest that something reaches.
        lowest = [one for one in (used["worst_off_reached"], held["worst_off_reached"]) if one]
        worst = min(lowest, key=lambda one: (one["rung"], one["fill"]), default=None)
        counts = (sums["pairs"], sums["pairs_short"], sums["pairs_unreached"])
        covers = (used["cover_least"], used["cover_p05"], held["cover_least"])
        stands = (f"{worst['site']} {worst['item']}", worst["rung"], worst["fill"]) if worst else ("", None, None)
        write.cells((out.tier_labels[tier], stands[0], *counts, *covers, *stands[1:]), styles=styles)


def _item_cells(out: PlanBook, group: dict[str, Any]) -> tuple[Any, ...]:
    item = out.case.item_index[group["item"]]
    # Where nothing reaches a pair, it says nothing about sharing; so the lowest that something reaches.
    worst = group["worst_off_reached"] or group["worst_off"]
    return (
        out.tier_labels[out.case.policy.tier_names.index(group["tier"])],
        out.item_labels[item],
        out.unit_labels[item],
        group["pairs"],
        group["pairs_short"],
        group["daily_units"],
        group["held_units"],
        group["lacked_units"],
        group["sent_units"],
        group["short_units"],
        group["cover_least"],
        out.site_label(out.case.site_index[worst["site"]]) if worst else "",
    )


def _item_styles(out: PlanBook) -> list[Any]:
    looks = out.looks
    return [looks.text] * 3 + [looks.whole] * 7 + [looks.decimal, looks.text]


def _write_depots(out: PlanBook, write: _Writer) -> None:
    depots = out.plan.summary.get("depots")
    if not depots:
        return
    looks = out.looks
    write.line("Depots: used and limits 仓库：已用与上限", looks.section)
    write.headings(_DEPOT_HEADINGS, looks.heading)
    styles = [looks.text, looks.text, *[looks.whole] * 3, *[looks.decimal] * 4, looks.whole]
    for depot in depots:
        names = out.site_label(out.case.site_index[depot["depot"]]).removeprefix(depot["depot"]).strip()
        packs = [sum(item[key] for item in depot["items"]) for key in ("packs_sent", "packs_could_leave")]
        limits = [depot[key] for key in ("kg", "max_kg", "m3", "max_m3")]
        write.cells(
            (depot["depot"], names, depot["stops"], depot["max_stops"], packs[0], *limits, packs[1]), styles=styles
        )


def write_about(out: PlanBook) -> None:
    """Add the last sheet: the case's digest, the policy, the engine, and what every column means."""
    write = _Writer(out.new_sheet("About 说明", _ABOUT_WIDTHS))
    looks = out.looks
    write.line("Where every number came from 数据来源", looks.title)
    write.line(
        both(say("Check it yourself: allocator verify CASE PLAN re-adds everything without the engine.")), looks.note
    )
    write.gap()
    write.line("How it was made 如何得出", looks.section)
    english, chinese = translator("en"), translator("zh")
    for key, value in _facts(out):
        name, meaning = _FACTS.get(key) or _FACTS.get(key.partition(".")[0]) or ("", Sentence(""))
        write.wrapped((key, name, value, english(meaning), chinese(meaning)), looks.wrapped, _ABOUT_WIDTHS)
    write.gap()
    write.line("Policy 规则", looks.section)
    for key, value in policy_rows(out.case.policy):
        name, meaning = POLICY_KEYS[key.partition(".")[0]]
        write.wrapped((key, name, value, english(meaning), chinese(meaning)), looks.wrapped, _ABOUT_WIDTHS)
    for number, rung in enumerate(out.case.policy.ladder, start=1):
        covers = f"cover_days {decimal_text(rung.cover_days)}, holding_share {decimal_text(rung.holding_share)}"
        row = (f"ladder {number}", "阶梯", ", ".join(rung.tiers), covers, "")
        write.wrapped(row, looks.wrapped, _ABOUT_WIDTHS)
    write.gap()
    write.line("What the columns mean 各列含义", looks.section)
    write.cells(("File 文件", "Column 列", "中文列名", "Meaning", "含义"), looks.heading)
    for table, columns in PLAN_TABLES.items():
        for column in columns:
            meanings = (english(column.meaning), chinese(column.meaning))
            write.wrapped((f"{table}.csv", column.name, column.zh, *meanings), looks.wrapped, _ABOUT_WIDTHS)


def _facts(out: PlanBook) -> Iterator[tuple[str, str]]:
    """Return what the summary says of how the plan was made: its plain values, nested ones by dots."""
    for key, value in sorted(out.plan.summary.items()):
        if key not in _RESULTS:
            yield from _flat(key, value)


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, deeper in sorted(value.items()):
            yield from _flat(f"{key}.{inner}", deeper)
    elif not isinstance(value, list):
        # The tables of the summary are on the first sheet.
        words = {None: "", True: "yes 是", False: "no 否"}
        yield key, words[value] if value is None or isinstance(value, bool) else str(value)

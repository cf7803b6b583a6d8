"""The procurement formulation written down in full, lot by lot and week by week, for PuLP: an oracle for tiny cases."""

from __future__ import annotations

import pulp

WEEKS_A_YEAR = 52


def least(case, *, whole_packs):
    """Return (critical, shortage, cost): the best there can be, level by level."""
    model = pulp.LpProblem("procurement", pulp.LpMinimize)
    buys = _buys(model, case, whole_packs=whole_packs)
    scenarios = [*zip(case.probability.tolist(), case.demand_units.tolist(), strict=True)]
    short = {}
    for k, (_, demand) in enumerate(scenarios):
        for i, item in enumerate(case.items):
            unmet, _, _ = _flow(model, case, buys, item, demand[i], f"s{k}_{i}")
            short[k, i] = pulp.lpSum(unmet)
    cost = pulp.lpSum(units * float(_unit_yuan(case, offer)) for (offer, _), units in buys.items())
    space = []
    for i, item in enumerate(case.items):
        mean = case.expected_units[i].tolist()
        unmet, stock, expired = _flow(model, case, buys, item, mean, f"e{i}")
        price = min((float(o.price) for o in case.offers if o.item == item.item), default=0.0)
        cost += price * float(case.terms.holding_share_year) / WEEKS_A_YEAR * pulp.lpSum(stock)
        cost += price * float(case.terms.disposal_share) * pulp.lpSum(expired)
        space.append([float(item.pack_m3 or 0) / item.pack_units * units for units in stock])
    _limits(model, case, buys, space)
    critical, shortage = _shortages(model, case, scenarios, short)
    found = []
    for goal in (critical, shortage, cost):
        if not any(goal.values()):
            found.append(float(goal.constant))
            continue
        model.setObjective(goal + 0)
        status = model.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=0, gapAbs=0))
        assert pulp.LpStatus[status] == "Optimal"
        value = pulp.value(goal) or 0.0
        found.append(value)
        model += goal <= value + 1e-6 * max(1.0, abs(value))  # CBC writes eight digits: less may leave nothing feasible
    return tuple(found)


def _unit_yuan(case, offer):
    item = case.items[case.item_index[offer.item]]
    return float(offer.price) + float(item.pack_kg or 0) / item.pack_units * float(case.terms.freight_per_kg)


def _buys(model, case, *, whole_packs):
    buys = {}
    for n, offer in enumerate(case.offers):
        pack = case.items[case.item_index[offer.item]].pack_units
        smallest = max(1, -(-(offer.min_units or 0) // pack))
        largest = 10**6 if offer.units_per_week is None else offer.units_per_week // pack
        if largest < smallest:
            continue
        for week in case.weeks_of(offer.from_day, offer.to_day):
            if week + -(-offer.lead_days // 7) >= case.weeks:
                continue
            if not whole_packs:
                buys[offer, week] = pulp.LpVariable(f"b{n}_{week}", 0, largest * pack)
                continue
            packs = pulp.LpVariable(f"b{n}_{week}", 0, cat="Integer")
            made = pulp.LpVariable(f"m{n}_{week}", cat="Binary")
            model += packs >= smallest * made
            model += packs <= min(largest, 10**4) * made
            buys[offer, week] = packs * pack
    return buys


def _lots(case, buys, item):
    """(start, last, units) of every lot of an item."""
    shelf = item.shelf_weeks or case.weeks
    for held in case.held:
        if held.item == item.item:
            yield 0, case.last_week_of(held), held.units
    row = case.item_index[item.item]
    for week in range(case.weeks):
        units = pulp.lpSum(
            units for (offer, w), units in buys.items() if offer.item == item.item and w + offer.lead_weeks == week
        )
        yield week, week + shelf - 1, units + int(case.arriving_units[row, week])


def _flow(model, case, buys, item, demand, name):
    weeks = range(case.weeks)
    lots = [lot for lot in _lots(case, buys, item) if lot[1] >= lot[0]]
    use = {
        (n, t): pulp.LpVariable(f"u{name}_{n}_{t}", 0)
        for n, (start, last, _) in enumerate(lots)
        for t in range(start, min(last, case.weeks - 1) + 1)
    }
    unmet = [demand[t] - pulp.lpSum(u for (_, w), u in use.items() if w == t) for t in weeks]
    for each in unmet:
        model += each >= 0
    stock, expired = [0] * case.weeks, [0] * case.weeks
    for n, (start, last, units) in enumerate(lots):
        for t in range(start, min(last, case.weeks - 1) + 1):
            left = units - pulp.lpSum(u for (lot, w), u in use.items() if lot == n and w <= t)
            model += left >= 0
            if t == last and t < case.weeks - 1:
                expired[t] += left
            else:
                stock[t] += left
    return unmet, stock, expired


def _limits(model, case, buys, space):
    for budget in case.budgets:
        weeks = case.weeks_of(budget.from_day, budget.to_day)
        model += pulp.lpSum(
            units * _unit_yuan(case, offer)
            for (offer, week), units in buys.items()
            if week in weeks and (not budget.items or offer.item in budget.items)
        ) <= float(budget.amount)
    share = float(case.terms.supplier_share_max)
    for item in case.items:
        mine = {key: units for key, units in buys.items() if key[0].item == item.item}
        suppliers = {offer.supplier for offer, _ in mine}
        if share < 1 and len(suppliers) * share >= 1 - 1e-9:
            for supplier in suppliers:
                own = pulp.lpSum(units for (offer, _), units in mine.items() if offer.supplier == supplier)
                model += own <= share * pulp.lpSum(mine.values())
    if case.terms.space_m3 is not None:
        for week in zip(*space, strict=True):
            model += pulp.lpSum(week) <= float(case.terms.space_m3)


def _shortages(model, case, scenarios, short):
    def total(k, *, only_critical):
        rows = [(i, item) for i, item in enumerate(case.items) if item.critical or not only_critical]
        return pulp.lpSum(item.weight * short[k, i] for i, item in rows)

    critical = pulp.lpSum(p * total(k, only_critical=True) for k, (p, _) in enumerate(scenarios))
    level = case.terms.cvar_level
    if level is None:
        return critical, pulp.lpSum(p * total(k, only_critical=False) for k, (p, _) in enumerate(scenarios))
    threshold = pulp.LpVariable("threshold")
    tails = []
    for k, (p, _) in enumerate(scenarios):
        tail = pulp.LpVariable(f"tail{k}", 0)
        model += tail >= total(k, only_critical=False) - threshold
        tails.append(p * tail)
    return critical, threshold + pulp.lpSum(tails) * (1 / (1 - level))

"""How few stops: against every way to visit a few sites, and against prices that prove a bound."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
from ortools.graph.python import max_flow
from random_cases import random_case

from allocator.catchment import Network, network_of
from allocator.exchange import settle
from allocator.leximin import level_all
from allocator.market import Market, market_of
from allocator.need import needs_of
from allocator.stops import ship
from allocator.trades import Trade, deal_trades
from allocator.visit_classes import classes_of
from allocator.visit_prices import chosen, options_of
from benchmarks.fewest import fewest_stops
from data.samples import make_sample

SMALL_CASES = 60


def dealt(case) -> tuple[Network, list[Trade]] | None:
    """Return a case's catchments and dealt packs; None where nothing can be sent."""
    problem = needs_of(case)
    if not (len(problem.pairs) and len(problem.sources) and len(problem.routes)):
        return None
    network = network_of(problem)
    trades, final = deal_trades(level_all(network))
    if not final:
        settle(network, trades)
    return network, trades


def stops_made(network: Network, trades: list[Trade]) -> int:
    """Return the stops of the engine: depots and sites."""
    shipments = ship(network, trades)
    depot = network.problem.sources.depot[shipments.source].astype(np.int64)
    return len(np.unique(depot * len(network.problem.case.sites) + shipments.site))


def arrive(market: Market, visits: tuple[tuple[int, ...], ...]) -> bool:
    """Tell whether all packs can arrive when each site is visited from just these columns."""
    n = len(visits)
    return all(_flows(market, trade, n, visits) for trade in range(market.wanted.shape[1]))


def _flows(market: Market, trade: int, n: int, visits: tuple[tuple[int, ...], ...]) -> bool:
    want, quota = market.wanted[:, trade], market.quota[:, trade]
    solver = max_flow.SimpleMaxFlow()
    root, sink = n + market.n_sources, n + market.n_sources + 1
    for site, columns in enumerate(visits):
        solver.add_arc_with_capacity(root, site, int(want[site]))
        for source in market.member[market.place[site], list(columns)].ravel().tolist():
            if source < market.n_sources:
                solver.add_arc_with_capacity(site, n + source, int(want[site]))
    for source in range(market.n_sources):
        solver.add_arc_with_capacity(n + source, sink, int(quota[source]))
    solver.solve(root, sink)
    return solver.optimal_flow() == int(want.sum())


def fewest(market: Market, below: int) -> int:
    """Return the fewest stops of all, tried one by one, or `below` where no fewer are enough."""
    width = market.member.shape[1]
    ways = [
        [some for size in range(1, width + 1) for some in combinations(np.flatnonzero(open_).tolist(), size)]
        for open_ in market.member[market.place][:, :, 0] < market.n_sources
    ]
    for visits in sorted(product(*ways), key=lambda v: sum(map(len, v))):
        stops = sum(map(len, visits))
        if stops >= below:
            return below
        if arrive(market, visits):
            return stops
    return below


def test_a_few_sites_are_visited_as_rarely_as_can_be():
    """Nobody finds fewer in 60 cases of up to four sites and three depots by trying all there are."""
    made, best = 0, 0
    for seed in range(SMALL_CASES):
        found = dealt(random_case(seed, sites=4, items=3, depots=3, without=("lane_kg", "kg", "m3")))
        if found is not None:
            stops = stops_made(*found)
            made += stops
            best += fewest(market_of(*found), stops)

    assert best > SMALL_CASES  # there was something to decide
    assert made == best


def test_a_county_comes_within_some_per_cent_of_a_bound_that_prices_prove():
    """No plan with these packs makes fewer stops than the bound of the benchmarks, however long it searched."""
    found = dealt(make_sample("county", sites=500, items=6, depots=4, lanes=3, seed=0))
    assert found is not None
    bound = bound_of(*found)

    assert bound <= stops_made(*found) <= 1.05 * bound


def test_the_bound_is_never_above_what_somebody_makes():
    """Four cases of every kind: trucks, lanes, substitutes, earmarks and stock that some sites may give."""
    for seed in range(4):
        found = dealt(random_case(seed))
        if found is not None:
            assert bound_of(*found) <= stops_made(*found) + 1e-6


def bound_of(network: Network, trades: list[Trade]) -> float:
    """Return the stops that no plan with these packs can go below."""
    problem = network.problem
    wanted = np.zeros((len(problem.case.sites), len(problem.case.items)), dtype=np.int64)
    for trade in trades:
        np.add.at(wanted, (problem.pairs.site[trade.rows], trade.by), trade.packs)
    return fewest_stops(problem, wanted)


def test_visits_are_completed_until_everything_arrives():
    """Whatever is chosen at first, even one depot for all, the stops added bring every pack."""
    found = dealt(make_sample("nation", sites=60, items=5, depots=4, lanes=3, seed=3))
    assert found is not None
    market = market_of(*found)
    options = options_of(market)
    for choice in (np.zeros(len(market.site), dtype=np.intp), chosen(market, options)):
        classes = classes_of(market, options, choice)
        classes.add_stops()
        visits = tuple(tuple(sorted(classes.visits[number])) for number in classes.of_site)

        assert arrive(market, visits)
        assert classes.stops() == sum(map(len, visits))


def test_the_choice_does_not_depend_on_who_stands_where_in_memory():
    """Sums are exact on their grid, so a market laid out anew in memory is decided alike."""
    found = dealt(make_sample("nation", sites=300, items=6, depots=6, lanes=3, seed=1))
    assert found is not None
    market = market_of(*found)
    again = replace(market, wanted=np.asfortranarray(market.wanted), quota=np.asfortranarray(market.quota))

    assert np.array_equal(chosen(market, options_of(market)), chosen(again, options_of(again)))

"""Routes: which vehicle visits which sites, in which order, within what it holds and how long its shift is.

The plan already says what goes where and keeps each depot's weight, volume and stops. Here its stops
are laid on vehicles: a capacitated vehicle routing problem with a time dimension, solved by OR-tools'
routing library (savings, then local search to a local optimum; no clock decides, so the same plan
gives the same routes). Where a load is left out although the vehicles together have room for it, two
loads change vehicles to make that room in one of them, and the search goes on from there. A stop too
heavy for one vehicle is split; what cannot be driven is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Floats, Indices, Table, Units
from allocator.distances import Roads, roads_from
from allocator.plan import Stops
from allocator.sentence import Named, Sentence, say

__all__ = ["Legs", "Routes", "Undriven", "plan_routes"]

STOPS_MAX = 1_000
"""Stops of one depot that are routed; the roads among more would not fit in memory or patience."""

_KG = 1_000  # the solver counts whole grams, metres and seconds
_M3 = 1_000_000
_METRES = 1_000
_SECONDS = 60
_UNLIMITED = 2**52
_FROM_ZERO = True
_PER_VEHICLE = 10 * _METRES
"""A vehicle more must save ten kilometres: a driver is worth more than a detour."""
_UNDRIVEN = 10**10
"""Leaving a stop out costs more than any road."""
_WITHOUT_IDLE = True
_ROOM_MADE_MOST = 10
"""So many loads that were left out are tried again."""


@dataclass(frozen=True, kw_only=True)
class Legs(Table):
    """One stop of one vehicle: sorted by depot, vehicle, order, both from 1.

    `km`: from the stop before (or the depot). `arrives_minutes`: after leaving the depot.
    """

    depot: Indices
    vehicle: Units
    order: Units
    site: Indices
    kg: Floats
    m3: Floats
    km: Floats
    arrives_minutes: Floats


@dataclass(frozen=True, kw_only=True)
class Undriven(Table):
    """What no vehicle can take, and the sentence why (a position in `Routes.reasons`)."""

    depot: Indices
    site: Indices
    kg: Floats
    reason: Indices


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Every vehicle's day. `back_minutes`: per (depot, vehicle) when it is back, from leaving."""

    legs: Legs
    undriven: Undriven
    back_minutes: dict[tuple[int, int], float]
    reasons: tuple[Sentence, ...]


@dataclass(frozen=True)
class _Fleet:
    """What one depot can send: whole grams, whole seconds."""

    vehicles: int
    grams: int
    seconds: int
    stop_seconds: int


@dataclass(frozen=True)
class _Loads:
    """Stops of one depot, split so that each fits a vehicle. `stop`: position among the depot's stops."""

    stop: Indices
    kg: Floats
    m3: Floats


class _Day:
    """Collects what each depot drives."""

    def __init__(self) -> None:
        self.legs: list[tuple[Any, ...]] = []
        self.undriven: list[tuple[Any, ...]] = []
        self.back: dict[tuple[int, int], float] = {}
        self.reasons: list[Sentence] = []

    def leave(self, depot: int, sites: Sequence[int], kg: Sequence[float], why: Sentence) -> None:
        """Note stops that are not driven, with one sentence."""
        if len(sites):
            self.reasons.append(why)
            reason = len(self.reasons) - 1
            self.undriven += [(depot, int(s), float(w), reason) for s, w in zip(sites, kg, strict=True)]

    def routes(self) -> Routes:
        """Return everything as columns."""
        legs = [np.array(column) for column in zip(*self.legs, strict=True)] or [np.array([])] * 8
        left = [np.array(column) for column in zip(*self.undriven, strict=True)] or [np.array([])] * 4
        kinds: tuple[Any, ...] = (np.int32, np.int64, np.int64, np.int32, *[np.float64] * 4)
        columns = [column.astype(kind) for column, kind in zip(legs, kinds, strict=True)]
        names = ("depot", "vehicle", "order", "site", "kg", "m3", "km", "arrives_minutes")
        undriven = Undriven(
            depot=left[0].astype(np.int32),
            site=left[1].astype(np.int32),
            kg=left[2].astype(np.float64),
            reason=left[3].astype(np.int32),
        )
        return Routes(
            legs=Legs(**dict(zip(names, columns, strict=True))),
            undriven=undriven,
            back_minutes=self.back,
            reasons=tuple(self.reasons),
        )


def plan_routes(case: Case, stops: Stops) -> Routes:
    """Return the day's routes for a plan's stops; `Routes.reasons` says why anything is not driven.

    Each vehicle leaves once: the allocation lets a depot send at most `vehicles × vehicle_kg` a day.
    """
    day = _Day()
    for depot in np.unique(stops.depot):
        rows = np.flatnonzero(stops.depot == depot)
        _route_depot(case, int(depot), stops.take(rows), day)
    return day.routes()


def _route_depot(case: Case, depot: int, stops: Stops, day: _Day) -> None:
    name = Named(case.sites.code[depot], case.sites.name[depot], case.sites.name_zh[depot])
    why = _cannot_route(case, depot, len(stops), name)
    if why is not None:
        day.leave(depot, stops.site.tolist(), stops.kg.tolist(), why)
        return
    roads = roads_from(case, depot, stops.site)
    lost = ~roads.reached
    day.leave(
        depot,
        stops.site[lost].tolist(),
        stops.kg[lost].tolist(),
        say(
            "{depot}: nothing says how far these sites are. Give km in lanes, or lat and lon of both in sites.",
            depot=name,
        ),
    )
    stops, roads = stops.take(~lost), _among(roads, np.flatnonzero(~lost).astype(np.int32))
    if not len(stops):
        return
    row = int(np.flatnonzero(case.depots.depot == depot)[0])
    loads = _split(stops, _grams(case, row) / _KG)
    fleet = _fleet(case, row, loads)
    tours = _solved(roads, loads, fleet)
    _note_tours(depot, stops, roads, loads, tours, fleet, day)
    driven = {load for tour in tours for load in tour}
    left = [load for load in range(len(loads.stop)) if load not in driven]
    day.leave(
        depot,
        stops.site[loads.stop[left]].tolist(),
        loads.kg[left].tolist(),
        say(
            "{depot}: its vehicles cannot take these stops too within what they hold and the hours of a shift. "
            "Send another vehicle, or lengthen the shift.",
            depot=name,
        ),
    )


def _cannot_route(case: Case, depot: int, stops: int, name: Named) -> Sentence | None:
    rows = np.flatnonzero(case.depots.depot == depot)
    said = len(rows) and (case.depots.vehicles[rows[0]] >= 0 or case.depots.vehicle_kg[rows[0]] > 0)
    if not said:
        return say(
            "{depot}: not routed, for nothing says which vehicles it has. Fill in vehicles in depots.", depot=name
        )
    if stops > STOPS_MAX:
        return say(
            "{depot}: {stops} stops are too many to route at once ({most} at most). Split the depot's area.",
            depot=name,
            stops=stops,
            most=STOPS_MAX,
        )
    return None


def _among(roads: Roads, stops: Indices) -> Roads:
    places = np.concatenate([[0], stops + 1])
    some = np.ix_(places, places)
    return Roads(km=roads.km[some], minutes=roads.minutes[some], reached=roads.reached[stops])


def _grams(case: Case, row: int) -> int:
    """Return what one vehicle of a depot holds, in whole grams."""
    vehicle_kg = case.depots.vehicle_kg[row]
    return int(np.floor(vehicle_kg * _KG)) if vehicle_kg > 0 else _UNLIMITED


def _split(stops: Stops, vehicle_kg: float) -> _Loads:
    """Return each stop as one load, or as full vehicles and a rest where one vehicle cannot take it."""
    parts = np.maximum(1, np.ceil(stops.kg / vehicle_kg - 1e-9)).astype(np.int64)
    stop = np.repeat(np.arange(len(stops)), parts)
    share = 1.0 / parts[stop]
    return _Loads(stop.astype(np.int32), stops.kg[stop] * share, stops.m3[stop] * share)


def _fleet(case: Case, row: int, loads: _Loads) -> _Fleet:
    depots = case.depots
    shift, minutes = depots.shift_hours[row], depots.stop_minutes[row]
    grams, vehicles = _grams(case, row), int(depots.vehicles[row])
    if vehicles < 0:
        # Nobody said how many: as many as the loads could need; each used one costs.
        vehicles = min(len(loads.stop), 2 * int(np.ceil(loads.kg.sum() / (grams / _KG))) + 2)
    return _Fleet(
        vehicles=vehicles,
        grams=grams,
        seconds=int(shift * 60 * _SECONDS) if shift > 0 else _UNLIMITED,
        stop_seconds=int(minutes * _SECONDS) if minutes > 0 else 0,
    )


def _solved(roads: Roads, loads: _Loads, fleet: _Fleet) -> list[list[int]]:
    """Return each vehicle's loads in the order in which it brings them; vehicles without any are left out."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    if fleet.vehicles == 0:
        return []
    manager = pywrapcp.RoutingIndexManager(len(loads.stop) + 1, fleet.vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    places = np.concatenate([[0], loads.stop + 1])
    some = np.ix_(places, places)
    _cost_roads(routing, roads.km[some])
    _limit_weight(routing, loads, fleet)
    _limit_shift(routing, roads.minutes[some], fleet)
    _allow_leaving_out(routing, manager, loads)
    search = pywrapcp.DefaultRoutingSearchParameters()
    # Cheapest insertion took most of the time: its local search began from routes nearly twice as long.
    search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.SAVINGS
    search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    solution = routing.SolveWithParameters(search)
    for _ in range(_ROOM_MADE_MOST):
        tours = None if solution is None else _with_room_made(_driven(routing, manager, solution, fleet), loads, fleet)
        if tours is None:
            break
        begun = routing.ReadAssignmentFromRoutes([[load + 1 for load in tour] for tour in tours], _WITHOUT_IDLE)
        better = None if begun is None else routing.SolveFromAssignmentWithParameters(begun, search)
        if better is None or better.ObjectiveValue() >= solution.ObjectiveValue():
            break
        solution = better
    if solution is None:
        return []
    # Vehicles of a depot are alike, so their numbers say only which leaves with the first site.
    return sorted((tour for tour in _driven(routing, manager, solution, fleet) if tour), key=min)


def _with_room_made(tours: list[list[int]], loads: _Loads, fleet: _Fleet) -> list[list[int]] | None:
    """Return the tours with the heaviest load that was left out, two loads having changed vehicles to make its room.

    The two whose change leaves the least room unused are taken, the first of these; None where none will do, or
    nothing is left out.
    """
    vehicle = np.full(len(loads.stop), -1)
    for number, tour in enumerate(tours):
        vehicle[tour] = number
    left = np.flatnonzero(vehicle < 0)
    if not len(left):
        return None
    grams = np.ceil(loads.kg * _KG - 1e-6).astype(np.int64)
    free = fleet.grams - np.array([grams[tour].sum() for tour in tours], dtype=np.int64)
    for load in left[np.argsort(-grams[left], kind="stable")].tolist():
        for number in np.argsort(-free, kind="stable").tolist():
            found = _change(grams, vehicle, free, number, int(grams[load]))
            if found is not None:
                mine, other = found
                changed = [[{mine: other, other: mine}.get(each, each) for each in tour] for tour in tours]
                changed[number].append(load)
                return changed
    return None


def _change(
    grams: Units, vehicle: NDArray[np.int64], free: Units, number: int, wanted_grams: int
) -> tuple[int, int] | None:
    """Return a load of a vehicle and one of another that, changed, leave room for so many grams in the first."""
    mine = np.flatnonzero(vehicle == number)
    others = np.flatnonzero((vehicle >= 0) & (vehicle != number))
    if not len(mine) or not len(others):
        return None
    freed = grams[mine][:, None] - grams[others][None, :]
    room = free[number] + freed - wanted_grams
    fits = (room >= 0) & (freed <= free[vehicle[others]][None, :])
    if not fits.any():
        return None
    at = int(np.argmin(np.where(fits, room, np.iinfo(np.int64).max)))
    return int(mine[at // len(others)]), int(others[at % len(others)])


def _cost_roads(routing: Any, km: Floats) -> None:
    """Minimise metres driven, and vehicles used."""
    metres = np.rint(km * _METRES).astype(np.int64)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(metres.tolist()))
    routing.SetFixedCostOfAllVehicles(_PER_VEHICLE)


def _limit_weight(routing: Any, loads: _Loads, fleet: _Fleet) -> None:
    """Σ load kg of a vehicle ≤ vehicle_kg, but for the gram by which each load is rounded up."""
    grams = [0, *np.ceil(loads.kg * _KG - 1e-6).astype(np.int64).tolist()]
    weight = routing.RegisterUnaryTransitVector(grams)
    routing.AddDimension(weight, 0, fleet.grams + len(grams), _FROM_ZERO, "weight")


def _limit_shift(routing: Any, minutes: Floats, fleet: _Fleet) -> None:
    """Minutes on the road, and at each stop, until back at the depot ≤ shift_hours × 60."""
    seconds = np.ceil(minutes * _SECONDS).astype(np.int64)
    seconds[1:, :] += fleet.stop_seconds
    routing.AddDimension(routing.RegisterTransitMatrix(seconds.tolist()), 0, fleet.seconds, _FROM_ZERO, "time")


def _allow_leaving_out(routing: Any, manager: Any, loads: _Loads) -> None:
    """Leave a load out rather than drive none; the lighter first, for then more arrives."""
    heaviest = max(1.0, float(loads.kg.max()))
    for load in range(len(loads.stop)):
        penalty = _UNDRIVEN + int(_UNDRIVEN * loads.kg[load] / heaviest)
        routing.AddDisjunction([manager.NodeToIndex(load + 1)], penalty)


def _driven(routing: Any, manager: Any, solution: Any, fleet: _Fleet) -> list[list[int]]:
    """Return each vehicle's loads in their order, of those without any too."""
    tours: list[list[int]] = []
    for vehicle in range(fleet.vehicles):
        index = solution.Value(routing.NextVar(routing.Start(vehicle)))
        tour: list[int] = []
        while not routing.IsEnd(index):
            tour.append(manager.IndexToNode(index) - 1)
            index = solution.Value(routing.NextVar(index))
        tours.append(tour)
    return tours


def _note_tours(
    depot: int, stops: Stops, roads: Roads, loads: _Loads, tours: list[list[int]], fleet: _Fleet, day: _Day
) -> None:
    for vehicle, tour in enumerate(tours, start=1):
        here, clock = 0, 0.0
        for order, load in enumerate(tour, start=1):
            there = int(loads.stop[load]) + 1
            clock += float(roads.minutes[here, there])
            leg = (depot, vehicle, order, int(stops.site[there - 1]), loads.kg[load], loads.m3[load])
            day.legs.append((*leg, float(roads.km[here, there]), clock))
            clock += fleet.stop_seconds / _SECONDS
            here = there
        day.back[depot, vehicle] = clock + float(roads.minutes[here, 0])

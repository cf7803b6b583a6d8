"""Routes: every stop on a vehicle that holds it, back within the shift, or named with the reason."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from allocator.allocate import allocate
from allocator.case import Case
from allocator.distances import DETOUR, great_circle_km, roads_from
from allocator.plan import Stops
from allocator.routes import Routes, _Fleet, _Loads, _with_room_made, plan_routes
from data.samples import make_sample


@pytest.fixture(scope="module")
def town() -> tuple[Case, Stops]:
    """Return an invented small county and the stops of its plan."""
    case = make_sample("county", sites=120, items=4)
    return case, allocate(case, explained=False).stops


def with_vehicles(case: Case, **columns: float) -> Case:
    """Return the case with every depot's vehicles, vehicle_kg, shift_hours or stop_minutes set."""
    size = len(case.depots)
    kinds = {name: np.full(size, value, getattr(case.depots, name).dtype) for name, value in columns.items()}
    return dataclasses.replace(case, depots=dataclasses.replace(case.depots, **kinds))


def loads(routes: Routes) -> dict[tuple[int, int], float]:
    """Return what each vehicle carries, in kg."""
    held: dict[tuple[int, int], float] = {}
    for depot, vehicle, kg in zip(routes.legs.depot, routes.legs.vehicle, routes.legs.kg, strict=True):
        held[int(depot), int(vehicle)] = held.get((int(depot), int(vehicle)), 0.0) + float(kg)
    return held


def test_everything_is_driven_once_within_weight_and_shift(town):
    case, stops = town
    routes = plan_routes(case, stops)

    visited = {(int(d), int(s)) for d, s in zip(routes.legs.depot, routes.legs.site, strict=True)}
    assert visited == {(int(d), int(s)) for d, s in zip(stops.depot, stops.site, strict=True)}
    assert routes.reasons == ()
    assert routes.legs.kg.sum() == pytest.approx(stops.kg.sum())
    limits = dict(zip(case.depots.depot.tolist(), case.depots.vehicle_kg.tolist(), strict=True))
    assert all(kg <= limits[depot] + 1e-3 for (depot, _), kg in loads(routes).items())
    assert max(routes.back_minutes.values()) <= 12 * 60


def test_each_leg_leaves_where_the_one_before_arrived(town):
    case, stops = town
    legs = plan_routes(case, stops).legs

    for depot in np.unique(legs.depot):
        rows = np.flatnonzero(legs.depot == depot)
        roads = roads_from(case, int(depot), np.unique(legs.site[rows]))
        places = {int(site): n for n, site in enumerate(np.unique(legs.site[rows]), start=1)}
        for vehicle in np.unique(legs.vehicle[rows]):
            tour = rows[legs.vehicle[rows] == vehicle]
            assert legs.order[tour].tolist() == list(range(1, len(tour) + 1))
            walked = [0, *(places[int(site)] for site in legs.site[tour])]
            assert legs.km[tour].tolist() == pytest.approx(roads.km[walked[:-1], walked[1:]].tolist())


def test_the_same_stops_give_the_same_routes(town):
    case, stops = town
    first, second = plan_routes(case, stops), plan_routes(case, stops)

    for field in dataclasses.fields(first.legs):
        assert np.array_equal(getattr(first.legs, field.name), getattr(second.legs, field.name))


def test_a_tour_is_shorter_than_driving_to_each_site_and_back(town):
    case, stops = town
    routes = plan_routes(case, stops)

    there_and_back = sum(
        2 * roads_from(case, int(depot), stops.site[stops.depot == depot]).km[0, 1:].sum()
        for depot in np.unique(stops.depot)
    )
    assert routes.legs.km.sum() < 0.5 * there_and_back


def test_a_stop_heavier_than_a_vehicle_is_brought_by_several(town):
    case, stops = town
    one = stops.take(np.argsort(-stops.kg, kind="stable")[:1])
    small = with_vehicles(case, vehicle_kg=float(one.kg[0]) / 2.5, vehicles=3, shift_hours=np.nan)
    routes = plan_routes(small, one)

    assert routes.legs.vehicle.tolist() == [1, 2, 3]
    assert routes.legs.kg.sum() == pytest.approx(one.kg[0])


def test_a_heavy_stop_gets_the_vehicles_it_takes_where_nobody_says_how_many_there_are(town):
    case, stops = town
    one = stops.take(np.argsort(-stops.kg, kind="stable")[:1])
    small = with_vehicles(case, vehicle_kg=float(one.kg[0]) / 4.5, vehicles=-1, shift_hours=np.nan)
    routes = plan_routes(small, one)

    assert routes.legs.vehicle.tolist() == [1, 2, 3, 4, 5]
    assert not len(routes.undriven)


def test_what_a_short_shift_leaves_is_named_with_its_reason(town):
    case, stops = town
    hurried = with_vehicles(case, shift_hours=1.0)
    routes = plan_routes(hurried, stops)

    assert len(routes.undriven)
    assert max(routes.back_minutes.values()) <= 60
    assert routes.legs.kg.sum() + routes.undriven.kg.sum() == pytest.approx(stops.kg.sum())
    assert "cannot take these stops too" in str(routes.reasons[routes.undriven.reason[0]])


def test_a_depot_without_vehicles_is_not_routed_and_says_so(town):
    case, stops = town
    routes = plan_routes(with_vehicles(case, vehicles=-1, vehicle_kg=np.nan), stops)

    assert not len(routes.legs)
    assert len(routes.undriven) == len(stops)
    assert "Fill in vehicles in depots" in str(routes.reasons[0])


def test_a_site_nobody_knows_the_way_to_is_named_and_the_others_driven(town):
    case, stops = town
    lost = stops.site == stops.site[0]
    sites = dataclasses.replace(
        case.sites, lat=np.where(np.arange(len(case.sites)) == stops.site[0], np.nan, case.sites.lat)
    )
    lanes = dataclasses.replace(case.lanes, km=np.where(case.lanes.site == stops.site[0], np.nan, case.lanes.km))
    routes = plan_routes(dataclasses.replace(case, sites=sites, lanes=lanes), stops)

    assert set(routes.undriven.site.tolist()) == {int(stops.site[0])}
    assert len(routes.legs) == len(stops) - lost.sum()
    assert "Give km in lanes" in str(routes.reasons[0])


def test_roads_between_sites_are_as_much_longer_than_the_crow_flies_as_the_lanes_are(town):
    case, _ = town
    depot = int(case.lanes.depot[0])
    sites = case.lanes.site[case.lanes.depot == depot][:6]
    sites = sites[sites != depot]
    lat, lon = case.sites.lat, case.sites.lon
    straight = great_circle_km(
        np.repeat(lat[depot], len(sites)), np.repeat(lon[depot], len(sites)), lat[sites], lon[sites]
    )
    twice = np.full(len(case.lanes), np.nan)
    own = np.isin(case.lanes.site, sites) & (case.lanes.depot == depot)
    twice[own] = 2 * straight[np.searchsorted(sites, case.lanes.site[own])]
    doubled = dataclasses.replace(case, lanes=dataclasses.replace(case.lanes, km=twice))
    silent = dataclasses.replace(case, lanes=dataclasses.replace(case.lanes, km=np.full(len(case.lanes), np.nan)))

    assert roads_from(doubled, depot, sites).km[1, 2] == pytest.approx(
        roads_from(silent, depot, sites).km[1, 2] * 2 / DETOUR
    )


def test_where_the_vehicles_together_have_room_two_loads_change_places_to_make_it_in_one():
    """Two vehicles of 100 kg carry 50 + 45 and 48 + 42, and 12 are waiting: 48 for 45 leaves 13 in the second."""
    grams = np.array([50, 45, 48, 42, 12])
    loads = _Loads(np.arange(5, dtype=np.int32), grams.astype(float), np.zeros(5))
    fleet = _Fleet(vehicles=2, grams=100_000, seconds=2**40, stop_seconds=0)

    changed = _with_room_made([[0, 1], [2, 3]], loads, fleet)

    assert changed is not None
    assert sorted(load for tour in changed for load in tour) == [0, 1, 2, 3, 4]
    assert all(grams[tour].sum() <= 100 for tour in changed)


def test_where_no_two_loads_make_the_room_nothing_changes():
    loads = _Loads(np.arange(3, dtype=np.int32), np.array([90.0, 95.0, 20.0]), np.zeros(3))
    fleet = _Fleet(vehicles=2, grams=100_000, seconds=2**40, stop_seconds=0)

    assert _with_room_made([[0], [1]], loads, fleet) is None
    assert _with_room_made([[0, 2], [1]], loads, fleet) is None


def test_heavy_days_leave_no_stop_behind_that_the_vehicles_can_hold():
    """A county of 600 places whose vehicles are all but full: every stop is driven."""
    case = make_sample("county", sites=600, items=12)
    stops = allocate(case, explained=False).stops
    routes = plan_routes(case, stops)

    assert (len(routes.legs.site), len(routes.undriven.site)) == (len(stops), 0)

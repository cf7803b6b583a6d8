"""Roads between stops: lanes where they are known, else the great circle stretched to fit them.

A lane says how far a site is from its depot, not how far two sites are from each other. Where both
have coordinates, the great-circle distance is stretched by how much longer the depot's lanes are
than theirs (the detour index of transport geography, about 1.2 to 1.5 on real roads); where one has
none, the way through the depot is taken, which is never too short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.case import Bools, Case, Floats, Indices

__all__ = ["DETOUR", "SPEED_KMH", "Roads", "great_circle_km", "roads_from"]

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""

DETOUR = 1.3
"""Road ÷ great circle where no lane of the depot says it."""

SPEED_KMH = 40.0
"""A lorry on county roads, where no lane of the depot says how long it takes."""


def great_circle_km(lat: Floats, lon: Floats, other_lat: Floats, other_lon: Floats) -> Floats:
    """Return great-circle distances in km between points in degrees (haversine formula), nan where one is nan.

    >>> great_circle_km(np.array([30.0]), np.array([115.0]), np.array([31.0]), np.array([115.0])).round(1).tolist()
    [111.2]
    """
    one, two = np.radians(lat), np.radians(other_lat)
    half = np.sin((two - one) / 2) ** 2
    half = half + np.cos(one) * np.cos(two) * np.sin((np.radians(other_lon) - np.radians(lon)) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(half))))


@dataclass(frozen=True, kw_only=True)
class Roads:
    """A depot and its stops: row and column 0 are the depot, then the stops in their order.

    `km`, `minutes`: (stops + 1) × (stops + 1), from row to column. `reached`: per stop, whether
    anything says how far it is; the rows of others mean nothing.
    """

    km: Floats
    minutes: Floats
    reached: Bools


def roads_from(case: Case, depot: int, stops: Indices) -> Roads:
    """Return the roads among a depot and some of its sites, all by position in the case's sites."""
    out_km, out_hours = _lanes(case, depot, stops)
    places = np.concatenate([[depot], stops]).astype(np.int64)
    lat, lon = case.sites.lat[places], case.sites.lon[places]
    straight = great_circle_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    detour = _median_ratio(out_km, straight[0, 1:], DETOUR)
    out_km = np.where(np.isnan(out_km), straight[0, 1:] * detour, out_km)
    speed = _median_ratio(out_km, out_hours, SPEED_KMH)
    km = straight * detour
    through = np.concatenate([[0.0], out_km])
    km = np.where(np.isnan(km), through[:, None] + through[None, :], km)
    km[0, 1:], km[1:, 0] = out_km, out_km
    np.fill_diagonal(km, 0.0)
    minutes = km * (60 / speed)
    said = np.where(np.isnan(out_hours), minutes[0, 1:], out_hours * 60)
    minutes[0, 1:], minutes[1:, 0] = said, said
    return Roads(km=km, minutes=minutes, reached=~np.isnan(out_km))


def _lanes(case: Case, depot: int, stops: Indices) -> tuple[Floats, Floats]:
    """Return km and hours of the lanes from a depot to some sites, nan where not said."""
    lanes = case.lanes
    own = np.flatnonzero(lanes.depot == depot)
    at = np.searchsorted(lanes.site[own], stops)
    row = own[np.minimum(at, len(own) - 1)] if len(own) else np.zeros(len(stops), dtype=np.int64)
    found = (lanes.site[row] == stops) if len(own) else np.zeros(len(stops), dtype=bool)
    return np.where(found, lanes.km[row], np.nan), np.where(found, lanes.hours[row], np.nan)


def _median_ratio(above: Floats, below: Floats, otherwise: float) -> float:
    """Return the median of above ÷ below where both are known and more than nothing."""
    known = (above > 0) & (below > 0)
    return float(np.median(above[known] / below[known])) if known.any() else otherwise

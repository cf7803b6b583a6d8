"""A plan's stops on a map without tiles: depots, sites, and a line for each stop, as wide as what it carries."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from allocator.sentence import Sentence, say
from data.pictures_drawing import GREY, INK, Drawing, fitted

__all__ = ["Place", "Stop", "lanes_picture"]

_WIDTH, _HEIGHT_MOST, _EDGE, _HEAD = 720.0, 560.0, 30.0, 48.0
_DEPOT, _SITE, _ROAD = "#0B4F8A", "#1F6F43", "#7A93AB"
_NAMED_MOST = 25
_WIDEST = 4.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """A depot or a site on the map, in degrees; `label`: what it is called."""

    lat: float
    lon: float
    label: str
    depot: bool


@dataclass(frozen=True, kw_only=True)
class Stop:
    """What goes from a depot to a site, by their codes; `kg`: its weight."""

    depot: str
    site: str
    kg: float


def lanes_picture(
    places: Mapping[str, Place], stops: Sequence[Stop], *, title: str, lang: str, word: Callable[[Sentence], str]
) -> Drawing | None:
    """Return the map of the stops whose both ends are placed; None where there is none."""
    drawn = [stop for stop in stops if stop.depot in places and stop.site in places]
    if not drawn:
        return None
    used = {code: places[code] for stop in drawn for code in (stop.depot, stop.site)}
    put, height = _projection(list(used.values()))
    about = word(
        say("{stops:,} stops at {sites:,} sites; depots are squares, the wider a line the more it carries.",
            stops=len(drawn), sites=len({stop.site for stop in drawn}))
    )  # fmt: skip
    picture = Drawing(width=_WIDTH, height=height, title=title, about=about, name="lanes", lang=lang)
    picture.text(_EDGE, 20, title, size=14, bold=True)
    picture.text(_EDGE, 36, about, size=10, fill=GREY)
    most = max((stop.kg for stop in drawn if stop.kg == stop.kg), default=0.0) or 1.0
    for stop in drawn:
        share = 0.0 if math.isnan(stop.kg) else stop.kg / most
        ends = [put(used[stop.depot]), put(used[stop.site])]
        picture.line(ends, _ROAD, width=round(0.8 + _WIDEST * share, 1))
    _mark(picture, used, put)
    return picture


def _mark(picture: Drawing, used: Mapping[str, Place], put: Callable[[Place], tuple[float, float]]) -> None:
    """Mark the places, sites below depots; they are named where there are few enough to read."""
    few = len(used) <= _NAMED_MOST
    for place in sorted(used.values(), key=lambda each: (each.depot, each.label)):
        x, y = put(place)
        if place.depot:
            picture.rect(x - 6, y - 6, 12, 12, _DEPOT, stroke="#FFFFFF")
        else:
            picture.circle(x, y, 3.5, _SITE, stroke="#FFFFFF")
        if place.depot or few:
            left = x > _WIDTH * 0.75
            label = fitted(place.label, 160, 10)
            picture.text(x + (-9 if left else 9), y + 4, label, anchor="end" if left else "start", bold=place.depot,
                         fill=INK)  # fmt: skip


def _projection(places: Sequence[Place]) -> tuple[Callable[[Place], tuple[float, float]], float]:
    """Return where a place lies on the picture, and how high that is: degrees of longitude shrink with latitude."""
    lats, lons = [each.lat for each in places], [each.lon for each in places]
    shrunk = max(0.1, math.cos(math.radians((min(lats) + max(lats)) / 2)))
    wide, high = max((max(lons) - min(lons)) * shrunk, 1e-6), max(max(lats) - min(lats), 1e-6)
    scale = min((_WIDTH - 2 * _EDGE) / wide, (_HEIGHT_MOST - _HEAD - 2 * _EDGE) / high)
    left = (_WIDTH - wide * scale) / 2

    def put(place: Place) -> tuple[float, float]:
        x = left + (place.lon - min(lons)) * shrunk * scale
        return x, _HEAD + _EDGE + (max(lats) - place.lat) * scale

    return put, _HEAD + 2 * _EDGE + high * scale

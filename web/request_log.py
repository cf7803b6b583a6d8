"""One line for each request on standard error, for machines or for people, and where a fault of our own came from.

Nobody is told of: no ids, names or addresses of people, no values of an address or a form, no token. Of a fault only
its kind and the places in the program are told, for what it says may repeat what was typed.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from data.serve_settings import LogKind
from web.observed import Asked

__all__ = ["JsonLines", "request_log"]

_HERE = Path(__file__).parents[1]
_PLACES = 12


def request_log(kind: LogKind, stream: TextIO | None = None) -> Callable[[Asked], None]:
    """Return what writes a line for each request; of faults also where nothing else is told ("none")."""

    def tell(asked: Asked) -> None:
        line = _LINES[kind](asked)
        if line:
            # In one piece: several processes share the stream.
            (stream or sys.stderr).write(f"{line}\n")
            (stream or sys.stderr).flush()

    return tell


class JsonLines(logging.Formatter):
    """Writes what a library's log says as a line like those of requests; of a fault its kind and places alone."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        error = record.exc_info[1] if record.exc_info else None
        fault = {"error": type(error).__name__, "at": _places(error)} if error else {}
        # Its first line: where a fault is told, what follows repeats what was typed.
        says = record.getMessage().strip().partition("\n")[0]
        return json.dumps({"time": _now(), "level": record.levelname.lower(), "says": says, **fault})


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _json(asked: Asked) -> str:
    fault = {"error": type(asked.failed).__name__, "at": _places(asked.failed)} if asked.failed else {}
    return json.dumps(
        {
            "time": _now(),
            "id": asked.number,
            "method": asked.method,
            "route": asked.route,
            "status": asked.status,
            "ms": round(asked.seconds * 1000, 1),
            **fault,
        }
    )


def _text(asked: Asked) -> str:
    at = dt.datetime.now(dt.UTC).strftime("%H:%M:%S")
    route = asked.route or "-"
    line = f"{at} {asked.number} {asked.status} {asked.seconds * 1000:7.1f} ms {asked.method} {route}"
    return "\n".join(filter(None, (line, _fault(asked))))


def _fault(asked: Asked) -> str:
    if asked.failed is None:
        return ""
    places = "\n".join(f"    {place}" for place in _places(asked.failed))
    return f"{asked.number} {type(asked.failed).__name__} at\n{places}"


def _places(error: BaseException | None) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__ if error else None)[-_PLACES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(file: str) -> str:
    path = Path(file)
    return path.relative_to(_HERE).as_posix() if path.is_relative_to(_HERE) else "/".join(path.parts[-2:])


_LINES: dict[LogKind, Callable[[Asked], str]] = {"json": _json, "text": _text, "none": _fault}

"""Write docs/rights.md from the one table of rights, from what commands declare, and from what pages ask."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from fastapi import FastAPI
from fastapi.routing import APIRoute

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cli import root
from commands.grammar import SpokenCommand
from data.serve_settings import ServeSettings
from models.import_rights import RIGHT_OF_KIND
from models.ledger import create
from models.people import ROLES
from models.rights import RIGHTS
from web.app import make_app

PAGE = Path(__file__).with_name("rights.md")

HEAD = """\
# Who may do what

Made from `models/rights.py`, from the commands and from the pages by `make docs`; a test compares the two.

A role is held in an area and all that lies in it, or everywhere (`allocator user add`, `allocator user role`). What
lies outside is not refused: it is not there. What concerns every area (the policy, items, recalls) takes the role
everywhere. Where nobody is defined there is one local administrator with all rights.

On the command line whoever writes says who they are (`--actor`), and is asked for the right of the command. Reading
is another matter: who can open the ledger's file, or sign in to its database, can read all of it with any tool. So
commands that only read need nobody named, and then show everything. Named with `--actor`, a person is asked for the
right, and a site beyond their areas that is named is not there (of `allocator stock`, every such site). To let
people see their own area and nothing else, give them the pages (`allocator serve`), and the ledger's file to
nobody.

A program shows the API a token: `allocator user token ben --name warehouse --scope see-stock --days 90 --actor ann`
prints it, once; it is sent as `Authorization: Bearer TOKEN`. It is for the named rights of that person, never for more
than the person has, and ends with its days, with `--revoke`, and when the person is disabled (not with a new
password). A wrong or ended one is answered with 401. What a session writes under `/api` carries the token of its forms
in the header `X-Form-Token`; with a token no cookie is looked at.
"""


def page() -> str:
    """Return the whole page."""
    commands = _by_right((name, made.right) for name, made in _commands() if made.right)
    routes = _by_right((f"{method} {path}", right) for method, path, rights in routes_asked() for right in rights)
    kinds = _by_right(RIGHT_OF_KIND.items())
    parts = [
        HEAD,
        "## Rights and roles",
        "",
        f"| right | may | {' | '.join(ROLES)} |",
        "|---|---|" + "---|" * len(ROLES),
    ]
    for right in RIGHTS.values():
        marks = " | ".join("yes" if role in right.roles else "" for role in ROLES)
        parts.append(f"| `{right.name}` | {right.says} | {marks} |")
    parts += [
        "",
        "## What asks them",
        "",
        "| right | commands | tables of `import` | pages and API |",
        "|---|---|---|---|",
    ]
    for name in RIGHTS:
        parts.append(f"| `{name}` | {_list(commands, name)} | {_list(kinds, name)} | {_list(routes, name)} |")
    parts += [
        "",
        "`user password`, `user token` take `change-people`, or are one's own; `user list`, `serve` nothing.",
        "What is one's own asks only that one has signed in: " + _without(own=True),
        "",
        "These addresses ask nothing: " + _without(own=False),
        "",
    ]
    return "\n".join(parts)


def _without(*, own: bool) -> str:
    """List the addresses that ask no right; `own`: those of whoever has signed in, else those of anybody."""
    found = [(method, path) for method, path, rights in routes_asked() if not rights]
    return (
        ", ".join(
            f"`{method} {path}`"
            for method, path in found
            if (path.split("?")[0].endswith("/me") or "/me/" in path) == own
        )
        + "."
    )


def _by_right(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for what, right in pairs:
        found.setdefault(right, []).append(what)
    return found


def _list(found: dict[str, list[str]], right: str) -> str:
    return ", ".join(f"`{each}`" for each in found.get(right, []))


def _commands() -> Iterator[tuple[str, SpokenCommand]]:
    for name in root.entries:
        made = root.get_command(click.Context(root), name)
        if made is not None:
            yield from _within(name, made)


def _within(name: str, made: click.Command) -> Iterator[tuple[str, SpokenCommand]]:
    if isinstance(made, SpokenCommand):
        yield name, made
    for each, inner in made.commands.items() if isinstance(made, click.Group) else ():
        yield from _within(f"{name} {each}", inner)


@functools.cache
def application() -> FastAPI:
    """Return an application over an empty ledger, to ask what it has; it answers nothing."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'ledger.sqlite'}"
        create(url, name="rights").engine.dispose()
        app = make_app(ServeSettings(db=url)).app.app
        assert isinstance(app, FastAPI)  # noqa: S101 - what observes and the guard stand before it
        app.state.ledger.engine.dispose()
    return app


@functools.cache
def routes_asked() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return every route of an application: method, path, and the rights it asks."""
    found = [
        (method, route.path, rights_asked(route.endpoint))
        for route in api_routes(application())
        for method in sorted(route.methods)
    ]
    return sorted(found, key=lambda each: (each[1], each[0]))


def api_routes(router: Any) -> Iterator[APIRoute]:
    """Return every page and call of an application, those of the routers it includes among them."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from api_routes(route.original_router)


def rights_asked(endpoint: Callable[..., Any]) -> tuple[str, ...]:
    """Return the rights that an endpoint asks of its visitor, itself or in the functions of web/ that it calls.

    What `visitor_with(request, RIGHT)` is called with is read in the source, so that it need not be written twice.
    """
    return tuple(dict.fromkeys(_asked(inspect.unwrap(endpoint), {}, set())))


def _asked(function: Callable[..., Any], given: dict[str, Any], seen: set[Any]) -> Iterator[str]:
    """Give the rights asked by a function. `given`: what its caller gives it, as far as the source tells."""
    if (function, tuple(map(str, given.values()))) in seen:
        return
    seen.add((function, tuple(map(str, given.values()))))
    known = {**getattr(function, "__globals__", {}), **inspect.getclosurevars(function).nonlocals, **given}
    for call in _calls_in(function):
        called = _value(call.func, known)
        if getattr(called, "__name__", "") == "visitor_with":
            yield str(_value(call.args[1], known))
        elif inspect.isfunction(called) and called.__module__.startswith("web."):
            yield from _asked(called, _given(called, call, known), seen)


@functools.cache
def _calls_in(function: Callable[..., Any]) -> list[ast.Call]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _given(function: Callable[..., Any], call: ast.Call, known: dict[str, Any]) -> dict[str, Any]:
    """Return what a call gives a function, with its defaults."""
    takes = inspect.signature(function).parameters
    found = {name: each.default for name, each in takes.items() if each.default is not inspect.Parameter.empty}
    found |= {name: _value(node, known) for name, node in zip(takes, call.args, strict=False)}
    return found | {each.arg: _value(each.value, known) for each in call.keywords if each.arg}


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    """Return what a name or a text of the source stands for, None where only running it would tell."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_value(node.value, known), node.attr, None)
    return None


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

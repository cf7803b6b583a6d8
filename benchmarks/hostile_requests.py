"""Requests that no browser sends: every page, form and call of the API, with values, bodies and headers spoilt."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_from_bytes

from benchmarks.hostile_server import Served
from benchmarks.hostile_values import FORMULAS, PATHS, hostile, hostile_number

__all__ = ["Form", "Route", "forms_of", "requests", "routes_of"]

Made = tuple[str, bytes]
"""What a request is, in a few words, and its bytes."""

_SOUND: Mapping[str, Sequence[str]] = {
    "code": ("MASK", "D1"), "ending": (".csv", ".xlsx"), "number": ("1", "8", "PO-1", "F-0000000"), "id_": ("1", "wu"), "name": ("P2020-02-12-1",),
    "step": ("review", "ship", "disable"), "kind": ("count", "receipts"), "site": ("D1", "P1"), "item": ("MASK", "SUIT"),
}  # fmt: skip
_HIDDEN = "form"
_ENDS = re.compile(r"^/sign-out|^/me/|/people/lin\b")
"""Where it would end that somebody is signed in, and nothing more was tried."""
_LOOKED_AFTER = 100
_FORM = re.compile(r'<form[^>]*?action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_POSTS = re.compile(r'<form[^>]*?method="post"', re.IGNORECASE)
_FIELD = re.compile(r"<(?:input|select|textarea|button)\b[^>]*?name=\"([^\"]+)\"[^>]*>")
_VALUE = re.compile(r'value="([^"]*)"')
_LINK = re.compile(r'href="(/[^"#]*)"')


@dataclass(frozen=True)
class Route:
    """One way to ask: a method, an address with names in braces, names of what may be asked in it, a sound body."""

    method: str
    path: str
    query: tuple[str, ...] = ()
    body: Any = None


@dataclass(frozen=True)
class Form:
    """A form of a page: where it is sent, its fields with the values that they have, whether it carries files."""

    action: str
    fields: tuple[tuple[str, str], ...]
    has_file: bool


def routes_of(server: Served) -> tuple[Route, ...]:
    """Return every call of the API as it describes itself."""
    described = json.loads(server.ask(_get(server, "/api/v1/openapi.json")).body)
    found = []
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            asked = [each["name"] for each in call.get("parameters", ()) if each["in"] == "query"]
            content = call.get("requestBody", {}).get("content", {})
            schema = next((each.get("schema") for each in content.values()), None)
            body = None if schema is None else _example(schema, described, 0)
            found.append(Route(method.upper(), path, tuple(asked), body))
    return tuple(found)


def _example(schema: Mapping[str, Any], whole: Mapping[str, Any], depth: int) -> Any:
    """Return something that a schema allows, roughly."""
    if "$ref" in schema:
        return _example(whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]], whole, depth + 1)
    for many in ("anyOf", "oneOf", "allOf"):
        if many in schema:
            return _example(schema[many][0], whole, depth + 1)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object":
        return {
            name: _example(each, whole, depth + 1) for name, each in schema.get("properties", {}).items() if depth < 6
        }
    if kind == "array":
        return [_example(schema.get("items", {}), whole, depth + 1)]
    return {"integer": 1, "number": 1, "boolean": True, "string": "MASK"}.get(str(kind))


def forms_of(server: Served, most: int = 120) -> tuple[tuple[Form, ...], tuple[str, ...]]:
    """Follow the links of the pages, and return their forms and the addresses that were found."""
    waiting, seen, forms = (
        ["/today", "/me", "/stock", "/reports", "/sign-in"],
        set[str](),
        dict[tuple[str, frozenset[str]], Form](),
    )
    shapes: dict[str, int] = {}
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        shape = re.sub(r"[0-9A-Z][0-9A-Z-]*(?=[/?]|$)|=[^&]*", "*", address)
        if address in seen or shapes.get(shape, 0) > 1 or address.startswith(("/static", "/api", "/sign-out")):
            continue
        seen.add(address)
        shapes[shape] = shapes.get(shape, 0) + 1
        page = server.ask(_get(server, address)).body.decode(errors="replace")
        for form in _forms_in(page, address):
            if _ENDS.search(form.action):
                continue
            forms.setdefault((re.sub(r"\d+", "*", form.action), frozenset(name for name, _ in form.fields)), form)
        waiting += [html.unescape(each) for each in _LINK.findall(page)]
    return tuple(forms.values()), tuple(sorted(seen))


def _forms_in(page: str, address: str) -> Iterator[Form]:
    for whole in _FORM.finditer(page):
        if not _POSTS.match(whole[0]):
            continue
        fields = []
        for each in _FIELD.finditer(whole[2]):
            value = _VALUE.search(each[0])
            fields.append((each[1], html.unescape(value[1]) if value else ""))
        yield Form(html.unescape(whole[1]) or address, tuple(fields), 'type="file"' in whole[2])


def _get(server: Served, address: str) -> bytes:
    return _head(server, "GET", address) + b"\r\n"


def _head(server: Served, method: str, address: str, *, program: bool = False) -> bytes:
    host = f"127.0.0.1:{server.port}"
    who = f"Authorization: Bearer {server.token}" if program else f"Cookie: {server.cookie}"
    return f"{method} {address} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n{who}\r\n".encode()


def requests(server: Served, seeds: range) -> Iterator[Made]:
    """Give requests, each by its seed: forms, calls, pages, uploads."""
    routes, (forms, pages) = routes_of(server), forms_of(server)
    ways: tuple[Callable[[random.Random], Made], ...] = (
        lambda rng: _form(rng, server, rng.choice(forms)),
        lambda rng: _call(rng, server, rng.choice(routes)),
        lambda rng: _form(rng, server, rng.choice(forms)),
        lambda rng: _call(rng, server, rng.choice(routes)),
        lambda rng: _page(rng, server, rng.choice(pages)),
    )
    for seed in seeds:
        if seed % _LOOKED_AFTER == 0:
            server.stay_signed_in()
        rng = random.Random(seed)
        name, request = ways[seed % len(ways)](rng)
        yield f"{seed} {name}", _with_odd_headers(rng, request) if rng.random() < 0.08 else request


_ODD = (b"Origin: http://[", b"Origin: null", b"Origin: \xff", b"Accept-Language: " + b"zh,en;q=" * 4_000, b"Accept-Language: \xff;q=x", b"Sec-Fetch-Site: x",
        b"X-Forwarded-For: ${jndi:ldap://127.0.0.1:1/a}", b"X-Forwarded-Proto: \x00", b"Cookie: session=\xff\xfe; lang=\xff", b"Cookie: " + b"a=b; " * 3_000,
        b"User-Agent: x\x1b[31m", b"If-None-Match: " + b'"x",' * 3_000, b"Range: bytes=0-,1-,2-,-1", b"Authorization: Bearer \xff", b"Idempotency-Key: \xff" + b"y" * 5_000,
        b"X-Form-Token: \xe9", b"Accept: " + b"x/y," * 4_000, b"Content-Encoding: gzip", b"Expect: 100-continue", b"If-Modified-Since: 0", b"Referer: \xff",
        b"X-HTTP-Method-Override: DELETE")  # fmt: skip


def _with_odd_headers(rng: random.Random, request: bytes) -> bytes:
    """Return the request with one more header, put before those that it has."""
    first, _, rest = request.partition(b"\r\n")
    return first + b"\r\n" + rng.choice(_ODD) + b"\r\n" + rest


def _text(rng: random.Random) -> str:
    return hostile_number(rng) if rng.random() < 0.25 else hostile(rng) if rng.random() < 0.97 else "x" * 1_000_000


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _form(rng: random.Random, server: Served, form: Form) -> Made:
    """A form with some fields spoilt, sent in some form."""
    fields = [(name, server.form if name == _HIDDEN else value) for name, value in form.fields]
    for _ in range(rng.choice((1, 1, 2, 4))):
        if not fields:
            break
        at = rng.randrange(len(fields))
        name, value = fields[at]
        way = rng.random()
        if name == _HIDDEN and rng.random() < 0.8:
            continue
        if way < 0.75:
            fields[at] = (name, _text(rng))
        elif way < 0.83:
            del fields[at]
        elif way < 0.91:
            fields.insert(at, (name, _text(rng)))
        else:
            fields[at] = (_text(rng)[:5_000], value)
    if rng.random() < 0.01:
        fields += [(f"x{n}", "y") for n in range(rng.choice((1_001, 20_000)))]
    address = _mutated_address(rng, form.action) if rng.random() < 0.1 else quote(form.action, safe="/?&=%.:-_~")
    if form.has_file or rng.random() < 0.15:
        return f"multipart {form.action}", _multipart(rng, server, address, fields)
    body = b"&".join(
        quote_from_bytes(_bytes(name)).encode() + b"=" + quote_from_bytes(_bytes(value)).encode()
        for name, value in fields
    )
    kind = b"application/x-www-form-urlencoded"
    if rng.random() < 0.06:
        kind = rng.choice(
            (
                b"application/json",
                b"text/plain",
                b"multipart/form-data",
                b"",
                b"application/x-www-form-urlencoded; charset=utf-7",
                b"\xff",
            )
        )
    if rng.random() < 0.04:
        body = rng.randbytes(rng.choice((1, 100, 10_000)))
    return f"form {form.action}", _with_body(server, "POST", address, kind, body)


def _with_body(server: Served, method: str, address: str, kind: bytes, body: bytes, *, program: bool = False) -> bytes:
    more = b"Content-Type: " + kind + b"\r\nContent-Length: " + str(len(body)).encode()
    key = f"\r\nIdempotency-Key: k{hash(body) & 0xFFFFFFFF}" if program else ""
    return _head(server, method, address, program=program) + more + key.encode() + b"\r\n\r\n" + body


_NAMES = (
    b"a.xlsx",
    b"a.csv",
    b"receipts.csv",
    b"../../etc/passwd",
    b"..%2f..%2fetc",
    b"C:\\x.csv",
    b"\xff\xfe.csv",
    b"a\x00b.csv",
    b"x" * 4_000 + b".csv",
    b"",
)


def _multipart(rng: random.Random, server: Served, address: str, fields: Sequence[tuple[str, str]]) -> bytes:
    """The same in parts, with files among them, sometimes not closed, without names, nested or far too many."""
    mark = rng.choice((b"x", b"-" * 60, b"a b", b"\xff", b"x" * 300, b""))
    parts = [
        b'Content-Disposition: form-data; name="' + _bytes(name) + b'"\r\n\r\n' + _bytes(value)
        for name, value in fields
    ]
    name = rng.choice((*_NAMES, *(each.encode("utf-8", "replace") for each in PATHS)))
    content = rng.choice((b"", b"number,date,from,site,item,units\n1,2020-02-10,S1,D1,MASK,=1+1\n", rng.randbytes(500), b"PK\x03\x04" + rng.randbytes(90),
                          b"[" * 100_000, rng.choice(FORMULAS).encode()))  # fmt: skip
    parts.append(
        b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\nContent-Type: x/y\r\n\r\n' + content
    )
    if rng.random() < 0.05:
        parts += [b'Content-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\nx'] * rng.choice((2, 1_100))
    if rng.random() < 0.1:
        parts.append(
            rng.choice(
                (
                    b"",
                    b"\r\n",
                    b"Content-Disposition: form-data\r\n\r\nx",
                    b"X: " + b"y" * 20_000 + b"\r\n\r\n",
                    rng.randbytes(40),
                )
            )
        )
    body = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
    body += rng.choice((b"--" + mark + b"--\r\n", b"--" + mark + b"--\r\n", b"", b"--" + mark, rng.randbytes(5)))
    said = rng.choice((mark, mark, mark, mark, b"other"))
    return _with_body(server, "POST", address, b"multipart/form-data; boundary=" + said, body)


def _mutated_address(rng: random.Random, path: str) -> str:
    parts = path.split("/")
    at = rng.randrange(len(parts))
    parts[at] = rng.choice(PATHS)[:2_000] if rng.random() < 0.5 else _text(rng)[:2_000]
    return (
        quote("/".join(parts) or "/", safe="/?&=%.", errors="surrogatepass")
        if parts[0] == ""
        else "/" + quote("/".join(parts), errors="surrogatepass")
    )


def _page(rng: random.Random, server: Served, page: str) -> Made:
    """A page with what is asked in its address spoilt."""
    path, _, query = page.partition("?")
    names = [each.partition("=")[0] for each in query.split("&") if each]
    names += rng.sample(
        (
            "site",
            "item",
            "lot",
            "as_of",
            "known_at",
            "date",
            "page",
            "q",
            "what",
            "of",
            "kind",
            "state",
            "since",
            "to",
            "after",
            "area",
            "rows",
        ),
        3,
    )
    asked = "&".join(f"{quote(name)}={quote(_text(rng)[:3_000], errors='surrogatepass', safe='')}" for name in names)
    if rng.random() < 0.3:
        path = _mutated_address(rng, path)
    elif rng.random() < 0.2:
        path += rng.choice((".csv", ".xlsx", ".pdf", ".svg", "/", "//", "/..", "%00", ".", ";x", "%0d%0aX-Y:%20z"))
    return f"page {page}", _head(
        server, rng.choice(("GET", "GET", "GET", "HEAD", "POST", "PUT", "XYZ")), f"{path}?{asked}"
    ) + b"Content-Length: 0\r\n\r\n"


def _call(rng: random.Random, server: Served, route: Route) -> Made:
    """A call of the API: values in its address, what is asked and its body spoilt."""

    def value(name: str) -> str:
        return rng.choice(_SOUND.get(name, ("MASK", "1", "2020-02-10"))) if rng.random() < 0.6 else _text(rng)[:3_000]

    path = re.sub(r"{(\w+)}", lambda found: quote(value(found[1]), safe="", errors="surrogatepass"), route.path)
    asked = [name for name in route.query if rng.random() < 0.4]
    query = "&".join(f"{name}={quote(value(name), safe='', errors='surrogatepass')}" for name in asked)
    address = f"{path}?{query}" if query else path
    if route.body is None:
        return f"{route.method} {route.path}", _head(
            server, route.method, address, program=True
        ) + b"Content-Length: 0\r\n\r\n"
    body = json.dumps(_spoilt(rng, route.body, rng.choice((0.1, 0.3))), ensure_ascii=rng.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )
    if rng.random() < 0.08:
        body = rng.choice(
            (
                b"[" * 100_000,
                b'{"a":' * 50_000,
                b"1" * 10_000,
                b"1e400",
                b"NaN",
                b'{"a":1,"a":2}',
                b"\xff\xfe",
                b"",
                b'"\\ud800"',
                b"null",
                b"x" * 300_000,
            )
        )
    kind = b"application/json" if rng.random() < 0.95 else b"text/plain"
    return f"{route.method} {route.path}", _with_body(server, route.method, address, kind, body, program=True)


def _spoilt(rng: random.Random, value: Any, share: float) -> Any:
    if rng.random() < share:
        return rng.choice(
            (None, True, -1, 10**30, 1e308, [], {}, [[]], "", _text(rng), float("nan"), [0] * 2_000, {"x": {"y": []}})
        )
    if isinstance(value, dict):
        return {name: _spoilt(rng, each, share) for name, each in value.items() if rng.random() > share / 3}
    if isinstance(value, list):
        return [_spoilt(rng, each, share) for each in value]
    return rng.choice(("MASK", "D1", "P1", "S1", "2020-02-10", 1, value, value))

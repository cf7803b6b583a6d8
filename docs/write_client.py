"""Write the calls of the Python client from the description of the API, below what in its file is written by hand."""

from __future__ import annotations

import keyword
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

CLIENT = Path(__file__).resolve().parent.parent / "web" / "static" / "allocator_client.py"
MARK = "# Below this line docs/write_client.py writes"

Schema = dict[str, Any]

_PLAIN = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
}
_REFUSED = 400
_CLIENT = """\
class Client(_Asking):
    \"""Asks the API of a server with a token, which `allocator user token` makes.\"""
"""


@dataclass(frozen=True)
class Parameter:
    """Something a call takes. `sent_as`: its name there; `place`: path, query or body."""

    sent_as: str
    place: str
    schema: Schema
    needed: bool

    @property
    def name(self) -> str:
        """Its name in Python."""
        name = self.sent_as.replace("-", "_")
        return f"{name}_" if keyword.iskeyword(name) else name

    @property
    def typed(self) -> str:
        """It, with its type and default, in the head of a method. A day may be given as one."""
        kind = kind_of(self.schema)
        kind = re.sub(r"\bstr\b", "Day", kind) if "'date'" in repr(self.schema) else kind
        kind = kind.replace("list[", "Sequence[")
        if self.needed or self.place == "path":
            return f"{self.name}: {kind}"
        default = self.schema.get("default")
        default = () if default == [] else default  # a list would be shared by all who call
        return f"{self.name}: {kind}{' | None' if default is None and 'None' not in kind else ''} = {default!r}"


@dataclass(frozen=True)
class Call:
    """A call of the API. `schemas`: every model of its description."""

    method: str
    path: str
    told: Schema
    schemas: dict[str, Schema]

    @cached_property
    def sends(self) -> tuple[str, Schema]:
        """How what is sent is written, and its model: of one field where the whole of it is one thing."""
        for kind, content in self.told.get("requestBody", {}).get("content", {}).items():
            schema = whole(content["schema"], self.schemas)
            if "properties" in schema:
                return kind, schema
            name, of = ("body", schema) if kind == "application/json" else ("content", {"format": "binary"})
            return kind, {"properties": {name: of}, "required": [name]}
        return "", {}

    @cached_property
    def returns(self) -> str:
        """The type of the answer: a model, a file's bytes, or nothing."""
        done = [each.get("content", {}) for status, each in self.told["responses"].items() if int(status) < _REFUSED]
        if "application/json" in done[0]:
            return kind_of(done[0]["application/json"]["schema"])
        return "bytes" if done[0] else "None"

    @cached_property
    def takes(self) -> list[Parameter]:
        """All that it takes: the steps of its address, then by name what must be given, then what may be."""
        found = [
            Parameter(each["name"], each["in"], each["schema"], each.get("required", False))
            for each in self.told.get("parameters", ())
            if each["in"] != "header"
        ]
        _, body = self.sends
        for name, schema in body.get("properties", {}).items():
            found.append(Parameter(name, "body", schema, name in body.get("required", ())))
        return sorted(found, key=lambda each: (each.place != "path", "=" in each.typed))

    @property
    def says(self) -> str:
        """What it does."""
        return sentence(self.told, self.told["summary"])


def written(description: Schema, before: str) -> str:
    """Return the whole file; of what it is now, `before`, the part that is written by hand stays."""
    head, mark, rest = before.partition(MARK)
    if not mark:
        raise ValueError(f"{CLIENT} has lost its line: {MARK}")
    schemas = description["components"]["schemas"]
    calls = [
        Call(method.upper(), path, told, schemas)
        for path, methods in description["paths"].items()
        for method, told in methods.items()
    ]
    models = [model(name, schemas[name]) for name in sorted(known_to(calls))]
    head += mark + rest.partition("\n")[0]
    parts = [head, *models, _CLIENT, *(text for each in calls for text in methods(each))]
    return formatted("\n\n".join(parts) + "\n")


def known_to(calls: list[Call]) -> set[str]:
    """Return the models that answers hold, and those within what is sent."""
    waiting: list[Any] = [
        answer for each in calls for status, answer in each.told["responses"].items() if int(status) < _REFUSED
    ]
    waiting += [each.sends[1].get("properties") for each in calls]
    found: set[str] = set()
    while waiting:
        for name in re.findall(r"#/components/schemas/([^']+)'", repr(waiting.pop())):
            if name not in found:
                found.add(name)
                waiting.append(calls[0].schemas[name])
    return found


def model(name: str, schema: Schema) -> str:
    """Return a model as a TypedDict."""
    if "properties" not in schema:
        return f"{name} = {kind_of(schema)}\n"
    lines = [f"class {name}(TypedDict):", f'    """{sentence(schema, name)}"""', ""]
    for field, each in schema["properties"].items():
        kind = kind_of(each)
        lines.append(f"    {field}: {kind if field in schema.get('required', ()) else f'NotRequired[{kind}]'}")
    return "\n".join(lines) + "\n"


def methods(call: Call) -> Iterator[str]:
    """Give a call as a method, and where it gives a list page by page one more that turns the pages."""
    takes = [*call.takes]
    key = ["key: str | None = None"] if call.method != "GET" else []
    given = ", ".join([f'"{call.method}"', address(call), *sent(call), *(["key=key"] if key else [])])
    answer = "" if call.returns == "None" else f"answer: {call.returns} = "
    yield (
        f"    def {call.told['operationId']}({head(takes, *key)}) -> {call.returns}:\n"
        f'        """{call.says}"""\n'
        f"        {answer}self._ask({given})\n" + ("        return answer\n" if answer else "")
    )
    page = call.schemas.get(call.returns, {}).get("properties", {})
    rows = [field for field, each in page.items() if each.get("type") == "array" and "$ref" in each.get("items", {})]
    if "next" in page and rows and any(each.name == "cursor" for each in takes):
        yield turning(call, rows[0], kind_of(page[rows[0]]["items"]))


def turning(call: Call, rows: str, kind: str) -> str:
    """Return the method that gives every row of a list."""
    name, takes = call.told["operationId"], [each for each in call.takes if each.name != "cursor"]
    given = ", ".join(each.name if each.place == "path" else f"{each.name}={each.name}" for each in takes)
    return (
        f"    def each_{name}({head(takes)}) -> Iterator[{kind}]:\n"
        f'        """Give every row of `{name}`, turning its pages."""\n'
        '        cursor: str | None = ""\n'
        "        while cursor is not None:\n"
        f"            answer = self.{name}({given}{', ' if given else ''}cursor=cursor)\n"
        f'            yield from answer["{rows}"]\n'
        '            cursor = answer["next"]\n'
    )


def head(takes: list[Parameter], *more: str) -> str:
    """Return what stands in the head of a method."""
    steps = [each.typed for each in takes if each.place == "path"]
    named = sorted([*(each.typed for each in takes if each.place != "path"), *more], key=lambda each: "=" in each)
    return ", ".join(["self", *steps, *(["*", *named] if named else [])])


def address(call: Call) -> str:
    """Return the address of a call, with its steps filled in."""
    named = {each.sent_as: each.name for each in call.takes}
    text = re.sub(r"\{(\w+)\}", lambda found: f"{{_step({named[found[1]]})}}", call.path)
    return f'f"{text}"' if "{" in text else f'"{text}"'


def sent(call: Call) -> Iterator[str]:
    """Give what a call sends beside its address."""
    query = [each for each in call.takes if each.place == "query"]
    if query:
        yield f"query={fields(query)}"
    kind, _ = call.sends
    body = [each for each in call.takes if each.place == "body"]
    files = [each for each in body if "File" in kind_of(each.schema)]
    plain = [each for each in body if each not in files]
    if kind == "application/json":
        yield "json=_plain(body)" if [each.name for each in body] == ["body"] else f"json=_plain({fields(plain)})"
    elif kind == "multipart/form-data":
        yield f"files=_files({fields(files)}), data=_written({fields(plain)})"
    elif kind == "application/x-www-form-urlencoded":
        yield f"data=_written({fields(plain)})"
    elif kind:
        yield "content=content[1]"


def fields(of: list[Parameter]) -> str:
    """Return parameters as a dictionary by the names under which they are sent."""
    return "{" + ", ".join(f'"{each.sent_as}": {each.name}' for each in of) + "}"


def kind_of(schema: Schema) -> str:
    """Return the Python type of a schema."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.keys() & {"anyOf", "oneOf"}:
        return " | ".join(dict.fromkeys(kind_of(each) for each in schema.get("anyOf") or schema["oneOf"]))
    if "enum" in schema or "const" in schema:
        return f"Literal[{', '.join(repr(each) for each in schema.get('enum', [schema.get('const')]))}]"
    return "File" if "contentMediaType" in schema or schema.get("format") == "binary" else plain_kind(schema)


def plain_kind(schema: Schema) -> str:
    """Return the Python type of a schema that is neither a choice nor a reference."""
    if schema.get("type") == "array":
        return f"list[{kind_of(schema.get('items', {}))}]"
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict) and inner:
        return f"dict[str, {kind_of(inner)}]"
    return _PLAIN.get(schema.get("type", ""), "Any")


def whole(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """Return a schema in place of the reference to it."""
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def sentence(told: Schema, otherwise: str) -> str:
    """Return the first paragraph of what something says of itself."""
    first = told.get("description", "").partition("\n\n")[0].replace("\n", " ").strip() or otherwise
    return (first if first.endswith(".") else f"{first}.").replace("\\", "\\\\")


def formatted(text: str) -> str:
    """Return a source as ruff writes it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(CLIENT), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=True).stdout


def description() -> Schema:
    """Return what the API says of itself."""
    told: Schema = runpy.run_path(str(Path(__file__).with_name("write_rights.py")))["application"]().openapi()
    return told


if __name__ == "__main__":
    CLIENT.write_text(written(description(), CLIENT.read_text(encoding="utf-8")), encoding="utf-8")

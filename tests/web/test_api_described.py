"""The description of the API: every call has a name, bounds, examples, and how it is refused – whoever adds one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from docs_scripts import ROOT, loaded

DESCRIPTION = loaded(ROOT / "docs" / "write_rights.py").application().openapi()
CALLS = {
    f"{method.upper()} {path}": call
    for path, methods in DESCRIPTION["paths"].items()
    for method, call in methods.items()
}
EACH = pytest.mark.parametrize("named", CALLS)


def whole(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in place of the reference to it."""
    if "$ref" in schema:
        return DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a body may be: one of several schemas, or the one."""
    return [whole(each) for each in whole(schema).get("oneOf", [schema])]


def bodies(call: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, told in call.get("requestBody", {}).get("content", {}).items():
        yield kind, told["schema"]


def is_bounded(schema: dict[str, Any]) -> bool:
    """Say whether what a schema lets in is bounded: no text of any length, no number of any size."""
    schema = whole(schema)
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("properties", {}).values()]
    if "items" in schema:
        inner.append(schema["items"])
    return has_bound(schema) and all(is_bounded(each) for each in inner)


def has_bound(schema: dict[str, Any]) -> bool:
    if schema.keys() & {"anyOf", "oneOf", "enum", "const", "format", "contentMediaType"}:
        return True
    if schema["type"] in ("integer", "number"):
        return bool(schema.keys() & {"maximum", "exclusiveMaximum"} and schema.keys() & {"minimum", "exclusiveMinimum"})
    if schema["type"] == "object":
        return "maxProperties" in schema or not schema.get("additionalProperties")
    return {"string": "maxLength", "array": "maxItems"}.get(schema["type"], "type") in schema


def test_each_call_has_a_name_of_its_own():
    names = Counter(call["operationId"] for call in CALLS.values())

    assert [name for name, calls in names.items() if calls > 1 or not name.isidentifier()] == []


@EACH
def test_a_call_says_what_it_does_and_what_it_returns(named):
    call = CALLS[named]
    answers = {int(status): told for status, told in call["responses"].items()}
    done = [told for status, told in answers.items() if status < 300]

    assert (bool(call["tags"]), bool(call["summary"]), bool(call["description"]), len(done)) == (True, True, True, 1)
    for kind, told in done[0].get("content", {}).items():
        assert kind != "application/json" or told["schema"], "declare a model: response_model=…"
    for status, told in answers.items():
        if status >= 400:
            assert list(told["content"]) == ["application/problem+json"], status


@EACH
def test_nothing_of_any_size_comes_in(named):
    """Bounds stand in web/api_parameters.py for what many calls take, else in Field(max_length=…, ge=…, le=…)."""
    call = CALLS[named]
    wide = [each["name"] for each in call.get("parameters", ()) if not is_bounded(each["schema"])]
    wide += [
        name
        for _, schema in bodies(call)
        for one in alternatives(schema)
        for name, each in one.get("properties", {}).items()
        if not is_bounded(each)
    ]
    wide += [kind for kind, schema in bodies(call) if not is_bounded(schema)]

    assert wide == []


@EACH
def test_what_is_sent_is_shown_by_an_example_that_fits(named):
    """Give the model one: `model_config = example(site="P1", units=5)`, of web/api_parameters.py."""
    for kind, schema in bodies(CALLS[named]):
        if kind != "application/json":
            continue
        examples = whole(schema).get("examples", [])
        told = {**schema, "components": DESCRIPTION["components"]}

        assert examples, f"{schema} has no example"
        assert [str(fault) for each in examples for fault in jsonschema_rs.validator_for(told).iter_errors(each)] == []


@EACH
def test_what_is_given_a_page_at_a_time_is_asked_for_with_limit_and_cursor(named):
    call = CALLS[named]
    names = {each["name"] for each in call.get("parameters", ())}
    answer = call["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})

    assert "next" not in whole(answer).get("properties", {}) or {"limit", "cursor"} <= names


@EACH
def test_a_change_takes_a_key_under_which_it_is_made_once(named):
    taken = {each["name"] for each in CALLS[named].get("parameters", ()) if each["in"] == "header"}

    assert not named.startswith(("POST", "PATCH")) or "Idempotency-Key" in taken, "key: Key of web/api_parameters.py"

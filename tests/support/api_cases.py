"""Requests drawn from the description of the API, by schemathesis: as it allows, and as it does not."""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import hypothesis
import hypothesis.strategies as st
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

__all__ = ["Asker"]

load_all_checks()

_TENTHS_KNOWN = 8


@dataclass
class Asker:
    """Asks a server whatever its API's description allows, or what it does not, as several people.

    `tokens`: by person, the first of whom may everything and asks most; `known`: values that there are, by the name of
    the parameter or field; `answered`: how often each call was answered with which status.
    """

    origin: str
    tokens: Mapping[str, str]
    known: Mapping[str, Sequence[Any]]
    answered: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def faults(self, *, allowed: bool, cases: int, seed: int) -> list[str]:
        """Return what was answered otherwise than described, after that many cases of each call."""
        description = httpx.get(f"{self.origin}/api/v1/openapi.json", timeout=120).json()
        for methods in description["paths"].values():
            for call in methods.values():
                # The token is given here; one that was drawn would be replaced, and its refusal awaited in vain.
                call.pop("security", None)
        schema = schemathesis.openapi.from_dict(description)
        found = []
        for each in schema.get_all_operations():
            found += self._faults_of(each.ok(), cases, seed, allowed=allowed)
        return found

    def _faults_of(self, operation: APIOperation[Any], cases: int, seed: int, *, allowed: bool) -> list[str]:
        found: dict[str, str] = {}
        mode = GenerationMode.POSITIVE if allowed else GenerationMode.NEGATIVE

        @_drawn(cases, seed)
        @hypothesis.given(operation.as_strategy(mode), st.data())
        def ask(case: Case[Any], data: st.DataObject) -> None:
            if allowed:
                self._put_known(case, data)
            answer = case.call(base_url=self.origin, headers=self._headers(data), timeout=120)
            self.answered[operation.label][answer.status_code] += 1
            try:
                # That days are turned round, or that nothing is asked for, no schema says.
                case.validate_response(answer, excluded_checks=[positive_data_acceptance])
            except (Failure, FailureGroup) as fault:
                for each in getattr(fault, "exceptions", [fault]):
                    found.setdefault(each.title, f"{operation.label}: {each}\n{case.as_curl_command()}")

        with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # a call without parameters cannot be asked wrongly
            ask()
        return list(found.values())

    def _headers(self, data: st.DataObject) -> dict[str, str]:
        everybody = list(self.tokens)
        who = data.draw(st.sampled_from([everybody[0]] * len(everybody) + [*everybody, ""]))
        shown = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return {"Accept-Language": data.draw(st.sampled_from(["en", "zh-CN"])), **shown}

    def _put_known(self, case: Case[Any], data: st.DataObject) -> None:
        """Put what there is in place of what was drawn, mostly: what is not there is soon refused."""
        for place in (case.path_parameters, case.query, case.body):
            self._put_known_in(place, data)

    def _put_known_in(self, place: object, data: st.DataObject) -> None:
        for inner in place if isinstance(place, list) else ():
            self._put_known_in(inner, data)
        for name, drawn in list(place.items()) if isinstance(place, dict) else ():
            # The same name may stand for a number here and for a code there.
            alike = [each for each in self.known.get(name, ()) if type(each) is type(drawn)]
            if alike and data.draw(st.integers(1, 10)) <= _TENTHS_KNOWN:
                place[name] = data.draw(st.sampled_from(alike))
            else:
                self._put_known_in(drawn, data)


def _drawn(cases: int, seed: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Draw the same cases each time, and any number of them however long each takes."""

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        settings = hypothesis.settings(
            max_examples=cases,
            deadline=None,
            database=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        return hypothesis.seed(seed)(settings(test))

    return decorated

"""The Python client: every call of the API is a method of it, and what is lost on the way is asked again once only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from allocator_client import Client, Contradicted, NotSignedIn, NotThere, Unavailable, Unreadable
from browser import served_at
from county_plans import county
from desk import Clerk
from docs_scripts import ROOT, loaded

from models.rights import RIGHTS

WRITER = loaded(ROOT / "docs" / "write_client.py")
DRAFT = "P2020-02-10-1"


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """A county of 40 sites with a draft; lin plans, ann audits township T1."""
    for clerk in county(tmp_path_factory.mktemp("client"), {"lin": ("logistics",), "ann": ("auditor T1",)}):
        drafted = clerk("allocate", "--date", "2020-02-10", "--no-workbook", "--actor", "lin")
        assert drafted.exit_code == 0, drafted.output
        yield clerk


@pytest.fixture(scope="module")
def asked(clerk) -> Iterator[Callable[..., Client]]:
    """Return the client of somebody, with all their rights."""
    with served_at(clerk.url) as origin:
        made: dict[str, str] = {}

        def client(id_: str, role: str, **said: object) -> Client:
            if id_ not in made:
                scopes = [word for each in RIGHTS.values() if role in each.roles for word in ("--scope", each.name)]
                made[id_] = clerk("user", "token", id_, "--name", "own", *scopes, "--actor", "bo").stdout.strip()
            return Client(origin, token=made[id_], sleep=lambda _: None, **said)

        client.origin = origin
        yield client


class Losing(httpx.BaseTransport):
    """Carries requests, but loses the first answers on their way back. `keys`: under which what was asked."""

    def __init__(self, lost: int) -> None:
        self._lost, self._inner = lost, httpx.HTTPTransport()
        self.keys: list[str | None] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers.get("idempotency-key"))
        answer = self._inner.handle_request(request)
        answer.read()
        if len(self.keys) <= self._lost:
            raise httpx.ReadError("the connection was lost")
        return answer


def test_the_client_is_what_the_description_of_the_api_says():
    """After a change of the API: make docs."""
    before = WRITER.CLIENT.read_text(encoding="utf-8")

    assert WRITER.written(WRITER.description(), before) == before


def test_every_call_of_the_api_is_a_method_and_every_list_is_turned():
    calls = [call for methods in WRITER.description()["paths"].values() for call in methods.values()]

    assert [call["operationId"] for call in calls if not callable(getattr(Client, call["operationId"], None))] == []
    assert {"each_stock", "each_plans", "each_documents", "each_findings"} <= vars(Client).keys()


def test_a_list_is_turned_page_by_page_to_its_end(asked):
    with asked("lin", "logistics") as api:
        whole = api.plan_lines(DRAFT, limit=1000)
        turned = list(api.each_plan_lines(DRAFT, limit=7))

        assert len(turned) == whole["count"] > 7
        assert turned == whole["lines"]
        assert [each["id"] for each in api.each_plans()] == [DRAFT]


def test_a_change_whose_answer_was_lost_is_asked_again_under_its_key_and_made_once(asked):
    losing = Losing(lost=2)
    with asked("lin", "logistics", transport=losing) as api:
        line = next(each for each in asked("lin", "logistics").each_plan_lines(DRAFT) if each["final_units"])
        made = api.post_plan_overrides(DRAFT, site=line["site"], item=line["item"], units=0, reason="ordered")
        again = api.plan_lines(DRAFT, overridden=True)

    assert made["kept"]
    assert losing.keys[0] == losing.keys[1] == losing.keys[2] is not None
    assert {(each["site"], each["item"]) for each in again["lines"]} == {(line["site"], line["item"])}


def test_what_is_refused_is_raised_with_the_server_s_sentences(asked):
    with asked("lin", "logistics", lang="zh") as api:
        with pytest.raises(Unreadable) as unread:
            api.stock(as_of="yesterday", limit=0)
        with pytest.raises(NotThere) as absent:
            api.plan("P2020-02-10-9")
        with pytest.raises(Contradicted) as contradicted:
            api.post_plan_step(DRAFT, "dispatch")
    with pytest.raises(NotSignedIn):
        Client(asked.origin, token="none").open()  # noqa: S106 - it is none

    assert unread.value.errors == (
        'as_of："yesterday" 不是日期，请写成 2020-02-10 的形式。',
        'limit："0" 过小，至少为 1。',
    )
    assert (absent.value.status, contradicted.value.status) == (404, 409)
    assert contradicted.value.errors[0] == str(contradicted.value).splitlines()[0] != ""


def test_who_sees_one_township_is_given_no_other(asked):
    with asked("ann", "auditor") as api:
        assert {line["site"] for line in api.each_plan_lines(DRAFT)} <= {"CLI01", "CLI02"}


def test_a_server_with_too_much_to_do_is_waited_for_as_long_as_it_says():
    answers = iter([503, 503, 200])
    waited: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        status = next(answers)
        return httpx.Response(
            status, headers={"retry-after": "3"} if status == 503 else {}, json={"plans": [], "next": None}
        )

    api = Client("http://county.example", token="t", transport=httpx.MockTransport(answer), sleep=waited.append)  # noqa: S106 - it is none

    assert list(api.each_plans()) == []
    assert waited == [3, 3]


def test_who_cannot_be_reached_is_given_up_after_some_tries():
    losing = Losing(lost=9)
    losing._inner = httpx.MockTransport(lambda _: httpx.Response(200))

    with pytest.raises(Unavailable, match="the connection was lost"):
        Client("http://county.example", token="t", transport=losing, tries_max=3, sleep=lambda _: None).plans()  # noqa: S106 - it is none
    assert len(losing.keys) == 3

"""A client of allocator's API: one file to copy, typed, which needs httpx and nothing else of the allocator.

A server hands it out itself, so that the two fit: `curl -O https://stock.county.example/static/allocator_client.py`.

    with Client("https://stock.county.example", token="allocator_…") as api:
        for line in api.each_stock(site="D1"):
            print(line["item"], line["lot"], line["units"])

Every call of the API is a method, named after its address; what it returns is the JSON of the answer as a TypedDict.
Lists are turned page by page by their cursors (`each_…`). A change carries an Idempotency-Key, so that after a lost
connection, or where the server has too much to do, it is asked again without being done twice. What is refused raises
`Refused`, or the kind of it that says why, with the server's sentences.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, NotRequired, Self, TypedDict
from urllib.parse import quote

import httpx

__all__ = ["Client", "Contradicted", "NotSignedIn", "NotThere", "Refused", "Unavailable", "Unreadable"]

Day = dt.date | str
"""A day, or its text: 2020-02-10."""

File = tuple[str, bytes]
"""A file's name and what is in it."""

_PASSING = (429, 502, 503, 504)


class Refused(Exception):
    """The server said no. `status`: 0 where no answer came; `errors`: all that is wrong, in the caller's language."""

    def __init__(self, status: int, errors: tuple[str, ...]) -> None:
        super().__init__("\n".join(errors))
        self.status, self.errors = status, errors


class Unreadable(Refused):
    """A value that was sent cannot be read, or is too much (400, 413, 422)."""


class NotSignedIn(Refused):
    """The token is none, or has ended (401)."""


class NotThere(Refused):
    """There is nothing, or nothing that the token's person may see or do (403, 404)."""


class Contradicted(Refused):
    """What is recorded speaks against the change; nothing was changed (409)."""


class Unavailable(Refused):
    """No answer came, or none of use, as often as it was asked."""


_KINDS: Mapping[int, type[Refused]] = {
    400: Unreadable, 413: Unreadable, 422: Unreadable,
    401: NotSignedIn, 403: NotThere, 404: NotThere, 409: Contradicted,
    0: Unavailable, 429: Unavailable, 502: Unavailable, 503: Unavailable, 504: Unavailable,
}  # fmt: skip


class _Asking:
    """Asks a server, again where that may help."""

    def __init__(
        self,
        origin: str,
        *,
        token: str,
        lang: str = "en",
        tries_max: int = 5,
        timeout_seconds: float = 60,
        verify: Any = True,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`verify`: False, or an ssl.SSLContext, for a certificate of one's own; `transport`, `sleep`: for tests."""
        self._tries_max, self._sleep = tries_max, sleep
        self._http = httpx.Client(
            base_url=origin,
            headers={"authorization": f"Bearer {token}", "accept-language": lang},
            timeout=timeout_seconds,
            verify=verify,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        **sent: Any,
    ) -> Any:
        """Return what the server answers: its JSON, or the bytes of a file.

        Raises:
            Refused: as the server says.

        """
        # One key for all tries: a change whose answer was lost on the way is told again, not done again.
        headers = {} if method == "GET" else {"idempotency-key": key or uuid.uuid4().hex}
        asked = _written(query or {})
        for tried in range(1, self._tries_max + 1):
            try:
                answer = self._http.request(method, path, params=asked, headers=headers, **sent)
            except httpx.TransportError as lost:
                if tried == self._tries_max:
                    raise Unavailable(0, (f"{self._http.base_url}: {lost}",)) from lost
                self._sleep(_pause_seconds(tried, ""))
                continue
            if answer.status_code not in _PASSING or tried == self._tries_max:
                break
            self._sleep(_pause_seconds(tried, answer.headers.get("retry-after", "")))
        return _told(answer)


def _pause_seconds(tried: int, said: str) -> float:
    """Return how long to wait before asking again: as the server said, else twice as long each time.

    >>> _pause_seconds(1, "7"), _pause_seconds(1, ""), _pause_seconds(3, "")
    (7.0, 0.5, 2.0)
    """
    return min(float(said), 60.0) if said.isdigit() else 0.25 * 2**tried


def _step(value: object) -> str:
    """Return a value as a step of an address.

    >>> _step("a/b")
    'a%2Fb'
    """
    return quote(str(value), safe="")


def _written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they stand in an address or a form; what is None is left out."""
    plain = {name: each for name, each in _plain(values).items() if each is not None}
    return {name: str(each).lower() if isinstance(each, bool) else each for name, each in plain.items()}


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it, days as texts."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _files(given: Mapping[str, File | Sequence[File] | None]) -> list[tuple[str, Any]]:
    """Return files, one or several to a field, as they are sent."""
    several = {
        name: [each] if isinstance(each, tuple) and isinstance(each[0], str) else each
        for name, each in given.items()
        if each is not None
    }
    return [(name, file) for name, files in several.items() for file in files]


def _told(answer: httpx.Response) -> Any:
    is_json = answer.headers.get("content-type", "").partition(";")[0].endswith("json")
    if answer.is_success:
        return answer.json() if is_json else answer.content
    said = answer.json() if is_json else {}
    errors = tuple(said.get("errors", ())) or (f"{answer.status_code} {answer.reason_phrase}",)
    raise _KINDS.get(answer.status_code, Refused)(answer.status_code, errors)


# Below this line docs/write_client.py writes what the API's description says (`make docs`).


class AdjustmentAsked(TypedDict):
    """A site's stock corrected, with a reason."""

    type: Literal["adjust"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    site: str
    lines: list[LineAsked]
    direction: Literal["up", "down"]


class ArrivalAsked(TypedDict):
    """What became of one item, or one lot of it, of a shipment; `instead_of`: what came, came in place of that item."""

    item: str
    lot: NotRequired[str | None]
    expires: NotRequired[str | None]
    packs: NotRequired[bool]
    sound: NotRequired[int]
    damaged: NotRequired[int]
    lost: NotRequired[int]
    held: NotRequired[int]
    over: NotRequired[int]
    over_held: NotRequired[int]
    refused: NotRequired[int]
    stayed: NotRequired[int]
    instead_of: NotRequired[str]
    reason: NotRequired[str]


class AsideAsked(TypedDict):
    """Stock that is lost, set aside or released, with a reason. `quarantined`: what is written off stands set aside."""

    type: Literal["writeoff", "quarantine", "release"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    site: str
    lines: list[LineAsked]
    quarantined: NotRequired[bool]


class Change(TypedDict):
    """A site that gets more or less of an item because of an override; cover in days of use, of durables a share."""

    site: str
    site_name: str
    item: str
    item_name: str
    units_before: float
    units_after: float
    cover_before: float
    cover_after: float


class ConfirmationAsked(TypedDict):
    """What arrived of a shipment: everything sound, or what is said of each item."""

    type: Literal["confirm"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    shipment: str
    all_sound: NotRequired[bool]
    arrivals: NotRequired[list[ArrivalAsked]]


class CountAsked(TypedDict):
    """What was found. `whole`: items of which every lot was counted; `sheet_…`: what the sheet knew that was used."""

    type: Literal["count"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    site: str
    lines: list[LineAsked]
    whole: NotRequired[list[str]]
    sheet_document: NotRequired[int | None]
    sheet_printed_at: NotRequired[str | None]
    moves_known: NotRequired[bool]


class DecisionsRead(TypedDict):
    """Decisions in codes; `payers` by plan: who gets less or more by its overrides; times are UTC microseconds."""

    overrides: list[dict[str, Any]]
    payers: dict[str, list[dict[str, Any]]]
    steps: list[dict[str, Any]]
    policy: list[dict[str, Any]]


class DocumentListed(TypedDict):
    """A document of a list."""

    number: int
    type: str
    site: str
    actor: str
    approver: str
    occurred_at: str
    recorded_at: str
    reverses: int | None
    refers_to: int | None
    shipment: str
    plan: str
    units: int
    reversed: bool


class DocumentPosted(TypedDict):
    """A document that was posted. `shipment`: what it sent or is about; `notes`: what there is to say about it."""

    number: int
    type: str
    shipment: str | None
    notes: list[str]


class DocumentRead(TypedDict):
    """A document whole: its lines with the balances after each, what was counted, what there is to say about it."""

    number: int
    type: str
    site: str | None
    actor: str
    approver: str | None
    reason: str
    occurred_at: str
    recorded_at: str
    refers_to: int | None
    reverses: int | None
    reversed_by: int | None
    allocation: str | None
    shipment: str | None
    open_exception: bool
    details: dict[str, Any]
    lines: list[dict[str, Any]]
    counted: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    countersigned: dict[str, Any] | None
    notes: list[str]


class DocumentsPage(TypedDict):
    """Documents, and what to ask for the next ones: null where these are the last."""

    documents: list[DocumentListed]
    next: str | None


class ExplanationAsked(TypedDict):
    """Where that came from which a shipment brought beyond its note; without a line: all that is open of it."""

    type: Literal["settle"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    shipment: str
    line: NotRequired[LineAsked | None]
    other: NotRequired[str]
    partner: NotRequired[str]


class FindingRead(TypedDict):
    """A finding: what its rule saw, with every piece of evidence, and what people decided on it."""

    id: str
    state: str
    waits: bool
    rule: str
    subject: str
    found: bool
    evidence: list[dict[str, Any]]
    innocent: list[str]
    decided: list[dict[str, Any]]
    sites: NotRequired[list[str]]
    items: NotRequired[list[str]]
    persons: NotRequired[list[str]]
    documents: NotRequired[list[int]]
    first_day: NotRequired[str | None]
    last_day: NotRequired[str | None]
    strength: NotRequired[float | None]
    sentence: NotRequired[str | None]


class FindingsPage(TypedDict):
    """Findings, the strongest first, and what to ask for the next ones: null where these are the last."""

    findings: list[FindingRead]
    next: str | None


class GtinAnswer(TypedDict):
    """A barcode, and the base units of the pack it stands on."""

    gtin: str
    units: int


class ImportAnswer(TypedDict):
    """What became of a file, or would: `kept` is false where it was only tried. `says`: kind by kind, in words."""

    kept: bool
    nothing_new: bool
    tables: list[TableAnswer]
    documents: dict[str, int]
    says: list[str]
    notices: list[str]


class IssueAsked(TypedDict):
    """Supplies used at a site. `partial`: where there are too few, take what there is."""

    type: Literal["issue"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    site: str
    lines: list[LineAsked]
    life_days_min: NotRequired[int]
    partial: NotRequired[bool]


class ItemAnswer(TypedDict):
    """An item. `pack_units`: base units of the smallest pack that is shipped; null where nobody said."""

    code: str
    name: str
    name_zh: str
    unit: str
    pack_units: int
    pack_kg: float | None
    pack_m3: float | None
    use: str
    gtins: list[GtinAnswer]


class ItemsPage(TypedDict):
    """Items by code, and what to ask for the next ones: null where these are the last."""

    items: list[ItemAnswer]
    next: str | None


class JobAnswer(TypedDict):
    """A job: `share` of 1 that is done, `says` what it does now or why it failed, `result` once it is done."""

    id: int
    kind: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    cancel_asked: bool
    share: float
    says: list[str]
    asked_at: str
    begun_at: str | None
    ended_at: str | None
    result: dict[str, Any] | None


class LineAnswer(TypedDict):
    """What goes from a depot to a site of one item. `override_units`: null where nobody decided."""

    site: str
    site_name: str
    item: str
    item_name: str
    tier: str
    depot: str
    proposed_units: int
    override_units: int | None
    final_units: int
    cover_before: float | None
    cover_after: float | None
    reason: str
    actor: str
    note: str
    conflict: str


class LineAsked(TypedDict):
    """One line. `units`: null for all there is, where that may be meant; `packs`: they are packs of the item."""

    item: str
    units: NotRequired[int | None]
    packs: NotRequired[bool]
    lot: NotRequired[str | None]
    expires: NotRequired[str | None]
    fund: NotRequired[str | None]
    earmark: NotRequired[str | None]
    unit_price: NotRequired[str]


class LinesPage(TypedDict):
    """Lines of a plan; `count`: how many fit the filters; `next`: as of plans."""

    lines: list[LineAnswer]
    count: int
    next: str | None


class MeRead(TypedDict):
    """Who asks: `rights` that the session or token is for."""

    id: str
    name: str
    name_zh: str
    roles: list[RoleRead]
    rights: list[str]


class OpenLine(TypedDict):
    """Something that waits. `sort`: emergency, differing, late, surplus, recall, exception, plan or finding."""

    sort: str
    number: str
    since: str
    site: str
    to: str
    units: int | None
    days_late: int | None
    about: str


class OpenPage(TypedDict):
    """Matters, and what to ask for the next ones: null where these are the last."""

    matters: list[OpenLine]
    alarms: list[str]
    recorded_since: str
    recorded: list[RecordedLine]
    next: str | None


class OrderLineAsked(TypedDict):
    """A line to be ordered. `price`: yuan, "" as offered; `site` "": the main depot; `arrives` null: by the offer."""

    item: str
    units: int
    site: NotRequired[str]
    arrives: NotRequired[str | None]
    price: NotRequired[str]
    budget: NotRequired[str]


class OrderLineRead(TypedDict):
    """A line of an order, in units; `price`: of one unit, in yuan."""

    item: str
    site: str
    units: int
    arrived_units: int
    to_come_units: int
    arrives: str
    price: str | None
    budget: str | None


class OrderPlaced(TypedDict):
    """The order, and what there is to say: what is odd about it, what is left of its budget."""

    order: OrderRead
    says: list[str]


class OrderRead(TypedDict):
    """An order as it stands. `over_units`: what came beyond it, by item."""

    order: str
    supplier: str
    status: str
    ordered_on: str | None
    arrives: str | None
    late: bool
    lines: list[OrderLineRead]
    over_units: dict[str, int]
    steps: list[OrderStepRead]
    receipts: list[OrderReceiptRead]


class OrderReceiptRead(TypedDict):
    """A document that counts against an order."""

    document: int
    day: str


class OrderStepRead(TypedDict):
    """A step of an order."""

    status: str
    day: str
    arrives: str
    note: str
    actor: str


class OrdersOfPlanPlaced(TypedDict):
    """The numbers of the orders that were placed, and what there is to say of them."""

    orders: list[str]
    says: list[str]


class OrdersPage(TypedDict):
    """Orders by number; `next`: the cursor of the next ones, null where these are the last."""

    orders: list[OrderRead]
    next: str | None


class OverrideAnswer(TypedDict):
    """What an override does: who gets less, the worst first, and who gets more. `kept`: false where it was tried."""

    kept: bool
    units: int
    proposed_units: int
    says: list[str]
    pay: list[Change]
    gain: list[Change]
    outside: int


class OwnScenario(TypedDict):
    """A scenario that is none of the library's: its name and its file."""

    name: str
    toml: str


class PeoplePage(TypedDict):
    """People by id, and what to ask for the next ones: null where these are the last."""

    people: list[PersonRead]
    next: str | None


class PersonRead(TypedDict):
    """A person. `roles`: those within reach; `whole`: there are no others."""

    id: str
    name: str
    name_zh: str
    active: bool
    roles: list[RoleRead]
    whole: bool


class PlanAnswer(TypedDict):
    """A plan and how it stands."""

    id: str
    date: str
    status: str
    drafted_by: str
    drafted_at: str
    document: int
    snapshot_digest: str


class PlansPage(TypedDict):
    """Plans, the latest first; `next`: the cursor of the next ones, null where these are the last."""

    plans: list[PlanAnswer]
    next: str | None


class PolicyRead(TypedDict):
    """A version of the policy. `toml`: its file; `rules`: all that it says, what holds unsaid too."""

    number: int
    actor: str
    recorded_at: str
    reason: str
    toml: str
    rules: list[RuleRead]


class PurchasePlansPage(TypedDict):
    """Jobs of whoever asks, the last first; `next`: the cursor of the next ones, null where these are the last."""

    plans: list[JobAnswer]
    next: str | None


class ReceiptAsked(TypedDict):
    """Supplies from a partner. With `order` and no lines: all that is still to come of it here."""

    type: Literal["receive"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    site: str
    lines: NotRequired[list[LineAsked]]
    partner: NotRequired[str]
    order: NotRequired[str]
    reference: NotRequired[str]
    certificate: NotRequired[str]
    standard: NotRequired[str]
    quarantine: NotRequired[bool]


class RecordedLine(TypedDict):
    """Documents of a kind that were recorded."""

    kind: str
    documents: int


class ReturnAsked(TypedDict):
    """Stock that goes back to a partner; without one, what was taken for use here and comes back unused."""

    type: Literal["return"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    site: str
    lines: list[LineAsked]
    partner: NotRequired[str]
    quarantined: NotRequired[bool]


class ReversalAsked(TypedDict):
    """A document taken back, every line of it, with a reason."""

    type: Literal["reverse"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    document: int


class RoleRead(TypedDict):
    """A role and where it holds: the code of an area, "" for everywhere."""

    role: str
    area: str


class RuleRead(TypedDict):
    """A rule and what it says."""

    rule: str
    value: str


class ScenarioRead(TypedDict):
    """A scenario of the library: `changes` in words, in the caller's language."""

    name: str
    title: str
    says: str
    changes: list[str]


class ScenarioRunAnswer(TypedDict):
    """A run: `of` names what it is of, `job` how far it is and, once it is done, what came of each scenario."""

    of: list[str]
    job: JobAnswer


class ScenarioRunsPage(TypedDict):
    """Runs of whoever asks, the last first; `next`: the cursor of the next ones, null where these are the last."""

    runs: list[ScenarioRunAnswer]
    next: str | None


class ScenariosRead(TypedDict):
    """All of the library."""

    scenarios: list[ScenarioRead]


class SendingAsked(TypedDict):
    """Supplies that leave for another site; an emergency issue needs a reason, and is countersigned later."""

    type: Literal["transfer", "emergency"]
    occurred_at: NotRequired[str | None]
    reason: NotRequired[str]
    note: NotRequired[str]
    approver: NotRequired[str | None]
    exception: NotRequired[bool]
    explains: NotRequired[int | None]
    reported_by: NotRequired[str]
    reported_how: NotRequired[str]
    site: str
    lines: list[LineAsked]
    to: str
    arrives: NotRequired[str | None]
    life_days_min: NotRequired[int]
    partial: NotRequired[bool]


class ShipmentListed(TypedDict):
    """A shipment and how it stands. `state`: under-way, late, differing, settled, or never-left where it was reversed."""

    number: str
    state: str
    type: str
    document: int
    plan: str
    site: str
    to: str
    sent_at: str
    expected: str
    days_late: int
    sent_units: int
    open_units: int
    beyond_units: int


class ShipmentLot(TypedDict):
    """A lot of a shipment: units as its note says, and what became of them. `expires`: null where it never does."""

    item: str
    lot: str
    expires: str | None
    fund: str
    earmark: str
    sent: int
    arrived: int
    set_aside: int
    damaged: int
    lost: int
    stayed: int
    went_back: int
    beyond: int
    under_way: int


class ShipmentRead(TypedDict):
    """A shipment with its lots."""

    number: str
    state: str
    type: str
    document: int
    plan: str
    site: str
    to: str
    sent_at: str
    expected: str
    days_late: int
    sent_units: int
    open_units: int
    beyond_units: int
    lots: list[ShipmentLot]


class ShipmentsPage(TypedDict):
    """Shipments, and what to ask for the next ones: null where these are the last."""

    shipments: list[ShipmentListed]
    next: str | None


class SiteAnswer(TypedDict):
    """A site. `tier`: its own, "" where its kind decides; `depot`: whether others are supplied from it."""

    code: str
    name: str
    name_zh: str
    kind: str
    area: str
    tier: str
    lat: float | None
    lon: float | None
    depot: bool


class SitesPage(TypedDict):
    """Sites by code, and what to ask for the next ones: null where these are the last."""

    sites: list[SiteAnswer]
    next: str | None


class StepAnswer(TypedDict):
    """How a plan stands after a step, and what there is to say of it."""

    plan: str
    status: str
    says: list[str]


class StockLine(TypedDict):
    """Units of one lot in one place and state."""

    site: str
    place: str
    item: str
    lot: str
    expires: str | None
    fund: str
    earmark: str
    state: str
    units: int
    pack_units: int
    unit: str


class StockPage(TypedDict):
    """Lines, and what to ask for the next ones: null where these are the last."""

    lines: list[StockLine]
    next: str | None


class StressAsked(TypedDict):
    """A stress: one of the library by its name, or one's own with its file."""

    name: str
    toml: NotRequired[str]
    draws: NotRequired[int]
    seed: NotRequired[int]
    sampler: NotRequired[Literal["hypercube", "montecarlo"]]


class TableAnswer(TypedDict):
    """How a table of a file was read. `headers`: of its header and our column; null: it is not read."""

    kind: str
    rows: int
    header_row: int | None
    headers: dict[str, str | None]


class TraceRead(TypedDict):
    """What was traced: `documents` where some were asked for, `account` of an item at a site, and each lot's way."""

    kind: str
    name: str
    documents: list[dict[str, Any]]
    account: list[dict[str, Any]]
    lots: list[dict[str, Any]]


class WhyAnswer(TypedDict):
    """Why a site got what it got of an item: `decided` by a person, `origin` of the need."""

    reason: str | None
    decided: list[str]
    origin: list[str]


class Client(_Asking):
    """Asks the API of a server with a token, which `allocator user token` makes."""

    def post_documents(
        self,
        *,
        body: ReceiptAsked
        | IssueAsked
        | SendingAsked
        | ConfirmationAsked
        | ExplanationAsked
        | CountAsked
        | AdjustmentAsked
        | AsideAsked
        | ReturnAsked
        | ReversalAsked,
        key: str | None = None,
    ) -> DocumentPosted:
        """Post a document: what came, was used, was sent, arrived, was counted, corrected, set aside, or is taken back."""
        answer: DocumentPosted = self._ask("POST", "/api/v1/documents", json=_plain(body), key=key)
        return answer

    def documents(
        self,
        *,
        type: str = "",
        site: str = "",
        person: str = "",
        day: Day | None = None,
        limit: int = 100,
        cursor: str = "",
    ) -> DocumentsPage:
        """Return documents by type, site, who posted or approved them, and the day they were recorded on."""
        answer: DocumentsPage = self._ask(
            "GET",
            "/api/v1/documents",
            query={"type": type, "site": site, "person": person, "day": day, "limit": limit, "cursor": cursor},
        )
        return answer

    def each_documents(
        self, *, type: str = "", site: str = "", person: str = "", day: Day | None = None, limit: int = 100
    ) -> Iterator[DocumentListed]:
        """Give every row of `documents`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.documents(type=type, site=site, person=person, day=day, limit=limit, cursor=cursor)
            yield from answer["documents"]
            cursor = answer["next"]

    def catalogue_items(self, *, q: str = "", use: str = "", limit: int = 100, cursor: str = "") -> ItemsPage:
        """Return items; `q`: letters of a code, a name or a barcode."""
        answer: ItemsPage = self._ask(
            "GET", "/api/v1/catalogue/items", query={"q": q, "use": use, "limit": limit, "cursor": cursor}
        )
        return answer

    def each_catalogue_items(self, *, q: str = "", use: str = "", limit: int = 100) -> Iterator[ItemAnswer]:
        """Give every row of `catalogue_items`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.catalogue_items(q=q, use=use, limit=limit, cursor=cursor)
            yield from answer["items"]
            cursor = answer["next"]

    def catalogue_sites(
        self, *, q: str = "", kind: str = "", area: str = "", tier: str = "", limit: int = 100, cursor: str = ""
    ) -> SitesPage:
        """Return sites within the caller's areas; `q`: letters of a code or a name."""
        answer: SitesPage = self._ask(
            "GET",
            "/api/v1/catalogue/sites",
            query={"q": q, "kind": kind, "area": area, "tier": tier, "limit": limit, "cursor": cursor},
        )
        return answer

    def each_catalogue_sites(
        self, *, q: str = "", kind: str = "", area: str = "", tier: str = "", limit: int = 100
    ) -> Iterator[SiteAnswer]:
        """Give every row of `catalogue_sites`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.catalogue_sites(q=q, kind=kind, area=area, tier=tier, limit=limit, cursor=cursor)
            yield from answer["sites"]
            cursor = answer["next"]

    def findings(
        self,
        *,
        rule: str = "",
        site: str = "",
        state: Literal["", "waiting", "new", "again", "open", "late", "accepted", "closed"] = "",
        since: Day | None = None,
        as_of: Day | None = None,
        limit: int = 100,
        cursor: str = "",
    ) -> FindingsPage:
        """Return findings by rule, site, how they stand, and the day of their evidence."""
        answer: FindingsPage = self._ask(
            "GET",
            "/api/v1/findings",
            query={
                "rule": rule,
                "site": site,
                "state": state,
                "since": since,
                "as_of": as_of,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def each_findings(
        self,
        *,
        rule: str = "",
        site: str = "",
        state: Literal["", "waiting", "new", "again", "open", "late", "accepted", "closed"] = "",
        since: Day | None = None,
        as_of: Day | None = None,
        limit: int = 100,
    ) -> Iterator[FindingRead]:
        """Give every row of `findings`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.findings(
                rule=rule, site=site, state=state, since=since, as_of=as_of, limit=limit, cursor=cursor
            )
            yield from answer["findings"]
            cursor = answer["next"]

    def post_finding_accept(self, number: str, *, reason: str, note: str = "", key: str | None = None) -> FindingRead:
        """Accept a finding as explained. Sent again by the same person with the same words, it changes nothing."""
        answer: FindingRead = self._ask(
            "POST", f"/api/v1/findings/{_step(number)}/accept", json=_plain({"reason": reason, "note": note}), key=key
        )
        return answer

    def post_finding_open(
        self, number: str, *, owner: str, due: Day, note: str = "", key: str | None = None
    ) -> FindingRead:
        """Open a finding for somebody to mend until a day; sent again as `accept` is."""
        answer: FindingRead = self._ask(
            "POST",
            f"/api/v1/findings/{_step(number)}/open",
            json=_plain({"owner": owner, "due": due, "note": note}),
            key=key,
        )
        return answer

    def post_finding_close(self, number: str, *, evidence: str, note: str = "", key: str | None = None) -> FindingRead:
        """Close an open finding with what shows that it is mended; sent again as `accept` is."""
        answer: FindingRead = self._ask(
            "POST",
            f"/api/v1/findings/{_step(number)}/close",
            json=_plain({"evidence": evidence, "note": note}),
            key=key,
        )
        return answer

    def post_imports(
        self,
        *,
        content: File,
        name: str = "",
        as_: str = "",
        day: Day | None = None,
        try_: bool = False,
        key: str | None = None,
    ) -> ImportAnswer:
        """Take a file in, whole or not at all; with `try=1` only say how it is read and what would become of it."""
        answer: ImportAnswer = self._ask(
            "POST",
            "/api/v1/imports",
            query={"name": name, "as": as_, "day": day, "try": try_},
            content=content[1],
            key=key,
        )
        return answer

    def imports_template(self, kind: str) -> bytes:
        """Return a workbook to fill in, with the codes of the ledger to choose from, of sites within one's areas."""
        answer: bytes = self._ask("GET", f"/api/v1/imports/templates/{_step(kind)}")
        return answer

    def job(self, id_: int) -> JobAnswer:
        """Return one job of whoever asks."""
        answer: JobAnswer = self._ask("GET", f"/api/v1/jobs/{_step(id_)}")
        return answer

    def delete_job(self, id_: int, *, key: str | None = None) -> JobAnswer:
        """Cancel a job: at once where it waits, soon where it runs; as it is where it has ended."""
        answer: JobAnswer = self._ask("DELETE", f"/api/v1/jobs/{_step(id_)}", key=key)
        return answer

    def open(self, *, sort: str = "", limit: int = 100, cursor: str = "") -> OpenPage:
        """Return matters sort by sort, the oldest of each first; `cursor`: `next` of the page before."""
        answer: OpenPage = self._ask("GET", "/api/v1/open", query={"sort": sort, "limit": limit, "cursor": cursor})
        return answer

    def each_open(self, *, sort: str = "", limit: int = 100) -> Iterator[OpenLine]:
        """Give every row of `open`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.open(sort=sort, limit=limit, cursor=cursor)
            yield from answer["matters"]
            cursor = answer["next"]

    def me(self) -> MeRead:
        """Return the person of the session or token, and its rights."""
        answer: MeRead = self._ask("GET", "/api/v1/me")
        return answer

    def people(self, *, role: str = "", area: str = "", limit: int = 100, cursor: str = "") -> PeoplePage:
        """Return people with a role within reach, by id; by `role` and `area` those who hold it there."""
        answer: PeoplePage = self._ask(
            "GET", "/api/v1/people", query={"role": role, "area": area, "limit": limit, "cursor": cursor}
        )
        return answer

    def each_people(self, *, role: str = "", area: str = "", limit: int = 100) -> Iterator[PersonRead]:
        """Give every row of `people`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.people(role=role, area=area, limit=limit, cursor=cursor)
            yield from answer["people"]
            cursor = answer["next"]

    def post_people(
        self,
        *,
        id: str,
        role: Literal["administrator", "logistics", "reporter", "procurement", "auditor", "approver"],
        area: str = "",
        name: str = "",
        name_zh: str = "",
        key: str | None = None,
    ) -> PersonRead:
        """Add a person with a first role where the caller administers; they cannot sign in before a password is set."""
        answer: PersonRead = self._ask(
            "POST",
            "/api/v1/people",
            json=_plain({"id": id, "role": role, "area": area, "name": name, "name_zh": name_zh}),
            key=key,
        )
        return answer

    def person(self, id_: str) -> PersonRead:
        """Return one person."""
        answer: PersonRead = self._ask("GET", f"/api/v1/people/{_step(id_)}")
        return answer

    def post_person_step(
        self,
        id_: str,
        step: Literal["give-role", "take-role", "disable", "enable", "end-sessions", "revoke-token"],
        *,
        role: str = "",
        area: str = "",
        token: str = "",
        key: str | None = None,
    ) -> PersonRead:
        """Take a step with a person, with the refusals that the commands have; what is so already stays so."""
        answer: PersonRead = self._ask(
            "POST",
            f"/api/v1/people/{_step(id_)}/{_step(step)}",
            json=_plain({"role": role, "area": area, "token": token}),
            key=key,
        )
        return answer

    def orders(
        self, *, supplier: str = "", item: str = "", ended: bool = False, limit: int = 100, cursor: str = ""
    ) -> OrdersPage:
        """Return orders of which something is still to come, by number; with `ended` the others too."""
        answer: OrdersPage = self._ask(
            "GET",
            "/api/v1/orders",
            query={"supplier": supplier, "item": item, "ended": ended, "limit": limit, "cursor": cursor},
        )
        return answer

    def each_orders(
        self, *, supplier: str = "", item: str = "", ended: bool = False, limit: int = 100
    ) -> Iterator[OrderRead]:
        """Give every row of `orders`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.orders(supplier=supplier, item=item, ended=ended, limit=limit, cursor=cursor)
            yield from answer["orders"]
            cursor = answer["next"]

    def post_orders(
        self,
        *,
        supplier: str,
        lines: Sequence[OrderLineAsked],
        number: str = "",
        planned: bool = False,
        note: str = "",
        again: bool = False,
        key: str | None = None,
    ) -> OrderPlaced:
        """Place an order with a supplier today, or plan it."""
        answer: OrderPlaced = self._ask(
            "POST",
            "/api/v1/orders",
            json=_plain(
                {
                    "supplier": supplier,
                    "lines": lines,
                    "number": number,
                    "planned": planned,
                    "note": note,
                    "again": again,
                }
            ),
            key=key,
        )
        return answer

    def order(self, number: str) -> OrderRead:
        """Return one order."""
        answer: OrderRead = self._ask("GET", f"/api/v1/orders/{_step(number)}")
        return answer

    def post_order_step(
        self,
        number: str,
        step: Literal["place", "ship", "cancel"],
        *,
        day: Day | None = None,
        arrives: Day | None = None,
        note: str = "",
        key: str | None = None,
    ) -> OrderRead:
        """Take an order further: what arrives is posted as a receipt instead."""
        answer: OrderRead = self._ask(
            "POST",
            f"/api/v1/orders/{_step(number)}/{_step(step)}",
            json=_plain({"day": day, "arrives": arrives, "note": note}),
            key=key,
        )
        return answer

    def purchase_plans(self, *, limit: int = 100, cursor: str = "") -> PurchasePlansPage:
        """Return the purchase plans of whoever asks as jobs; the result of one that is done is what to order, and why."""
        answer: PurchasePlansPage = self._ask("GET", "/api/v1/purchase-plans", query={"limit": limit, "cursor": cursor})
        return answer

    def each_purchase_plans(self, *, limit: int = 100) -> Iterator[JobAnswer]:
        """Give every row of `purchase_plans`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.purchase_plans(limit=limit, cursor=cursor)
            yield from answer["plans"]
            cursor = answer["next"]

    def post_purchase_plans(
        self,
        *,
        day: Day | None = None,
        weeks: int = 26,
        rule: Literal["lp", "openlmis", "msupply", "qat"] = "lp",
        months_least: float = 2,
        months_most: float = 4,
        critical: Sequence[str] = (),
        money: int | None = None,
        key: str | None = None,
    ) -> JobAnswer:
        """Have it worked out by a worker what to order, from whom and by when."""
        answer: JobAnswer = self._ask(
            "POST",
            "/api/v1/purchase-plans",
            json=_plain(
                {
                    "day": day,
                    "weeks": weeks,
                    "rule": rule,
                    "months_least": months_least,
                    "months_most": months_most,
                    "critical": critical,
                    "money": money,
                }
            ),
            key=key,
        )
        return answer

    def purchase_plan(self, id_: int) -> JobAnswer:
        """Return one purchase plan: how far it is, and once it is done what to order, from whom and by when."""
        answer: JobAnswer = self._ask("GET", f"/api/v1/purchase-plans/{_step(id_)}")
        return answer

    def post_purchase_plan_orders(
        self, id_: int, *, by: Day | None = None, key: str | None = None
    ) -> OrdersOfPlanPlaced:
        """Place the orders of a plan that are due, one for each supplier."""
        answer: OrdersOfPlanPlaced = self._ask(
            "POST", f"/api/v1/purchase-plans/{_step(id_)}/orders", json=_plain({"by": by}), key=key
        )
        return answer

    def plans(self, *, limit: int = 100, cursor: str = "") -> PlansPage:
        """Return plans, the latest first."""
        answer: PlansPage = self._ask("GET", "/api/v1/plans", query={"limit": limit, "cursor": cursor})
        return answer

    def each_plans(self, *, limit: int = 100) -> Iterator[PlanAnswer]:
        """Give every row of `plans`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.plans(limit=limit, cursor=cursor)
            yield from answer["plans"]
            cursor = answer["next"]

    def plan(self, name: str) -> PlanAnswer:
        """Return one plan."""
        answer: PlanAnswer = self._ask("GET", f"/api/v1/plans/{_step(name)}")
        return answer

    def plan_lines(
        self,
        name: str,
        *,
        site: str = "",
        item: str = "",
        tier: str = "",
        depot: str = "",
        sort: str = "",
        overridden: bool = False,
        limit: int = 200,
        cursor: str = "",
    ) -> LinesPage:
        """Return lines within the reader's areas by site, item and depot, or by `sort` ("-final": downwards)."""
        answer: LinesPage = self._ask(
            "GET",
            f"/api/v1/plans/{_step(name)}/lines",
            query={
                "site": site,
                "item": item,
                "tier": tier,
                "depot": depot,
                "sort": sort,
                "overridden": overridden,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return answer

    def each_plan_lines(
        self,
        name: str,
        *,
        site: str = "",
        item: str = "",
        tier: str = "",
        depot: str = "",
        sort: str = "",
        overridden: bool = False,
        limit: int = 200,
    ) -> Iterator[LineAnswer]:
        """Give every row of `plan_lines`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.plan_lines(
                name,
                site=site,
                item=item,
                tier=tier,
                depot=depot,
                sort=sort,
                overridden=overridden,
                limit=limit,
                cursor=cursor,
            )
            yield from answer["lines"]
            cursor = answer["next"]

    def plan_why(self, name: str, *, site: str, item: str) -> WhyAnswer:
        """Return the reason, what a person decided, and where the need comes from."""
        answer: WhyAnswer = self._ask("GET", f"/api/v1/plans/{_step(name)}/why", query={"site": site, "item": item})
        return answer

    def post_plan_overrides(
        self,
        name: str,
        *,
        site: str,
        item: str,
        units: int | None,
        try_: bool = False,
        reason: str = "",
        note: str = "",
        key: str | None = None,
    ) -> OverrideAnswer:
        """Plan everyone else anew around what a site gets, and keep that; with `try=1` only say who pays."""
        answer: OverrideAnswer = self._ask(
            "POST",
            f"/api/v1/plans/{_step(name)}/overrides",
            query={"try": try_},
            json=_plain({"site": site, "item": item, "units": units, "reason": reason, "note": note}),
            key=key,
        )
        return answer

    def post_plan_step(
        self,
        name: str,
        step: Literal["review", "approve", "withdraw", "dispatch", "close"],
        *,
        note: str = "",
        partial: bool = False,
        depot: str = "",
        key: str | None = None,
    ) -> StepAnswer:
        """Take a step with a plan, with the refusals that the commands have."""
        answer: StepAnswer = self._ask(
            "POST",
            f"/api/v1/plans/{_step(name)}/{_step(step)}",
            json=_plain({"note": note, "partial": partial, "depot": depot}),
            key=key,
        )
        return answer

    def policy(self, *, number: int = 0) -> PolicyRead:
        """Return the policy in force, or that of a number."""
        answer: PolicyRead = self._ask("GET", "/api/v1/policy", query={"number": number})
        return answer

    def trace(self, *, of: str = "", site: str = "", item: str = "", as_of: str = "", known_at: str = "") -> TraceRead:
        """Trace a lot, a document or a shipment (`of`), or an item at a site."""
        answer: TraceRead = self._ask(
            "GET", "/api/v1/trace", query={"of": of, "site": site, "item": item, "as_of": as_of, "known_at": known_at}
        )
        return answer

    def document(self, number: int) -> DocumentRead:
        """Return a document by its number."""
        answer: DocumentRead = self._ask("GET", f"/api/v1/documents/{_step(number)}")
        return answer

    def scenario_runs(self, *, limit: int = 100, cursor: str = "") -> ScenarioRunsPage:
        """Return the runs of whoever asks, the last first, without what came of them."""
        answer: ScenarioRunsPage = self._ask("GET", "/api/v1/scenario-runs", query={"limit": limit, "cursor": cursor})
        return answer

    def each_scenario_runs(self, *, limit: int = 100) -> Iterator[ScenarioRunAnswer]:
        """Give every row of `scenario_runs`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.scenario_runs(limit=limit, cursor=cursor)
            yield from answer["runs"]
            cursor = answer["next"]

    def post_scenario_runs(
        self,
        *,
        day: Day | None = None,
        scenarios: Sequence[str] = (),
        own: Sequence[OwnScenario] = (),
        stress: StressAsked | None = None,
        key: str | None = None,
    ) -> ScenarioRunAnswer:
        """Have scenarios put beside the day as it is, or a stress run, by a worker."""
        answer: ScenarioRunAnswer = self._ask(
            "POST",
            "/api/v1/scenario-runs",
            json=_plain({"day": day, "scenarios": scenarios, "own": own, "stress": stress}),
            key=key,
        )
        return answer

    def scenario_run(self, id_: int) -> ScenarioRunAnswer:
        """Return one run, and once it is done what came of it; its page's workbook and pictures are no part of the API."""
        answer: ScenarioRunAnswer = self._ask("GET", f"/api/v1/scenario-runs/{_step(id_)}")
        return answer

    def shipments(
        self,
        *,
        state: Literal["", "under-way", "late", "differing", "settled"] = "",
        site: str = "",
        plan: str = "",
        since: Day | None = None,
        limit: int = 100,
        cursor: str = "",
    ) -> ShipmentsPage:
        """Return the shipments that are not settled, or those of a `state`: from or to a site, of a plan, sent `since`."""
        answer: ShipmentsPage = self._ask(
            "GET",
            "/api/v1/shipments",
            query={"state": state, "site": site, "plan": plan, "since": since, "limit": limit, "cursor": cursor},
        )
        return answer

    def each_shipments(
        self,
        *,
        state: Literal["", "under-way", "late", "differing", "settled"] = "",
        site: str = "",
        plan: str = "",
        since: Day | None = None,
        limit: int = 100,
    ) -> Iterator[ShipmentListed]:
        """Give every row of `shipments`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.shipments(state=state, site=site, plan=plan, since=since, limit=limit, cursor=cursor)
            yield from answer["shipments"]
            cursor = answer["next"]

    def shipment(self, number: str) -> ShipmentRead:
        """Return a shipment with what became of each of its lots."""
        answer: ShipmentRead = self._ask("GET", f"/api/v1/shipments/{_step(number)}")
        return answer

    def stock(
        self,
        *,
        site: str = "",
        item: str = "",
        lot: str = "",
        as_of: Day | None = None,
        limit: int = 100,
        cursor: str = "",
    ) -> StockPage:
        """Return lines by site, item, expiry and lot; `cursor`: `next` of the page before."""
        answer: StockPage = self._ask(
            "GET",
            "/api/v1/stock",
            query={"site": site, "item": item, "lot": lot, "as_of": as_of, "limit": limit, "cursor": cursor},
        )
        return answer

    def each_stock(
        self, *, site: str = "", item: str = "", lot: str = "", as_of: Day | None = None, limit: int = 100
    ) -> Iterator[StockLine]:
        """Give every row of `stock`, turning its pages."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.stock(site=site, item=item, lot=lot, as_of=as_of, limit=limit, cursor=cursor)
            yield from answer["lines"]
            cursor = answer["next"]

    def decisions(self, *, first: Day | None = None, last: Day | None = None) -> DecisionsRead:
        """Return what was decided from one day to another; today where none is said."""
        answer: DecisionsRead = self._ask("GET", "/api/v1/decisions", query={"first": first, "last": last})
        return answer

    def scenarios(self) -> ScenariosRead:
        """Return the library of scenarios."""
        answer: ScenariosRead = self._ask("GET", "/api/v1/scenarios")
        return answer

"""Documents as programs ask for them: a body for each type, told apart by `type`, and the draft that it becomes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, RootModel, model_validator

from models.arrivals import Arrival
from models.days import micros
from models.documents import Draft
from models.documents_aside import adjust, give_back, quarantine, release, return_to, writeoff
from models.documents_confirm import confirm
from models.documents_count import Sheet, count
from models.documents_out import emergency_issue, issue, transfer
from models.documents_settle import settle
from models.documents_undo import reverse
from models.requests import Head, Row
from models.tables import UNITS_PER_LINE_MAX
from web.api_parameters import example

__all__ = ["AnyDocument", "DocumentAsked", "LineAsked", "ReceiptAsked"]

_LINES_MAX, _YEAR_LEAST, _YEAR_MOST = 1000, 2000, 2199


def _near(time: dt.datetime) -> dt.datetime:
    """Refuse times that no zone's clock can tell."""
    if not _YEAR_LEAST <= time.year <= _YEAR_MOST:
        raise ValueError("no such year")
    return time


_Code = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
_Words = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
_Text = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
_Units = Annotated[int, Field(ge=0, le=UNITS_PER_LINE_MAX)]
_Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
_Time = Annotated[dt.datetime, AfterValidator(_near)]
_Moment = Annotated[AwareDatetime, AfterValidator(_near)]
_Days = Annotated[int, Field(ge=0, le=36_500)]


class LineAsked(BaseModel):
    """One line. `units`: null for all there is, where that may be meant; `packs`: they are packs of the item.

    `lot`, `expires`, `fund`, `earmark`: null where nobody said; lot "" is the stock without a number.
    """

    item: _Code
    units: _Units | None = None
    packs: bool = False
    lot: _Words | None = None
    expires: dt.date | None = None
    fund: _Words | None = None
    earmark: _Words | None = None
    unit_price: _Words = ""

    def row(self) -> Row:
        """Return it as the ledger is asked."""
        return Row(
            item=self.item,
            quantity=self.units,
            in_packs=self.packs,
            lot_no=self.lot,
            expires=None if self.expires is None else self.expires.isoformat(),
            owner_fund=self.fund,
            earmark=self.earmark,
            details={"unit_price": self.unit_price} if self.unit_price else {},
        )


_Lines = Annotated[list[LineAsked], Field(min_length=1, max_length=_LINES_MAX)]


class ArrivalAsked(BaseModel):
    """What became of one item, or one lot of it, of a shipment; `instead_of`: what came, came in place of that item."""

    item: _Code
    lot: _Words | None = None
    expires: dt.date | None = None
    packs: bool = False
    sound: _Units = 0
    damaged: _Units = 0
    lost: _Units = 0
    held: _Units = 0
    over: _Units = 0
    over_held: _Units = 0
    refused: _Units = 0
    stayed: _Units = 0
    instead_of: _Words = ""
    reason: _Words = ""

    def arrival(self) -> Arrival:
        """Return it as the ledger is told."""
        said = self.model_dump(exclude={"lot", "expires", "packs"})
        expires = None if self.expires is None else self.expires.isoformat()
        return Arrival(lot_no=self.lot, expires=expires, in_packs=self.packs, **said)


class DocumentAsked(BaseModel):
    """What every document says. `occurred_at`: where the ledger is, unless it names its zone; null for now.

    `reason`: a code of the type's list; `exception`: post it although an earlier day falls short; `explains`: the
    exception that it explains; `reported_by`, `reported_how`: who told it to whoever enters it, and how.
    """

    type: str
    occurred_at: _Time | None = None
    reason: _Words = ""
    note: _Text = ""
    approver: _Words | None = None
    exception: bool = False
    explains: _Number | None = None
    reported_by: _Words = ""
    reported_how: _Words = ""

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        raise NotImplementedError


class _AtSite(DocumentAsked):
    site: _Code
    lines: _Lines

    def _said(self) -> dict[str, Any]:
        return {"site": self.site, "rows": [line.row() for line in self.lines]}


class ReceiptAsked(DocumentAsked):
    """Supplies from a partner. With `order` and no lines: all that is still to come of it here."""

    type: Literal["receive"]
    site: _Code
    lines: Annotated[list[LineAsked], Field(max_length=_LINES_MAX)] = []
    partner: _Words = ""
    order: _Words = ""
    reference: _Words = ""
    certificate: _Words = ""
    standard: _Words = ""
    quarantine: bool = False

    @model_validator(mode="after")
    def _from_somebody(self) -> ReceiptAsked:
        if not self.order and not (self.partner and self.lines):
            raise ValueError("give partner and lines, or order")
        return self


class IssueAsked(_AtSite):
    """Supplies used at a site. `partial`: where there are too few, take what there is."""

    type: Literal["issue"]
    life_days_min: _Days = 0
    partial: bool = False

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        return issue(head, **self._said(), life_days_min=self.life_days_min, partial=self.partial)


class SendingAsked(_AtSite):
    """Supplies that leave for another site; an emergency issue needs a reason, and is countersigned later."""

    type: Literal["transfer", "emergency"]
    to: _Code
    arrives: dt.date | None = None
    life_days_min: _Days = 0
    partial: bool = False

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        arrives = "" if self.arrives is None else self.arrives.isoformat()
        terms: dict[str, Any] = {"arrives": arrives, "life_days_min": self.life_days_min, "partial": self.partial}
        make = transfer if self.type == "transfer" else emergency_issue
        return make(head, **self._said(), to=self.to, **terms)


class ConfirmationAsked(DocumentAsked):
    """What arrived of a shipment: everything sound, or what is said of each item."""

    type: Literal["confirm"]
    shipment: _Code
    all_sound: bool = False
    arrivals: Annotated[list[ArrivalAsked], Field(max_length=_LINES_MAX)] = []

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        arrivals = [each.arrival() for each in self.arrivals]
        return confirm(head, shipment=self.shipment, arrivals=arrivals, all_sound=self.all_sound)


class ExplanationAsked(DocumentAsked):
    """Where that came from which a shipment brought beyond its note; without a line: all that is open of it."""

    type: Literal["settle"]
    shipment: _Code
    line: LineAsked | None = None
    other: _Words = ""
    partner: _Words = ""

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        row = None if self.line is None else self.line.row()
        return settle(head, shipment=self.shipment, row=row, other=self.other, partner=self.partner)


class CountAsked(_AtSite):
    """What was found. `whole`: items of which every lot was counted; `sheet_…`: what the sheet knew that was used."""

    type: Literal["count"]
    whole: Annotated[list[_Code], Field(max_length=_LINES_MAX)] = []
    sheet_document: _Number | None = None
    sheet_printed_at: _Moment | None = None
    moves_known: bool = False

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        sheet = None
        if self.sheet_document is not None or self.sheet_printed_at is not None:
            printed = None if self.sheet_printed_at is None else micros(self.sheet_printed_at)
            sheet = Sheet(document=self.sheet_document, printed_at=printed, moves_known=self.moves_known)
        return count(head, **self._said(), whole=frozenset(self.whole), sheet=sheet)


class AdjustmentAsked(_AtSite):
    """A site's stock corrected, with a reason."""

    type: Literal["adjust"]
    direction: Literal["up", "down"]

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        return adjust(head, **self._said(), more=self.direction == "up")


class AsideAsked(_AtSite):
    """Stock that is lost, set aside or released, with a reason. `quarantined`: what is written off stands set aside."""

    type: Literal["writeoff", "quarantine", "release"]
    quarantined: bool = False

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        if self.type == "writeoff":
            return writeoff(head, **self._said(), from_quarantine=self.quarantined)
        make = quarantine if self.type == "quarantine" else release
        return make(head, **self._said())


class ReturnAsked(_AtSite):
    """Stock that goes back to a partner; without one, what was taken for use here and comes back unused."""

    type: Literal["return"]
    partner: _Words = ""
    quarantined: bool = False

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        if not self.partner:
            return give_back(head, **self._said())
        return return_to(head, **self._said(), partner=self.partner, from_quarantine=self.quarantined)


class ReversalAsked(DocumentAsked):
    """A document taken back, every line of it, with a reason."""

    type: Literal["reverse"]
    document: _Number

    def draft(self, head: Head) -> Draft:
        """Return the document as the ledger posts it."""
        return reverse(head, number=self.document)


class AnyDocument(
    RootModel[
        Annotated[
            ReceiptAsked
            | IssueAsked
            | SendingAsked
            | ConfirmationAsked
            | ExplanationAsked
            | CountAsked
            | AdjustmentAsked
            | AsideAsked
            | ReturnAsked
            | ReversalAsked,
            Field(discriminator="type"),
        ]
    ]
):
    """A document of any type, told apart by `type`."""

    model_config = example(type="issue", site="P1", lines=[{"item": "MASK", "units": 50}])

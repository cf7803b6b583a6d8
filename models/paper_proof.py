"""What a printed sheet says of the ledger in its code: which document with which hash, and the newest signed head.

Paper that is filed elsewhere is a witness too: whoever scans it can compare it with the ledger.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import say
from models.audit_findings import Fault
from models.checkpoint import Checkpoint, key_name
from models.sealing import origin_of
from models.tables import document
from models.tree import newest_head

__all__ = ["PaperProof", "check_papers", "paper_of", "proofs_of"]

_FORM = re.compile(
    r"(?P<ledger>\S.*?) document (?P<document>[1-9][0-9]{0,18}) sha256 (?P<digest>[0-9a-f]{64})"
    r"(?: head (?P<size>0|[1-9][0-9]{0,18}) (?P<root>[A-Za-z0-9+/]{43}=))?"
)


@dataclass(frozen=True)
class PaperProof:
    """A ledger's name, a document's number and the SHA-256 of its text in hex, and the head when it was printed.

    >>> PaperProof("county", 45, "ab" * 32).text()[:27]
    'county document 45 sha256 a'
    """

    ledger: str
    document: int
    digest: str
    head: Checkpoint | None = None

    def text(self) -> str:
        """Return what the code says."""
        text = f"{self.ledger} document {self.document} sha256 {self.digest}"
        if self.head is None:
            return text
        return f"{text} head {self.head.size} {base64.b64encode(self.head.root).decode()}"


def paper_of(text: str) -> PaperProof | None:
    """Return what a scanned code says, None where it is no such code.

    >>> proof = PaperProof("county", 45, "ab" * 32, Checkpoint("county", 7, bytes(32)))
    >>> paper_of(proof.text()) == proof
    True
    """
    found = _FORM.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    head = None
    if found["size"] is not None:
        root = base64.b64decode(found["root"])
        head = Checkpoint(key_name(found["ledger"]), int(found["size"]), root)
    return PaperProof(found["ledger"], int(found["document"]), found["digest"], head)


def proofs_of(connection: sa.Connection, numbers: list[int]) -> dict[int, PaperProof]:
    """Return what sheets that tell documents say of them, by number, with the newest head."""
    origin, newest = origin_of(connection), newest_head(connection)
    head = None if newest is None else Checkpoint(origin, newest.size, newest.root)
    found: dict[int, PaperProof] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        query = sa.select(document.c.id, document.c.body_hash).where(
            document.c.id.in_(numbers[start : start + _AT_ONCE])
        )
        for number, digest in connection.execute(query):
            found[number] = PaperProof(origin, number, bytes(digest).hex(), head)
    return found


_AT_ONCE = 500


def check_papers(connection: sa.Connection, papers: list[PaperProof]) -> Fault | None:
    """Each paper is of this ledger, and says of its document what the ledger says."""
    origin = origin_of(connection)
    for each in papers:
        if key_name(each.ledger) != origin:
            sentence = say("The paper is of the ledger {other}, and this is {own}.", other=each.ledger, own=origin)
            return Fault("outside", sentence)
        query = sa.select(document.c.body_hash).where(document.c.id == each.document)
        found = connection.execute(query).scalar()
        if found is None:
            sentence = say("The paper was printed of document {number}, which is not there.", number=each.document)
            return Fault("outside", sentence)
        if bytes(found).hex() != each.digest:
            sentence = say("Document {number} is not what it was when the paper was printed.", number=each.document)
            return Fault("outside", sentence)
    return None

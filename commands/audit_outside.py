"""What an audit compares a ledger with from outside: heads in files and folders, codes on paper."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.session import Session

if TYPE_CHECKING:
    from models.audit import Report
    from models.audit_tree import Outside
    from models.paper_proof import PaperProof

__all__ = ["Evidence", "evidence_of", "gather", "show_witnessed", "witnessed_json"]

KEPT_MOST = 1000
"""Heads of a folder that are compared, the largest."""


@dataclass
class Evidence:
    """Heads and papers to compare with; `unseen`: what could not be looked at."""

    heads: list[Outside] = field(default_factory=list)
    papers: list[PaperProof] = field(default_factory=list)
    unseen: list[Sentence] = field(default_factory=list)


def gather(desk: Desk, files: Sequence[Path], codes: Sequence[str]) -> Evidence:
    """Return what was named, and what lies in the folders of witnesses."""
    found = evidence_of(desk.session, files)
    for code in codes:
        _code(desk.session, code, found)
    _folders(desk, found)
    return found


def evidence_of(session: Session, files: Sequence[Path]) -> Evidence:
    """Return what files keep of the proof: each a signed head, or the code of a printed sheet.

    Raises:
        Refused: one cannot be read, or is neither.

    """
    found = Evidence()
    for path in files:
        _take_file(session, path, found)
    return found


def _take_file(session: Session, path: Path, found: Evidence) -> None:
    from data.head_keeping import head_text
    from data.os_reasons import reason_of
    from models.audit_tree import Outside
    from models.paper_proof import paper_of

    try:
        text = head_text(path)
    except OSError as error:
        session.refuse(say("{file} cannot be read: {why}.", file=str(path), why=reason_of(error)), status=2)
    paper = paper_of(text)
    if paper is not None:
        _paper(paper, found)
        return
    why = _no_head(text)
    if why is not None:
        session.refuse(
            say("{file} is no signed head: {why}. Give the head as it was kept.", file=str(path), why=why), status=2
        )
    found.heads.append(Outside(str(path), text))


def _no_head(text: str) -> Sentence | None:
    """Return why a text is no signed head of any ledger, None where it is one; whose it is the audit asks."""
    from models.checkpoint import BadNote, checkpoint_of, opened

    try:
        checkpoint_of(opened(text)[0])
    except BadNote as error:
        return error.sentence
    return None


def _code(session: Session, code: str, found: Evidence) -> None:
    from data.head_keeping import HEAD_BYTES_MAX
    from models.audit_tree import Outside
    from models.paper_proof import paper_of

    text = sys.stdin.read(HEAD_BYTES_MAX) if code == "-" else code
    paper, note = paper_of(text), text.rstrip("\n") + "\n"
    if paper is not None:
        _paper(paper, found)
    elif _no_head(note) is None:
        found.heads.append(Outside(str(say("the code on paper")), note))
    else:
        session.refuse(
            say(
                '"{code}" is no code of a sheet of this program. Give all of it, as it was scanned; with - it is read '
                "from the keyboard, which keeps its lines.",
                code=text.strip()[:60],
            ),
            status=2,
        )


def _paper(paper: PaperProof, found: Evidence) -> None:
    from models.audit_tree import Outside

    found.papers.append(paper)
    if paper.head is not None:
        found.heads.append(Outside(str(say("the code on paper")), printed=paper.head))


def _folders(desk: Desk, found: Evidence) -> None:
    """Read what this ledger's own folders keep: their heads are compared like any other."""
    from data.head_keeping import folder_of, head_text, heads_in
    from data.os_reasons import reason_of
    from models.audit_tree import Outside
    from models.database import reading
    from models.sealing import origin_of
    from models.witnesses import FOLDER, keys_of_witness, last_size, witnesses

    with reading(desk.ledger.engine) as connection:
        origin = origin_of(connection)
        kept = [
            (each, last_size(connection, each.name), tuple(keys_of_witness(connection, each)))
            for each in witnesses(connection)
            if each.kind == FOLDER
        ]
    for each, last, keys in kept:
        folder = folder_of(Path(each.place), origin)
        try:
            # What lies there counts even where this ledger knows of no signature: whoever rewrites it deletes those.
            files = heads_in(folder, KEPT_MOST) if last or folder.exists() else []
            found.heads += [Outside(str(path), head_text(path), cosigners=keys) for path in files]
        except OSError as error:
            why = reason_of(error)
            found.unseen.append(
                say("The heads that witness {name} keeps could not be read: {why}.", name=each.name, why=why)
            )


def witnessed_json(report: Report) -> dict[str, Any]:
    """Return what witnesses hold as plain JSON values."""
    found = report.witnessed
    return {
        "cosignatures": found.cosignatures,
        "heads_of_two": found.heads,
        "size_of_two": found.size or None,
        "witnesses": [
            {"name": each.witness.name, "signed_size": each.size or None, "seconds": each.seconds}
            for each in found.witnesses
        ],
    }


def show_witnessed(desk: Desk, report: Report) -> None:
    """Say which heads two witnesses hold, and how old the newest of them is."""
    from models.days import clock_of

    found, word = report.witnessed, desk.session.word
    if not found.witnesses:
        desk.session.show(
            word(
                say(
                    "No witness holds this ledger's heads, so whoever has its key could rewrite it: allocator audit "
                    "witnesses add NAME …"
                )
            )
        )
        return
    if found.heads:
        said = say(
            "Heads that two witnesses or more hold: {heads}; the newest, over {size} of {leaves} leaves, was signed "
            "{when} ({hours} hours ago).",
            heads=found.heads,
            size=found.size,
            leaves=report.tree.leaves,
            when=clock_of(found.signed_at, desk.ledger.zone),
            hours=max(0, desk.now - found.signed_at) // 3_600_000_000,
        )
    else:
        said = say("No head is held by two witnesses yet: {count} are named.", count=len(found.witnesses))
    desk.session.show(word(said))
    for each in found.witnesses:
        behind = each.size < report.tree.leaves
        line = say(
            "{name}: {size} leaves, signed {when}",
            name=each.witness.name,
            size=each.size,
            when="-" if each.seconds is None else clock_of(each.seconds * 1_000_000, desk.ledger.zone),
        )
        why = f" ({word(each.why)})" if behind and each.why is not None else ""
        desk.session.show(f"  {word(line)}{why}")

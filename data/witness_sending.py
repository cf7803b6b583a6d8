"""Send the newest head to every witness that has not signed it: after sealing, outside the commit path.

All witnesses are asked at once and together get a few seconds; whoever does not answer in time is asked again by a
later command. Nothing here makes a command fail.
"""

from __future__ import annotations

import http.client
import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.head_keeping import CONFLICT, NOT_EXTENDING, NOT_SIGNED, SIGNED, UNKNOWN, Answer, Keeper, folder_of
from data.os_reasons import reason_of
from models.checkpoint import BadNote, Signer
from models.cosigning import Submission
from models.database import reading
from models.entry import Refusal
from models.ledger import Ledger
from models.sealing import origin_of
from models.tree import keys_of
from models.versions import Stamp
from models.witnesses import (
    FOLDER,
    Due,
    due_heads,
    keep_cosignature,
    note_contact,
    record_refusal,
    submission_from,
)

__all__ = ["SECONDS", "Sent", "send_heads"]

SECONDS = 3.0
"""How long all witnesses together are waited for, each time they are asked."""

_ANSWER_BYTES_MAX = 16_384

_Ask = Callable[[Submission], Answer]


@dataclass(frozen=True)
class Sent:
    """What became of a head at a witness. `why`: why it has not signed, None where it has; `refused`: it forks."""

    witness: str
    size: int
    why: Sentence | None = None
    refused: bool = False


class _NoAnswer(Exception):
    """A witness gave no answer that can be used: the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def send_heads(
    ledger: Ledger, signer: Callable[[], Signer], stamp: Stamp, *, anyway: bool = False, seconds: float = SECONDS
) -> list[Sent]:
    """Ask every witness that is due; return what became of it, by witness.

    `signer`: gives the ledger's key, which signs for folders; `anyway`: ask those too that just did not answer.

    Raises:
        Refusal: the ledger's key cannot be read.

    """
    with reading(ledger.engine) as connection:
        due = due_heads(connection, at=stamp.recorded_at, anyway=anyway)
        if not due:
            return []
        asks = [_ask_of(connection, each, signer, stamp) for each in due]
        first = [submission_from(connection, each.head, each.held) for each in due]
    answers = _together(list(zip(asks, first, strict=True)), seconds)
    known = [_known(answer) or each.held for each, answer in zip(due, answers, strict=True)]
    again = [n for n, answer in enumerate(answers) if _knows_other(due[n], answer, first[n].old)]
    if again:
        with reading(ledger.engine) as connection:
            second = [submission_from(connection, due[n].head, _known(answers[n])) for n in again]
        later = _together([(asks[n], each) for n, each in zip(again, second, strict=True)], seconds)
        for n, answer in zip(again, later, strict=True):
            answers[n] = answer
            known[n] = _known(answer) or known[n]
    return [_settle(ledger, *each, stamp) for each in zip(due, answers, known, strict=True)]


def _known(answer: Answer | _NoAnswer) -> int:
    return (answer.known or 0) if isinstance(answer, Answer) else 0


def _knows_other(due: Due, answer: Answer | _NoAnswer, old: int) -> bool:
    """Say whether a witness knows another size than was thought, from which the head can still be proved."""
    is_conflict = isinstance(answer, Answer) and answer.status == CONFLICT and answer.known is not None
    return is_conflict and _known(answer) != old and _known(answer) <= due.head.size


def _ask_of(connection: sa.Connection, due: Due, signer: Callable[[], Signer], stamp: Stamp) -> _Ask:
    if due.witness.kind != FOLDER:
        return lambda submission: _post(due.witness.place, submission)
    origin = origin_of(connection)
    own = signer()
    place = Path(due.witness.place)
    keeper = Keeper(folder_of(place, origin), keys_of(connection), own, f"{own.public.name}/{due.witness.name}")

    def ask(submission: Submission) -> Answer:
        # A drive that is not there must not be made anew on the disk below it.
        if not place.is_dir():
            raise _NoAnswer(say("{place} is not there", place=str(place)))
        return keeper.submit(submission, seconds=stamp.recorded_at // 1_000_000)

    return ask


def _together(asked: Sequence[tuple[_Ask, Submission]], seconds: float) -> list[Answer | _NoAnswer]:
    """Ask all at once, and wait no longer than so many seconds."""
    late = _NoAnswer(say("it did not answer within {seconds} seconds", seconds=round(seconds)))
    answers: list[Answer | _NoAnswer] = [late] * len(asked)

    def work(number: int) -> None:
        ask, submission = asked[number]
        try:
            answers[number] = ask(submission)
        except _NoAnswer as none:
            answers[number] = none
        except BadNote as error:
            answers[number] = _NoAnswer(error.sentence)
        except OSError as error:
            answers[number] = _NoAnswer(reason_of(error))
        except (http.client.HTTPException, ValueError) as error:
            answers[number] = _NoAnswer(say("its answer cannot be read ({why})", why=type(error).__name__))

    # Daemons: a name that is looked up for minutes, or a drive that hangs, must not keep the command.
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    return list(answers)


def _post(place: str, submission: Submission) -> Answer:
    url = urllib.parse.urlsplit(place.rstrip("/") + "/add-checkpoint")
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    connection = kinds[url.scheme](url.hostname or "", url.port, timeout=SECONDS)
    try:
        connection.request("POST", url.path, submission.text().encode(), {"Content-Type": "text/plain; charset=utf-8"})
        response = connection.getresponse()
        text = response.read(_ANSWER_BYTES_MAX).decode("utf-8", "replace")
    finally:
        connection.close()
    known = int(text) if response.status == CONFLICT and text.strip().isdecimal() else None
    return Answer(response.status, text if response.status == SIGNED else "", known)


def _settle(ledger: Ledger, due: Due, answer: Answer | _NoAnswer, known: int, stamp: Stamp) -> Sent:
    """Keep what a witness signed, or note why it has not. `known`: the size it knows, as far as that is known here."""
    each, size = due.witness, due.head.size
    why = answer.sentence if isinstance(answer, _NoAnswer) else _why_not(due, answer, known)
    forks = isinstance(answer, Answer) and answer.status in (CONFLICT, NOT_EXTENDING)
    if forks and known:
        record_refusal(ledger, each, size=size, known=known, stamp=stamp)
    if why is None and isinstance(answer, Answer):
        try:
            keep_cosignature(ledger, each, size, answer.lines)
        except Refusal as refusal:
            why = refusal.sentences[0]
    note_contact(ledger, each.name, why, at=stamp.recorded_at)
    return Sent(each.name, size, why, forks and known > 0)


def _why_not(due: Due, answer: Answer, known: int) -> Sentence | None:
    if answer.status == SIGNED:
        return None
    if answer.status in (CONFLICT, NOT_EXTENDING):
        return say(
            "it holds a head over {known} leaves, which the head over {size} leaves does not extend",
            known=known,
            size=due.head.size,
        )
    if answer.status in (UNKNOWN, NOT_SIGNED):
        return say("it does not trust this ledger's key yet; give it the key: allocator audit witnesses list")
    return say("it answered with status {status}", status=answer.status)

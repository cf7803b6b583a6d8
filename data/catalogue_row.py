"""Save one row of the catalogue as if it came in a file: the same reading, the same refusals, the same versions."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from data.csv_cells import write_rows
from data.import_files import read_upload
from data.import_reading import Hand, incoming
from data.problems import ProblemList
from models.database import reading
from models.entry import Refusal
from models.import_known import ledger_known
from models.imports import take_in
from models.ledger import Ledger
from models.versions import Stamp

__all__ = ["save_row"]


def save_row(ledger: Ledger, kind: str, values: Mapping[str, str], stamp: Stamp) -> None:
    """Save one row of a table. `kind`: as of `import`; `values`: by its columns, as typed; others stay as they are.

    Raises:
        Refusal: with everything that is wrong in it, or that the actor may not bring it; nothing was written.

    """
    problems = ProblemList()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            write_rows(file, [list(values), list(values.values())])
        upload = read_upload(path, kind, problems)
    if upload is not None:
        hand = Hand(actor=stamp.actor, now=stamp.recorded_at, zone=ledger.zone)
        with reading(ledger.engine) as connection:
            found = incoming(upload, ledger_known(connection), hand, problems)
        if found is not None:
            take_in(ledger, found, stamp)
            return
    raise Refusal(*(each.sentence for each in problems.problems))

"""A clerk at a fresh ledger in a folder of their own: files are written, commands typed, answers read."""

from __future__ import annotations

import functools
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from cli import root
from models.days import now_micros
from models.documents import post_draft
from models.documents_undo import reverse
from models.ledger import open_ledger
from models.reasons import REASONS
from models.requests import Head

__all__ = ["CATALOGUE", "Clerk"]

CATALOGUE = {
    "areas.csv": "area,name\n4211,city\n421127,county\n",
    "items.csv": "item,name,unit,pack_units,use\nMASK,mask,piece,10,consumable\nTENT,tent,piece,1,durable\n",
    "sites.csv": "site,kind,area\nD1,warehouse,421127\nP1,checkpoint,421127\nP2,clinic,421127\n",
    "partners.csv": "partner,kind\nS1,supplier\nN1,donor\nU1,upper_level\n",
}


@functools.cache
def _kept() -> tempfile.TemporaryDirectory[str]:
    """Return the folder of this process that keeps what the first of its ledgers was."""
    return tempfile.TemporaryDirectory(prefix="allocator-begun-")


class Clerk:
    """Types commands in `folder`, where the ledger lies too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def url(self) -> str:
        """The address of the ledger."""
        return os.environ["ALLOCATOR_DB"]

    def __call__(self, *words: str, lang: str = "en") -> Result:
        """Type a command."""
        return CliRunner().invoke(root, ["--lang", lang, *words], prog_name="allocator")

    def typing(self, text: str, *words: str) -> Result:
        """Type a command that reads a line of standard input."""
        return CliRunner().invoke(root, ["--lang", "en", *words], input=f"{text}\n", prog_name="allocator")

    def write(self, **files: str | bytes) -> None:
        """Write CSV files by their stems."""
        for stem, text in files.items():
            (self.folder / f"{stem}.csv").write_bytes(text.encode() if isinstance(text, str) else text)

    def take(self, name: str, text: str | bytes, *words: str) -> Result:
        """Write a file and take it in."""
        (self.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return self("import", name, *words)

    def begin(self, further: Callable[[Clerk], None] | None = None) -> None:
        """Make a ledger with a small catalogue, and do what else all tests of a module begin with.

        What the first one came to is copied for all others where it is a file in the clerk's own folder: making it
        takes half a second and more.
        """
        if Path(self.url.removeprefix("sqlite:///")).absolute().parent != self.folder.absolute():
            self._make(further)
            return
        name = "begun" if further is None else f"{further.__module__}.{further.__qualname__}"
        kept = Path(_kept().name, name, Path(self.url).name, os.environ.get("ALLOCATOR_ACTOR", "nobody"))
        if not kept.exists():
            before = {path.name for path in self.folder.iterdir()}
            self._make(further)
            shutil.copytree(self.folder, kept, ignore=lambda folder, _: before if Path(folder) == self.folder else ())
            return
        shutil.copytree(kept, self.folder, dirs_exist_ok=True)

    def _make(self, further: Callable[[Clerk], None] | None) -> None:
        made = self("init")
        for name, text in CATALOGUE.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        taken = self("import", *CATALOGUE)
        assert (made.exit_code, taken.exit_code) == (0, 0), made.output + taken.output
        if further is not None:
            further(self)

    def reverse(self, number: int) -> None:
        """Reverse a document."""
        ledger = open_ledger(self.url)
        head = Head(key=f"undo {number}", actor="local", occurred_at=0, reason=REASONS["reverse"][0].code)
        post_draft(ledger, reverse(head, number=number), recorded_at=now_micros())
        ledger.engine.dispose()

    def held(self, site: str = "D1", item: str = "MASK") -> dict[str, int]:
        """Return units of an item at a site by lot, those in quarantine after "Q:"."""
        answer = json.loads(self("stock", "--site", site, "--item", item, "--json").stdout)
        rows: list[dict[str, Any]] = answer["rows"]
        return {
            ("Q:" if row["state"] == "quarantine" else "") + row["lot"]: row["units"] for row in rows if row["units"]
        }

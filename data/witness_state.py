"""What a witness of other ledgers keeps: its own key, the keys it trusts, and for each ledger the heads it signed.

Everything lies in one folder: `witness.key` (its owner's alone), `trusted.keys` (a public key a line), and a folder
for each ledger, as `data/head_keeping.py` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allocator.sentence import say
from data.head_keeping import NOT_SIGNED, UNKNOWN, UNREADABLE, Answer, Keeper, folder_of, heads_in
from models.checkpoint import BadNote, Checkpoint, Signer, VerifierKey, checkpoint_of, opened
from models.cosigning import cosigner_key, submission_of
from models.entry import Refusal

__all__ = ["WitnessState"]

_KEYS_BYTES_MAX = 1_000_000


@dataclass(frozen=True)
class WitnessState:
    """A witness: where it keeps everything, and what it signs with."""

    folder: Path
    signer: Signer

    @property
    def key(self) -> VerifierKey:
        """The public key to give to whoever runs a ledger."""
        return cosigner_key(self.signer.public)

    def trusted(self) -> list[VerifierKey]:
        """Return the keys that are trusted, oldest first.

        Raises:
            Refusal: a line of the file holds none.
            OSError: the file cannot be read.

        """
        file = self._keys
        if not file.exists():
            return []
        with file.open("rb") as opened_file:
            lines = opened_file.read(_KEYS_BYTES_MAX).decode("utf-8", "replace").splitlines()
        keys: list[VerifierKey] = []
        for number, line in enumerate(lines, 1):
            try:
                keys += [VerifierKey.of(line.strip())] if line.strip() else []
            except BadNote as error:
                raise Refusal(
                    say(
                        "{file}, line {line}: {why}. Mend or delete the line.",
                        file=str(file),
                        line=number,
                        why=error.sentence,
                    )
                ) from None
        return keys

    def trust(self, line: str) -> VerifierKey:
        """Trust a ledger's key from now on.

        Raises:
            Refusal: it is no ledger's key.
            OSError: it cannot be kept.

        """
        try:
            key = VerifierKey.of(line.strip())
        except BadNote as error:
            raise Refusal(
                say(
                    "{key} is no ledger's key: {why}. The ledger shows it with: allocator audit witnesses list",
                    key=line.strip() or "-",
                    why=error.sentence,
                )
            ) from None
        if key not in self.trusted():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._keys.open("a", encoding="utf-8", newline="") as file:
                file.write(f"{key.text}\n")
        return key

    def submit(self, text: str, *, seconds: int) -> Answer:
        """Answer a request; `text`: as `models.cosigning.Submission` writes it, `seconds`: now, in UTC.

        Raises:
            OSError: what is kept cannot be read or written.
            BadNote: what is kept is no head.
            Refusal: the trusted keys cannot be read.

        """
        try:
            asked = submission_of(text)
            origin = checkpoint_of(opened(asked.note)[0]).origin
        except BadNote:
            return Answer(UNREADABLE)
        keys = [key for key in self.trusted() if key.name == origin]
        if not keys:
            return Answer(UNKNOWN)
        signers = {(name, key_id) for name, key_id, _ in opened(asked.note)[1]}
        if not signers & {(key.name, key.id) for key in keys}:
            return Answer(NOT_SIGNED)
        return Keeper(folder_of(self.folder, origin), keys, self.signer).submit(asked, seconds=seconds)

    def newest(self) -> list[tuple[Checkpoint, Path]]:
        """Return the largest head of each trusted ledger of which one is kept.

        Raises:
            OSError: what is kept cannot be read.
            BadNote: what is kept is no head.
            Refusal: the trusted keys cannot be read.

        """
        found: list[tuple[Checkpoint, Path]] = []
        for origin in dict.fromkeys(key.name for key in self.trusted()):
            folder = folder_of(self.folder, origin)
            last = Keeper(folder, (), self.signer).newest()
            if last is not None:
                found.append((last[0], heads_in(folder, 1)[0]))
        return found

    @property
    def _keys(self) -> Path:
        return self.folder / "trusted.keys"

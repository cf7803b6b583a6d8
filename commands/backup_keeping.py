"""What `allocator backup --keep` does beside writing: notes the new backup in its folder, and takes older ones away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.on_ledger import Desk

if TYPE_CHECKING:
    from data.kept_backups import KeptBackup

__all__ = ["Keeper", "Kept"]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of a folder: files that are there by its list, went, or stay though they were to go."""

    there: list[str]
    gone: list[str]
    stays: list[str]


class Keeper:
    """Keeps backups of one ledger in a folder. `keep`: how many of each period."""

    def __init__(self, desk: Desk, folder: Path, keep: Mapping[str, int]) -> None:
        import sqlalchemy as sa

        from models.database import reading
        from models.tables import instance

        self._desk, self._folder, self._keep = desk, folder, keep
        with reading(desk.ledger.engine) as connection:
            self._name, made_at = connection.execute(sa.select(instance.c.name, instance.c.made_at)).one()
        # Two ledgers of one name may be kept in one folder.
        self._ledger = f"{self._name} {made_at}"

    def file(self, *, encrypted: bool) -> Path:
        """Return where the new backup goes."""
        from data.kept_backups import file_name

        return self._folder / file_name(self._name, self._desk.now, encrypted=encrypted)

    def note(self, file: Path, *, holds: bool) -> Kept:
        """Add what was written to the list, and take away what is not to be kept beside it, if it holds.

        Raises:
            Refusal: the list of the folder cannot be read; nothing was taken away.

        """
        from data.kept_backups import KeptBackup, listed, noted, sum_of

        new = KeptBackup(file=file.name, ledger=self._ledger, taken_at=self._desk.now, sha256=sum_of(file), holds=holds)
        backups = [*(each for each in listed(self._folder) if each.file != file.name), new]
        noted(self._folder, backups)
        return self._pruned(backups, really=True) if holds else self._kept(backups, [], [])

    def look(self) -> Kept:
        """Return what would go beside a backup of now that holds."""
        from data.kept_backups import KeptBackup, listed

        new = KeptBackup(
            file=self.file(encrypted=False).name, ledger=self._ledger, taken_at=self._desk.now, sha256="", holds=True
        )
        return self._pruned([*listed(self._folder), new], really=False)

    def _pruned(self, backups: list[KeptBackup], *, really: bool) -> Kept:
        from data.kept_backups import going, noted, take_away

        own = [each for each in backups if each.ledger == self._ledger]
        surplus = going(own, self._keep, self._desk.ledger.zone)
        gone, stays = take_away(self._folder, surplus, really=really)
        left = [each for each in backups if each not in surplus or each.file in stays]
        if really:
            noted(self._folder, left)
        return self._kept(left, gone, stays)

    def _kept(self, backups: list[KeptBackup], gone: list[str], stays: list[str]) -> Kept:
        there = [each.file for each in backups if each.ledger == self._ledger]
        return Kept(there=there, gone=gone, stays=stays)

    def say(self, kept: Kept, *, really: bool) -> None:
        """Say what is kept, what went, and what should have gone and is not what was written."""
        session = self._desk.session
        values = {"count": len(kept.there), "gone": kept.gone or say("none")}
        told = (
            say("Kept: {count} backups. Taken away: {gone}.", **values)
            if really
            else say(
                "Nothing was written. With a backup of now {count} would be kept, and taken away: {gone}.", **values
            )
        )
        session.show(session.word(told))
        if kept.stays:
            session.tell(
                say("Not what was written there, and so not taken away: {stays}. Look at them.", stays=kept.stays)
            )

"""What the ledger refuses, in its own words: docs/refusals.md shows every sentence, and this makes each happen.

`UPDATE_GOLDEN=1 pytest tests/doors/test_refusals.py` writes the page anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from ledgers import a_ledger

from cli import root
from models.tables import document

PAGE = Path(__file__).resolve().parents[2] / "docs" / "refusals.md"

HEAD = """\
# What the ledger refuses

Made by tests/doors/test_refusals.py, which types every command below and compares what is said. Nothing is
posted by any of them; each ends with status 1. Whatever is wrong is said at once, with what to do about it.

The ledger has a depot D1, posts P1 and P2, items I1 to I3 in packs of 10, a supplier S1 and a donor N1, and these
documents:

"""

STORY = """\
receive D1 I1 500 --partner S1 --lot A7 --expires 2099-03-01 --date 2020-02-10
receive D1 I1 30 --partner N1 --lot B --date 2020-02-10
receive D1 I2 40 --partner S1 --lot OLD --expires 2020-02-01 --date 2020-01-20
receive D1 I3 8 --partner N1 --lot KEPT --earmark P2 --date 2020-02-10
receive P1 I2 9 --partner S1 --lot BAD --date 2020-02-10
transfer D1 P1 I1 10 --lot A7 --date 2020-02-11 --key note
issue D1 I1 100 --lot A7 --date 2020-02-12
count D1 I1 380 --lot A7 --date 2020-02-13
reverse 7 --reason entered-twice
recall BAD --reason counterfeit --date 2020-02-14
writeoff D1 I2 1 --lot OLD --reason broken --date 2020-01-10 --exception --note late-paper
receive D1 I2 1 --partner N1 --lot OLD --date 2020-01-05 --explains 11
receive D1 I1 7 --partner N1 --lot B --expires 2098-01-01 --date 2020-02-20
emergency-issue D1 P2 I1 5 --lot A7 --reason ordered --date 2020-02-21 --key night
"""

REFUSED = """\
receive D9 I8 5 --partner S9
receive D1 I1 0 --partner S1
receive D1 I1 9999999999999999 --partner S1
receive D1 I1 5 --partner S1 --lot B
receive D1 I1 5 --partner S1 --approver local
receive D1 I1 5 --partner S1 --approver nobody
receive D1 I1 5 --partner S1 --key note
receive D1 I1 5 --partner S1 --explains 1
receive D1 I1 5 --partner S1 --explains 11
issue D1 I1 900
issue P2 I1 5
issue D1 I1 5 --lot C9
issue D1 I2 5
issue D1 I1 300 --life 40000
issue D1 I1 38 --lot B --date 2020-02-12
issue P1 I2 5
issue D1 I3 5
transfer D1 D1 I1 5
transfer D1 P9 I1 5
confirm T-9 --all
confirm T-XXXXXXX I1 12
confirm T-XXXXXXX I2 1
confirm T-XXXXXXX I1 6 --damaged 1
confirm T-XXXXXXX I1 --over 1 --reason miscounted-loading
confirm T-XXXXXXX I2 1 --instead-of I3 --reason wrong-loaded
settle T-XXXXXXX I1 1 --reason found
settle T-XXXXXXX --reason other-shipment
count D1 I1 400
count D1 I1 380 --lot A7 --sheet-document 6 --at 2020-02-13T09:00
adjust D1 I1 5 --up --reason found
writeoff D1 I1 5 --reason lost
writeoff D1 I1 5 --lot C9 --reason lost
writeoff P2 I1 5 --reason lost
writeoff D1 I1 900 --lot A7 --reason lost
writeoff D1 I1 5 --lot A7 --reason lost --date 2020-02-01
release P1 I2 --reason inspected
recall NONE --reason ordered
recall BAD --reason ordered
recall A7 --end --reason passed-test
recall A7 --reason ordered --date 2020-02-10
return D1 I1 40 --lot B --expires 2098-01-01 --to N1 --reason surplus
return D1 I1 7 --lot B --expires 2098-01-01 --to S1 --reason surplus
return D1 I3 7 --unused --reason unused
adjust D1 I3 1 --down --reason other
issue D1 I1 300 --date 2020-02-01 --exception
reverse 99 --reason entered-twice
reverse 7 --reason entered-twice
reverse 9 --reason entered-twice
reverse 1 --reason wrong-date
issue D1 I1 5 --reported-by 王五 --by telephone
emergency-issue D1 D1 I1 5 --reason ordered
emergency-issue D1 P1 I1 5 --reason other
approve 14
approve 1
approve 99
show 99
notes T-9 --out note.pdf
report donation 1
report donation 99
report day --date 2999-01-01
"""


@pytest.fixture
def allocator(tmp_path, monkeypatch):
    """Return the command line at a ledger with the story's documents."""
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    a_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", timezone="Asia/Shanghai").engine.dispose()

    def run(line: str, lang: str = "en") -> Result:
        return CliRunner().invoke(root, ["--lang", lang, *line.split()], prog_name="allocator")

    for line in STORY.splitlines():
        assert run(line).exit_code == 0, run(line).stderr
    return run


def documents(address: str) -> int:
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(document)).scalar_one()


def test_every_refusal_is_said_in_both_languages_and_posts_nothing(allocator):
    shipment = "T-2JRA6TP"
    parts = [HEAD, *(f"    allocator {line}\n" for line in STORY.splitlines())]
    for line in REFUSED.splitlines():
        typed = line.replace("T-XXXXXXX", shipment)
        parts.append(f"\n## {typed}\n")
        for lang in ("en", "zh"):
            result = allocator(typed, lang)
            assert (result.exit_code, result.stdout) == (1, ""), f"{typed}: {result.output}"
            parts += ["\n", *(f"> {said}\\\n" for said in result.stderr.splitlines())]
            parts[-1] = parts[-1].replace("\\\n", "\n")
    page = "".join(parts)
    if "UPDATE_GOLDEN" in os.environ:
        PAGE.write_text(page, encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page
    assert documents(os.environ["ALLOCATOR_DB"]) == len(STORY.splitlines())

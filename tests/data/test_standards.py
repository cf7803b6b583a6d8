"""Standards as people write them, and the kinds of item they are for."""

from __future__ import annotations

import pytest

from data.standards import KNOWN_STANDARDS, Standard, is_for, remark_on, standards_in
from data.statement_tokens import read_lexicon

WRITTEN = """
GB19083-2010 | GB 19083-2010
医用防护口罩GB 19083 2010    医用外科口罩YY 0469-2011 | GB 19083-2010, YY 0469-2011
YY/T 0969-2013 | YY/T 0969-2013
yy／t0969—2013 | YY/T 0969-2013
执行标准：ＧＢ２６２６－２００６ | GB 2626-2006
GB/T32610 | GB/T 32610
YY/T 0506.2-2016 | YY/T 0506.2-2016
GB19082-2009,GB19082-2009 | GB 19082-2009
批号2010-01，无标准 |
"""


@pytest.mark.parametrize("line", WRITTEN.strip().splitlines())
def test_it_is_read_however_it_is_written(line):
    text, _, due = line.partition(" |")

    assert ", ".join(map(str, standards_in(text))) == due.strip()


def test_every_standard_is_of_kinds_that_the_lexicon_knows_and_its_successor_is_listed():
    kinds = set(read_lexicon().words.values())

    for name, known in KNOWN_STANDARDS.items():
        assert known.kinds <= kinds, name
        assert not known.replaced_by or known.replaced_by in KNOWN_STANDARDS, name
        assert [str(each) for each in standards_in(name)] == [name]


def test_one_without_a_year_is_of_its_kind_too():
    assert is_for(Standard("GB 19083", ""), {"RESPIRATOR"}) is True
    assert is_for(Standard("YY 0969", ""), {"MEDICAL_MASK"}) is True
    assert remark_on(Standard("GB 19083", "")) is None


def test_what_nobody_knows_is_no_fault():
    assert is_for(Standard("GB 1", "2000"), {"SUIT"}) is None
    assert str(remark_on(Standard("GB 1", "2000"))) == "GB 1-2000 is not among the standards that are known here."

"""Write docs/findings.md from the rules: what each compares, how, with which limits, and what is innocent."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from allocator.finding_limits import LIMITS
from allocator.findings import RULES

PAGE = Path(__file__).with_name("findings.md")

HEAD = """\
# What does not add up

Made from the rules by `python docs/write_findings.py`; a test compares the two, and runs what stands here.

`allocator audit findings` asks seventeen rules what in the ledger does not add up. **A finding is a question, not
a verdict**: each tells its evidence document by document, the limits it used, and the honest causes it knows. One
finding is about one subject (a site, a person, a pair, a partner, a book of forms), with all its evidence.

| command | |
|---|---|
| `audit findings list` | all of them, the strongest first; exit status 4 while one waits for somebody |
| `audit findings explain ID` | the evidence, the limits, what would be innocent, which documents to trace |
| `audit findings accept ID --reason …` | explained: a reason from a list; never by somebody whom it names |
| `audit findings open ID --owner PERSON --due DATE` | to be mended by somebody until a day |
| `audit findings close ID --evidence TEXT` | 销号: never by who opened it, was to mend it, or is named in it |

A finding is worked out anew from the ledger each time. Its number is made of its rule, its subject and the first day of
its evidence, so it is the same tomorrow, with more evidence; where its first day moves, it keeps the number under which
it was first decided on. **More evidence after it was accepted or closed brings it back** (`more evidence since it was
decided`). What people decide is a fact of the ledger: never changed, sealed, compared by `audit check`; the database
itself refuses a closing by who opened the item or was to mend it. **Auditors and administrators decide**, other roles
are refused (`decide-findings` in `models/rights.py`); where no people are defined, the local administrator does.

```python
>>> from allocator.finding_chances import binomial_tail, corrected
>>> strength = binomial_tail(18, 19, 0.5)     # 18 of 19 counts that differ fall short
>>> round(strength, 1), round(corrected(strength, 88), 1)     # one of 88 keepers who were all looked at
(4.4, 2.5)

```

**Strength** is how unlikely chance is to have done it, in powers of ten: 4.4 is one in 25,000. Where many were looked
at, chances are multiplied by how many (Bonferroni), so 88 keepers leave 2.5. Scales are robust (median, and median
absolute deviation × 1.4826), so that what is odd does not say what is usual; shares elsewhere leave out the subject
itself. Where a rule states a fact (a receipt without any paper), strength only ranks.

**Limits** stand in one table (`allocator/finding_limits.py`). `--set LIMIT=VALUE` changes one for a single `list` or
`explain`; what is recorded when somebody decides always has the limits below.

How far to trust the rules is [measured](benchmarks-findings.md) on half years of 300 sites in which a generator, kept
apart from them, plants wrongs and honest look-alikes (`make bench-findings`).
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *_rules()]) + "\n"


def _rules() -> Iterator[str]:
    for name, rule in RULES.items():
        yield f"## {name}: {rule.says}\n"
        yield f"Compares {rule.compares}.\n"
        # Formulas are set in by four blanks between blank lines, which Markdown takes for code as they are.
        yield f"{inspect.getdoc(rule.find)}\n"
        yield "| limit | | |\n|---|---|---|"
        for limit in rule.limits:
            known = LIMITS[limit]
            yield f"| `{limit}` | {known.value:g} {known.unit} | {known.why} |"
        yield "\nInnocent, where a paper or a look at the place shows it:\n"
        for cause in rule.innocent:
            yield f"- {cause}"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

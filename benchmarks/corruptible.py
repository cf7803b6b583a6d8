"""A small ledger in which every table has rows, made through the commands, signed by two witnesses; and its export."""

from __future__ import annotations

import os
import random
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from cli import root
from data.head_keeping import folder_of, heads_in

__all__ = ["Made", "at_ledger_in", "changed", "make"]

_FILES = {
    # So many that the first 256 leaves make a tile of the tree.
    "areas": "area,name\n4211,city\n421127,county\n" + "".join(f"421127{n:03},town {n}\n" for n in range(1, 221)),
    "items": (
        "item,name,name_zh,unit,pack_units,pack_kg,use\nMASK,mask,口罩,piece,10,0.5,consumable\n"
        "SUIT,suit,防护服,piece,5,1.25,consumable\nTHERM,thermometer,体温计,piece,1,,durable\n"
    ),
    "sites": (
        "site,name,name_zh,kind,area,lat,lon,tier\nD1,Store,仓库,warehouse,421127,30.1,115.3,\n"
        "P1,Gate,卡口,checkpoint,421127,30.2,115.4,frontline\nP2,Clinic,卫生院,clinic,421127,,,frontline\n"
    ),
    "depots": "depot,max_kg,max_stops\nD1,1200,12\n",
    "lanes": "depot,site,open,km,hours\nD1,P1,yes,12.5,0.5\nD1,P2,yes,30,1.25\n",
    "substitutes": "item,by,units_per_unit\nSUIT,MASK,3\n",
    "partners": "partner,kind,name,name_zh\nN1,donor,Red Cross,红十字会\nU1,upper_level,Province,省\n",
    "suppliers": "supplier,name,name_zh\nS1,Mask Works,口罩厂\n",
    "needs": (
        "site,item,daily_units,reported_on\nP1,MASK,20,2020-02-09\nP2,MASK,40,2020-02-09\nP2,SUIT,3.5,2020-02-09\n"
    ),
    "offers": "supplier,item,price,lead_days,units_per_week,min_units,from,to\nS1,MASK,1.2,5,7000,100,,2099-12-31\n",
    "budgets": "bucket,amount,from,to,items\nFebruary,9000,2020-02-01,2099-02-28,\n",
    "measures": "item,unit,amount,of\nMASK,carton,2000,piece\n",
    "gtins": "gtin,item,units\n6901234567892,MASK,50\n",
    "drivers": "site,driver,value,from,to,said_by\nP1,staff,7,2020-02-01,,township\n",
    "facts": "place,fact,value,since,reason,said_by\n421127,confirmed_cases,12,2020-02-09,bulletin 14,bureau\n",
    "fleets": "site,item,held,working,counted_on,attrition\nP1,THERM,6,4,2020-02-09,0.05\n",
    "history": "site,item,date,units\nP1,MASK,2020-01-06,140\n",
    "reports": "site,item,month,opening,received,distributed,closing\nP1,MASK,2020-01,10,50,45,15\n",
}

_STORY = """
receive D1 MASK 900 --partner S1 --lot L1 --expires 2099-06-30 --date 2020-02-08 --certificate C-7 --price 1.2
receive D1 SUIT 200 --partner N1 --lot S9 --expires 2099-03-31 --date 2020-02-08 --fund N1
receive D1 THERM 12 --partner U1 --date 2020-02-08
transfer D1 P1 MASK 40 --date 2020-02-09
confirm {shipment} --all --date 2020-02-10
issue P1 MASK 7 --date 2020-02-10
count P1 MASK 30 --date 2020-02-11
issue P1 MASK 4 --date 2020-02-11
issue P1 MASK 1 --date 2020-02-09 --exception --note late
reverse 8 --reason wrong-quantity
order place MASK 500 --supplier S1 --number PO-1 --date 2020-02-10
receive D1 MASK 500 --order PO-1 --lot L2 --expires 2099-09-30
allocate
override {plan} P2 MASK 50 --reason ordered
review {plan}
approve {plan}
dispatch {plan}
quarantine D1 SUIT 10 --reason suspected-fake
recall L1 --item MASK --reason substandard
user add lin --role administrator
user role lin approver --actor lin
user add wu --role logistics --area 421127 --actor lin
emergency-issue D1 P1 MASK 12 --reason new-cases --actor wu
approve {emergency} --actor lin
"""

_NAMES = {"shipment": r"T-[0-9A-Z]+", "plan": r"P20[0-9-]+", "emergency": r"allocator approve ([0-9]+)"}
"""What later commands name that earlier ones said."""


@dataclass(frozen=True)
class Made:
    """The folder in which the ledger lies with an export and heads that were kept; the keys of ledger and witness."""

    folder: Path
    key: str
    witness: str

    @property
    def url(self) -> str:
        """The ledger's address."""
        return f"sqlite:///{self.folder / 'ledger.sqlite'}"

    @property
    def export(self) -> Path:
        """An export of all that was recorded."""
        return self.folder / "all.zip"

    @property
    def heads(self) -> list[Path]:
        """The heads that were kept elsewhere."""
        return heads_in(folder_of(self.folder / "stick", "ledger"))


class _Teller:
    """Types commands at the ledger, and stops at the first that is refused."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""

    def __call__(self, line: str) -> str:
        done = CliRunner().invoke(root, ["--lang", "en", *shlex.split(line)], prog_name="allocator")
        if done.exit_code:
            raise ValueError(f"{line}\n{done.output}{done.exception!r}")
        self.said = done.output
        return done.output


def make(folder: Path, *, after: Callable[[], None] = lambda: None) -> Made:
    """Make the ledger, with a folder and a person elsewhere as its witnesses, and export it.

    `after`: is called when the tables are in, and after every command from then on.
    """
    with at_ledger_in(folder):
        type_ = _Teller(folder)
        type_("init --timezone Asia/Shanghai --name ledger")
        for name, text in _FILES.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        type_("import " + " ".join(f"{name}.csv" for name in _FILES))
        (folder / "stick").mkdir()
        type_("audit witnesses add stick --folder stick")
        bank = type_("witness --state bank --name bank").strip().rpartition(" ")[2]
        type_(f"audit witnesses add bank --key {bank}")
        after()
        names = dict.fromkeys(_NAMES, "")
        for line in _STORY.strip().splitlines():
            said = type_(line.format(**names))
            for name, form in _NAMES.items():
                names[name] = next(iter(re.findall(form, said)), names[name])
            after()
        own = type_("audit witnesses list").splitlines()[0].rpartition(" ")[2]
        type_("audit witnesses send bank --out request.txt --actor lin")
        type_(f"witness request.txt --state bank --trust {own} --out answer.txt")
        type_("audit witnesses take bank answer.txt --actor lin")
        type_("audit export --out all.zip --actor lin")
    return Made(folder, own, bank)


@contextmanager
def at_ledger_in(folder: Path) -> Iterator[None]:
    """Work in a folder, with the ledger that lies in it, and leave folder and settings as they were."""
    before, kept = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    os.environ["ALLOCATOR_DB"] = f"sqlite:///{folder / 'ledger.sqlite'}"
    os.environ.pop("ALLOCATOR_ACTOR", None)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(kept)


def changed(content: bytes, rng: random.Random) -> bytes:
    """Return a content with one byte changed, left out, or put before the one before it; never the same content."""
    while True:
        place = rng.randrange(len(content))
        way = rng.randrange(4)
        if way == 0 and len(content) > 1:
            made = content[:place] + content[place + 1 :]
        elif way == 1 and place:
            made = content[: place - 1] + content[place : place + 1] + content[place - 1 : place] + content[place + 1 :]
        else:
            made = content[:place] + bytes([content[place] ^ rng.randrange(1, 256)]) + content[place + 1 :]
        if made != content:
            return made

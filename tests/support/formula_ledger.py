"""A ledger in which whatever somebody types begins as a formula does: codes, names, lots, notes, reasons, numbers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from desk import Clerk

__all__ = ["TYPED", "formula_ledger"]

TYPED = re.compile("1\\+cmd|[=]MASK|[+]P1|=L1|=PO-1|=D1|=S1")
"""Finds what was typed in what is written."""

_FILES = {
    "areas": "area,name\n4211,=1+cmd city\n421127,@1+cmd county\n",
    "items": (
        "item,name,name_zh,unit,pack_units,pack_kg,use\n=MASK,=1+cmd mask,+1+cmd口罩,-1+cmd,10,0.5,consumable\n"
        "SUIT,-1+cmd suit,@1+cmd,piece,5,1.25,consumable\n@THERM,@1+cmd,-体温计,piece,1,,durable\n"
    ),
    "sites": (
        "site,name,name_zh,kind,area,lat,lon,tier\n=D1,=1+cmd Store,+1+cmd仓库,warehouse,421127,30.1,115.3,\n"
        "+P1,@1+cmd Gate,-卡口,checkpoint,421127,30.2,115.4,frontline\nP2,+1+cmd,=1+cmd,clinic,421127,,,frontline\n"
    ),
    "depots": "depot,max_kg,max_stops\n=D1,1200,12\n",
    "lanes": "depot,site,open,km,hours\n=D1,+P1,yes,12.5,0.5\n=D1,P2,yes,30,1.25\n",
    "substitutes": "item,by,units_per_unit\nSUIT,=MASK,3\n",
    "partners": "partner,kind,name,name_zh\n=N1,donor,=1+cmd Cross,+1+cmd\nU1,upper_level,@1+cmd,-1+cmd\n",
    "suppliers": "supplier,name,name_zh\n=S1,=1+cmd Works,+1+cmd\n",
    "needs": (
        "site,item,daily_units,reported_on\n+P1,=MASK,20,2020-02-09\nP2,=MASK,40,2020-02-09\nP2,SUIT,3,2020-02-09\n"
    ),
    "offers": "supplier,item,price,lead_days,units_per_week,min_units,from,to\n=S1,=MASK,1.2,5,7000,100,,2099-12-31\n",
    "budgets": "bucket,amount,from,to,items\n=1+cmd,9000,2020-02-01,2099-02-28,\n",
    "drivers": "site,driver,value,from,to,said_by\n+P1,staff,7,2020-02-01,,=1+cmd\n",
    "facts": "place,fact,value,since,reason,said_by\n421127,confirmed_cases,12,2020-02-09,=1+cmd,@1+cmd\n",
    "history": "site,item,date,units\n+P1,=MASK,2020-01-06,140\n",
}

_STORY = """
receive '=D1' '=MASK' 900 --partner '=S1' --lot '=L1' --expires 2099-06-30 --date 2020-02-08 --certificate '=C-7' --price 1.2 --note '=1+cmd'
receive '=D1' SUIT 200 --partner '=N1' --lot '+S9' --expires 2099-03-31 --date 2020-02-08 --fund '=N1' --note '@1+cmd'
transfer '=D1' '+P1' '=MASK' 40 --date 2020-02-09 --note '-1+cmd'
confirm {shipment} --all --date 2020-02-10 --note '+1+cmd'
issue '+P1' '=MASK' 7 --date 2020-02-10 --note '@1+cmd'
count '+P1' '=MASK' 30 --date 2020-02-11
order place '=MASK' 500 --supplier '=S1' --number '=PO-1' --date 2020-02-10 --note '=1+cmd'
receive '=D1' '=MASK' 500 --order '=PO-1' --lot '@L2' --expires 2099-09-30
allocate
override {plan} P2 '=MASK' 50 --reason ordered --note '=1+cmd'
review {plan} --note '=1+cmd'
approve {plan} --note '=1+cmd'
dispatch {plan}
recall '=L1' --item '=MASK' --reason substandard --note '=1+cmd'
user add lin --role administrator --name '=1+cmd'
user role lin logistics --actor lin
user role lin reporter --actor lin
user role lin procurement --actor lin
user role lin auditor --actor lin
user role lin approver --actor lin
"""  # noqa: E501 - a command a line
_NAMES = {"shipment": r"T-[0-9A-Z]+", "plan": r"P20[0-9-]+-1\b"}


def formula_ledger(clerk: Clerk) -> Mapping[str, str]:
    """Make it with a clerk at a folder without a ledger; return what its shipment and its plan are called."""
    names = dict.fromkeys(_NAMES, "")

    def type_(*words: str) -> str:
        done = clerk(*words)
        assert done.exit_code == 0, (words, done.output)
        return done.output

    type_("init", "--name", "=1+cmd")
    clerk.write(**_FILES)
    type_("import", *(f"{name}.csv" for name in _FILES))
    for line in _STORY.strip().splitlines():
        said = type_(*shlex.split(line.format(**names)))
        for name, form in _NAMES.items():
            names[name] = names[name] or next(iter(re.findall(form, said)), "")
    return names

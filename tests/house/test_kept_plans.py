"""Plans in the ledger: made from it, kept with everything, told again, checked again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from case_ledger import ledger_of
from click.testing import CliRunner, Result
from ledgers import Book, at

from allocator.allocate import allocate
from allocator.sentence import Sentence
from cli import root
from data.allocating import allocate_day
from data.ledger_case import policy_in_force
from data.samples import make_sample
from models.database import reading, writing
from models.days import micros
from models.entry import Entry, Line, LotKey
from models.job_work import Work
from models.jobs import ClaimLost, ask_job, claim_job
from models.plan_tables import plan_file
from models.plans import plans
from models.snapshot import settled, snapshot
from models.tables import balance, lane, location, move, need, policy, version

DAY = "2020-02-10"


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """Return a ledger of an invented county; its address is in ALLOCATOR_DB."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    return ledger_of(make_sample("county", sites=40, items=4), url)


def allocator(*words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, *words], prog_name="allocator")


def files(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.name != "timings.json"}


def test_the_ledger_and_its_snapshot_give_the_same_plan_byte_for_byte(ledger):
    allocated = allocator("allocate", "--date", DAY)
    allocator("snapshot", "--out", "case", "--date", DAY)
    allocator("plan", "case", "--out", "plan")
    allocator("show", "P2020-02-10-1", "--out", "kept")

    assert allocated.exit_code == 0, allocated.output
    assert "Kept as P2020-02-10-1, a draft, from documents up to 74." in allocated.stderr
    kept, told = files("kept"), files("case")
    # Where needs come from is told by the ledger alone, beside its case and beside its plan.
    origins = {name: kept.pop(name) for name in ("sources.csv", "unusual.csv")}
    assert origins == {name: told[name] for name in origins}
    assert kept == files("plan")
    assert {"lines.csv", "pairs.csv", "proof.json", "plan.xlsx"} <= files("kept").keys()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_kept_plan_is_shown_as_it_was_when_it_was_made(ledger, lang):
    allocated = allocator("allocate", "--date", DAY, lang=lang)
    shown = allocator("show", "P2020-02-10-1", lang=lang)

    assert shown.stdout == allocated.stdout
    assert "P2020-02-10-1" in shown.stdout
    assert shown.stderr in allocated.stderr


def test_what_the_author_of_a_plan_could_know_is_told_again(ledger):
    """What is recorded after a plan changes what is known now, and never what its author could know."""
    allocator("allocate", "--date", DAY)

    def items(*words: str) -> list[dict[str, object]]:
        told = allocator("report", "day", "--date", DAY, "--json", *words)
        assert told.exit_code == 0, told.output
        return [{**each, "short": None} for each in json.loads(told.stdout)["items"]]

    before, rows = items(), json.loads(allocator("stock", "--json").stdout)["rows"]
    first = next(row for row in rows if row["state"] == "usable" and row["units"])
    used = allocator("issue", first["site"], first["item"], "1", "--date", DAY)
    assert used.exit_code == 0, used.output

    assert items() != before
    assert items("--known-at", "P2020-02-10-1") == before
    assert json.loads(allocator("stock", "--json", "--known-at", "P2020-02-10-1").stdout)["rows"] == rows
    assert "There is no plan P2020-02-10-7" in allocator("stock", "--known-at", "P2020-02-10-7").stderr


def test_why_is_asked_of_a_kept_plan_as_of_a_folder(ledger):
    asked = re.search(r"allocator why (\S+) (\S+) (\S+)", allocator("allocate", "--date", DAY).stdout)
    assert asked is not None
    assert asked[1] == "P2020-02-10-1"
    allocator("show", "P2020-02-10-1", "--out", "kept")

    assert allocator("why", *asked.groups()).stdout == allocator("why", "kept", asked[2], asked[3]).stdout


def test_plans_are_numbered_by_their_day_and_listed(ledger):
    for day in (DAY, DAY, "2020-02-11"):
        assert allocator("allocate", "--date", day, "--no-workbook").exit_code == 0
    listed = json.loads(allocator("plans", "--json").stdout)["plans"]

    assert sorted(each["id"] for each in listed) == ["P2020-02-10-1", "P2020-02-10-2", "P2020-02-11-1"]
    assert {each["id"]: each["status"] for each in listed} == {
        "P2020-02-10-1": "superseded",
        "P2020-02-10-2": "draft",
        "P2020-02-11-1": "draft",
    }
    assert {(each["drafted_by"], each["document"]) for each in listed} == {("local", 74)}
    assert "P2020-02-11-1  draft       local" in allocator("plans").stdout


def test_a_kept_plan_holds_whatever_is_posted_and_changed_afterwards(ledger):
    """A receipt of the day before is found later; needs change; the plan was right for what was known."""
    allocator("allocate", "--date", DAY, "--no-workbook")
    line = Line("OPENING", depot_of(ledger), LotKey("MASK", "found"), 5_000)
    ledger.post(Entry(key="late", type="opening", actor="A", occurred_at=noon(9), lines=(line,)), recorded_at=noon(11))
    with writing(ledger.engine) as connection:
        connection.execute(sa.update(need).values(daily_units_micro=need.c.daily_units_micro * 2))
    checked = allocator("verify", "P2020-02-10-1")

    assert (checked.exit_code, checked.stdout.split(":")[0]) == (0, "The plan holds"), checked.output


def noon(day: int) -> int:
    return micros(dt.datetime(2020, 2, day, 12, tzinfo=dt.UTC))


def depot_of(ledger) -> str:
    with reading(ledger.engine) as connection:
        query = sa.select(location.c.code).where(location.c.site_kind == "warehouse").order_by(location.c.code)
        return connection.execute(query).scalars().first()


def forged(ledger, table, change) -> None:
    """Do what a database administrator can: take the guards away, then change a fact."""
    with writing(ledger.engine) as connection:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS never_update_{table.name}")
        connection.execute(change)


@pytest.mark.spoils_ledgers
def test_a_plan_of_a_ledger_that_was_altered_does_not_hold(ledger):
    allocator("allocate", "--date", DAY, "--no-workbook")
    with reading(ledger.engine) as connection:
        largest = connection.execute(sa.select(sa.func.max(move.c.units))).scalar_one()
    forged(ledger, move, sa.update(move).where(move.c.units == largest).values(units=largest - 1))
    with writing(ledger.engine) as connection:
        connection.execute(sa.update(balance).where(balance.c.units == largest).values(units=largest - 1))
    checked = allocator("verify", "P2020-02-10-1")

    assert checked.exit_code == 4
    assert "was made from a snapshot with the digest" in checked.stdout


@pytest.mark.parametrize("name", ["lines.csv", "case/needs.csv", "summary.json"])
def test_a_plan_whose_files_were_altered_does_not_hold(ledger, name):
    """The first digit of the file that is not 9 becomes 9."""
    allocator("allocate", "--date", DAY, "--no-workbook")
    with writing(ledger.engine) as connection:
        where = plan_file.c.name == name
        content = connection.execute(sa.select(plan_file.c.content).where(where)).scalar_one()
        changed = re.sub(rb"(,|: )[0-8]", rb"\g<1>9", bytes(content), count=1)
        assert changed != content
        connection.execute(sa.update(plan_file).where(where).values(content=changed))

    checked = allocator("verify", "P2020-02-10-1")

    assert checked.exit_code == 4
    assert checked.stdout == f"{name} of plan P2020-02-10-1 is not the file that was kept: it was altered since.\n"


def test_the_digests_of_a_plan_are_sealed_with_it(ledger):
    allocator("allocate", "--date", DAY, "--no-workbook")
    with reading(ledger.engine) as connection:
        body = connection.execute(sa.select(version.c.body).where(version.c.subject == "plan")).scalar_one()
        pending = connection.exec_driver_sql("SELECT count(*) FROM pending_seal WHERE kind = 'version'").scalar()

    assert {"lines.csv", "proof.json", "case/policy.toml"} <= json.loads(body)["row"]["files"].keys()
    assert pending == 0


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("show", "P2020-02-10-7"), 1, "There is no plan P2020-02-10-7 in the ledger. Make one with:"),
        (("why", "P2020-02-10-7", "A", "B"), 1, "There is no plan P2020-02-10-7 in the ledger."),
        (("why", "nowhere", "A", "B"), 2, "nowhere is not a folder."),
        (("verify", "nowhere"), 2, "Missing argument 'DIR'."),
        (("plans",), 0, "The ledger has no plan yet."),
    ],
)
def test_what_is_not_there_says_what_to_do(ledger, words, status, says):
    result = allocator(*words)

    assert (result.exit_code, says in result.output) == (status, True), result.output


@pytest.mark.usefixtures("each_database")
def test_fifty_units_are_dealt_by_cover():
    """Stock 50; requests 25, 35 and 40; use 10, 20 and 50 a month: 7, 13 and 30.

    In proportion to requests it would be 12.5, 17.5 and 20: whoever asks for more would get more.
    """
    book = Book()
    book.change(50, day=-1)
    sites = {"P1": 10, "P2": 20, "P3": 50}
    with writing(book.ledger.engine) as connection:
        connection.execute(location.insert(), {"code": "P3", "kind": "SITE", "sign": 1, "site_kind": "clinic"})
        connection.exec_driver_sql("UPDATE item SET pack_units = 1")
        ids = dict(connection.execute(sa.select(location.c.code, location.c.id)).all())
        for code, units in sites.items():
            connection.execute(lane.insert(), {"depot": ids["D1"], "site": ids[code]})
            connection.execute(need.insert(), {"site": ids[code], "item": 1, "daily_units_micro": units * 1_000_000})
        connection.execute(policy.insert(), {"toml": ONE_TIER, "actor": "A", "recorded_at": 0})

    with settled(book.ledger.engine) as (connection, document):
        rule = policy_in_force(ONE_TIER, dt.date(2020, 2, 10)).policy
        case = snapshot(connection, rule, document=document, zone=book.ledger.zone)
    lines = allocate(case).lines

    assert dict(zip(case.sites.code[lines.site], lines.units.tolist(), strict=True)) == {"P1": 7, "P2": 13, "P3": 30}


ONE_TIER = """
[tiers]
all = ["checkpoint", "clinic"]
[[ladder]]
tiers = ["all"]
cover_days = 30
holding_share = 1
"""


class Deaf(Work):
    """A worker that does not look up while it computes."""

    def tell(self, share: float, doing: Sentence) -> None:
        """Say nothing, and hear nothing."""


def test_a_worker_that_lost_its_job_while_it_planned_keeps_no_plan(ledger):
    ask_job(ledger.engine, "allocate", actor="local", at=at(0))
    dead = claim_job(ledger.engine, ["allocate"], at=at(0))
    asked = dataclasses.replace(dead, arguments={"day": DAY, "workbook": False})
    assert claim_job(ledger.engine, ["allocate"], at=at(1)) is not None, "its lease has ended"

    with pytest.raises(ClaimLost):
        allocate_day(Deaf(ledger=ledger, job=asked, now=at(0), clock=lambda: at(0)))
    with reading(ledger.engine) as connection:
        assert plans(connection) == []

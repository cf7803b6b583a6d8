"""The daily round through the commands: planned, overridden, reviewed, approved by another, sent, received, closed."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from case_ledger import ledger_of
from click.testing import CliRunner, Result
from pypdf import PdfReader

from cli import root
from data.samples import make_sample
from models.database import reading, writing
from models.ledger import open_ledger
from models.plan_overrides import Decision, standing, write_decisions
from models.plan_tables import plan_event, plan_override
from models.versions import Stamp

DAY = "2020-02-10"
PLAN = "P2020-02-10-1"
ANEW = "P2020-02-10-2"


class Round:
    """Types commands at a ledger of an invented county, each as some person."""

    def __init__(self, ledger) -> None:
        self.ledger = ledger

    def __call__(self, line: str, actor: str = "", lang: str = "en") -> Result:
        words = re.findall(r"'([^']*)'|(\S+)", line)
        typed = [quoted or word for quoted, word in words]
        return CliRunner().invoke(root, ["--lang", lang, *(["--actor", actor] if actor else []), *typed])

    def done(self, line: str, actor: str = "") -> str:
        result = self(line, actor)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, line: str, actor: str = "") -> str:
        result = self(line, actor)
        assert result.exit_code == 1, result.output
        assert self(line, actor, lang="zh").stderr != result.stderr
        return result.stderr

    def lines(self, folder: str = "shown", plan: str = PLAN) -> list[dict[str, str]]:
        """Return the lines of the plan as it stands."""
        self.done(f"show {plan} --out {folder}")
        with Path(folder, "lines.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def statuses(self) -> dict[str, str]:
        listed = json.loads(self.done("plans --json"))["plans"]
        return {each["id"]: each["status"] for each in listed}


@pytest.fixture
def county(tmp_path, monkeypatch) -> Round:
    """A county of 40 sites; its address is in ALLOCATOR_DB; nobody is defined."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    return Round(ledger_of(make_sample("county", sites=40, items=4), url))


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """Return the ledger of such a county with three people and a plan that lin drafted; its key lies beside it."""
    folder = tmp_path_factory.mktemp("staffed")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
        patch.setenv("ALLOCATOR_DB", url)
        ledger = ledger_of(make_sample("county", sites=40, items=4), url)
        _staff(Round(ledger))
        ledger.engine.dispose()
    return folder


@pytest.fixture
def staffed(begun, tmp_path, monkeypatch) -> Round:
    """A county with three people and a plan that lin drafted."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    return Round(open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}"))


def _staff(county: Round) -> None:
    county.done("user add lin --role administrator")
    county.done("user add wu --role logistics", "lin")
    county.done("user add hao --role logistics", "lin")
    county.done("user role lin logistics", "lin")
    for who in ("lin", "wu", "hao"):
        county.done(f"user role {who} approver", "lin")
    county.done(f"allocate --date {DAY} --no-workbook", "lin")


def biggest(lines: list[dict[str, str]]) -> dict[str, str]:
    return max(lines, key=lambda line: int(line["packs"]))


def test_the_whole_round_ends_with_nothing_unexplained(staffed):
    line = biggest(staffed.lines())
    pack = int(line["units"]) // int(line["packs"])
    less = int(line["units"]) - pack
    shown = staffed.done(f"override {PLAN} {line['site']} {line['item']} {less} --reason holds-more", "wu")
    assert f"gets {less:,} units" in shown
    staffed.done(f"review {PLAN}", "lin")
    for who in ("lin", "wu"):
        assert "cannot approve it" in staffed.refused(f"approve {PLAN} --date {DAY}", who)
    approved = staffed.done(f"approve {PLAN} --date {DAY}", "hao")
    assert "second person" not in approved
    sent = json.loads(staffed.done(f"dispatch {PLAN} --date {DAY} --json", "wu"))

    notes = sent["notes"]
    staffed.done(f"notes {PLAN} --out notes.pdf --routes routes.csv")
    pages = [page.extract_text() for page in PdfReader("notes.pdf").pages]
    for note in notes:
        assert sum(note["note"] in page and "Delivery note" in page for page in pages) == 1
    assert len(Path("routes.csv").read_text(encoding="utf-8").splitlines()) > len(notes)
    now = staffed.lines("later")
    assert {(note["depot"], note["site"]) for note in notes} == {(each["depot"], each["site"]) for each in now}
    still = staffed.refused(f"close {PLAN} --date 2020-02-12", "hao")
    assert "is late" in still
    assert f"Note {PLAN}-001 to " in staffed.done("plans")
    assert len(json.loads(staffed.done(f"show {PLAN} --json"))["open"]["late"]) == len(notes)

    first, *others = notes
    carried = {}
    for each in now:
        if (each["depot"], each["site"]) == (first["depot"], first["site"]):
            carried[each["item"]] = int(each["units"])
    lost = 0
    for item, units in carried.items():
        told = staffed(f"confirm {first['note']} {item} {units - 1} --lost 1 --reason lost-on-the-way", "hao")
        assert told.exit_code == 0 or "several lots" in told.stderr, told.output
        lost += told.exit_code == 0
        if told.exit_code:
            staffed.done(f"confirm {first['note']} {item} {units}", "hao")
    assert lost
    for note in others:
        staffed.done(f"confirm {note['note']} --all", "hao")
    staffed.done(f"close {PLAN}", "hao")

    checked = staffed("audit check", "hao")
    assert checked.exit_code == 0, checked.output
    assert PLAN not in checked.output  # nothing of it is reserved or under way
    assert f"Note {PLAN}" not in staffed.done("plans")
    assert staffed.statuses() == {PLAN: "closed"}
    totals = json.loads(staffed.done("stock --json"))["totals"]
    assert all(total["units"]["reserved"] == 0 for total in totals)


def test_late_and_differing_notes_tell_the_command_that_ends_them(staffed):
    """What is printed is typed as it stands: for a note that is late, then for one of which items are missing."""
    carried = staffed.lines()
    staffed.done(f"review {PLAN}", "lin")
    staffed.done(f"approve {PLAN} --date {DAY}", "hao")
    first, *others = json.loads(staffed.done(f"dispatch {PLAN} --date {DAY} --json", "wu"))["notes"]
    for note in others[1:]:
        staffed.done(f"confirm {note['note']} --all", "hao")
    own = [line for line in carried if (line["depot"], line["site"]) == (first["depot"], first["site"])]
    late = re.findall(r"allocator (confirm .*)", staffed.done(f"show {PLAN}"))
    last = f"confirm {others[0]['note']} --all"
    refused = staffed.refused(f"close {PLAN} --date 2020-02-12", "hao")
    here, *missing = sorted(own, key=lambda line: line["item"])
    staffed.done(f"confirm {first['note']} {here['item']} {here['units']}", "hao")
    differing = []
    while f"Note {first['note']}" in (told := staffed.done(f"show {PLAN}")):
        differing += re.findall(rf"allocator (confirm {first['note']} .*)", told)
        assert differing[-1] in staffed.refused(f"close {PLAN} --date 2020-02-12", "hao")
        staffed.done(differing[-1], "hao")
    staffed.done(last, "hao")

    assert sorted(late) == sorted([f"confirm {first['note']} --all", last])
    assert refused.rpartition("allocator ")[2].strip() in late
    assert [line.split()[2] for line in differing] == [line["item"] for line in missing] != []
    staffed.done(f"close {PLAN}", "hao")


def test_why_says_who_overrode_a_line_why_and_what_was_proposed(staffed):
    lines = staffed.lines()
    line = biggest(lines)
    proposed = sum(int(each["units"]) for each in lines if pair_of(each) == pair_of(line))
    pair = f"{line['site']} {line['item']}"
    staffed.done(f"override {PLAN} {pair} 0 --reason cannot-receive --note 'bridge out'", "wu")
    shown = staffed.done(f"why {PLAN} {pair}")

    assert re.search(rf"\nDecided by wu, \S+ \S+: 0 units; proposed were {proposed:,}\.\n", shown)
    assert "Reason: closed, cut off, or no room to store it\nNote: bridge out\n" in shown
    assert "wu" in staffed(f"why {PLAN} {pair}", lang="zh").stdout


def test_a_review_after_the_plans_day_says_so_and_how_to_approve_as_of_it(staffed):
    shown = staffed.done(f"review {PLAN}", "lin")
    (command,) = re.findall(r"allocator (approve .* --date .*)", shown)

    assert f"Plan {PLAN} is of {DAY}, and it is " in shown
    assert "are reserved for" in staffed.done(command, "hao")


def test_what_is_overridden_makes_a_reviewed_plan_a_draft_again(staffed):
    line = biggest(staffed.lines())
    staffed.done(f"review {PLAN}", "wu")
    staffed.done(f"override {PLAN} {line['site']} {line['item']} 0 --reason cannot-receive", "wu")

    assert staffed.statuses() == {PLAN: "draft"}
    assert "Review it first" in staffed.refused(f"approve {PLAN}", "hao")


def test_an_override_is_in_the_plan_and_its_cancellation_brings_the_proposal_back(staffed):
    before = staffed.lines()
    line = biggest(before)
    staffed.done(f"override {PLAN} {line['site']} {line['item']} 0 --reason cannot-receive", "wu")
    during = staffed.lines("during")
    rows = json.loads(staffed.done(f"show {PLAN} --lines --json"))["lines"]
    own = [row for row in rows if (row["site"], row["item"], row["depot"]) == (*pair_of(line), line["depot"])]
    assert [(row["proposed_units"], row["override_units"], row["final_units"], row["actor"]) for row in own] == [
        (int(line["units"]), 0, 0, "wu")
    ]
    assert re.search(rf"{line['site']} +{line['item']} +{line['depot']}.* wu\n", staffed.done(f"show {PLAN} --lines"))
    staffed.done(f"override {PLAN} {line['site']} {line['item']} --cancel", "wu")

    assert not [each for each in during if (each["site"], each["item"]) == (line["site"], line["item"])]
    assert staffed.lines("after") == before
    with reading(staffed.ledger.engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(plan_override)).scalar() == 2


def test_fifty_overrides_are_the_same_after_planning_anew(staffed):
    """Each sends a pack less than was proposed. The new plan sends what they say, and is theirs too."""
    lines = {(each["site"], each["item"]): each for each in staffed.lines()}
    kept = {
        pair: int(line["units"]) - int(line["units"]) // int(line["packs"]) for pair, line in list(lines.items())[:50]
    }
    with writing(staffed.ledger.engine) as connection:
        write_decisions(connection, PLAN, [by_wu(*pair, units) for pair, units in kept.items()], Stamp("wu", 7))
    again = staffed(f"allocate --date {DAY} --no-workbook", "lin")

    assert again.exit_code == 0, again.output
    assert f"Overrides carried over from {PLAN}, none of them changed: 50." in again.stderr
    assert staffed.statuses() == {PLAN: "superseded", ANEW: "draft"}
    with reading(staffed.ledger.engine) as connection:
        stands = standing(connection, ANEW)
    assert {(each.site, each.item): each.units for each in stands} == kept
    assert {(each.actor, each.recorded_at) for each in stands} == {("wu", 7)}
    sent: dict[tuple[str, str], int] = {}
    for line in staffed.lines("anew", ANEW):
        pair = (line["site"], line["item"])
        sent[pair] = sent.get(pair, 0) + int(line["units"])
    assert {pair: sent.get(pair, 0) for pair in kept} == kept
    staffed.done(f"review {ANEW}", "lin")
    assert "wu overrode plan" in staffed.refused(f"approve {ANEW} --date {DAY}", "wu")


def pair_of(line: dict[str, str]) -> tuple[str, str]:
    return line["site"], line["item"]


def by_wu(site: str, item: str, units: int) -> Decision:
    return Decision(
        site=site,
        item=item,
        units=units,
        proposed_units=units,
        reason="ordered",
        note="",
        actor="wu",
        recorded_at=7,
    )


def test_what_became_of_a_plan_is_shown_with_who_and_when_and_who_pays(staffed):
    lines = staffed.lines()
    pairs = [pair_of(each) for each in lines]
    line = biggest([each for each in lines if pairs.count(pair_of(each)) == 1])
    more = int(line["units"]) + int(line["units"]) // int(line["packs"])
    before = staffed.done(f"show {PLAN}")
    changed = staffed(
        f"override {PLAN} {line['site']} {line['item']} {more} --reason ordered --note 'call of 9:40'", "wu"
    )
    staffed.done(f"review {PLAN} --note 'looked at twice'", "lin")
    staffed.done(f"approve {PLAN} --date {DAY}", "hao")
    shown, told = staffed.done(f"show {PLAN}"), json.loads(staffed.done(f"show {PLAN} --json"))

    assert "What became of it:" not in before
    assert [(each["event"], each["actor"], each["note"]) for each in told["events"]] == [
        ("drafted", "lin", ""),
        ("overridden", "wu", ""),
        ("reviewed", "lin", "looked at twice"),
        ("approved", "hao", ""),
    ]
    for event in told["events"]:
        assert re.search(rf"{event['at']} +{event['event']} +{event['actor']}( +{event['note']})?\n", shown)
    (decided,) = told["overrides"]
    assert (decided["units"], decided["proposed_units"], decided["actor"]) == (more, int(line["units"]), "wu")
    assert "ordered from above; call of 9:40" in shown
    own = (line["site"], line["item"])
    paying = [each for each in told["changes"] if each["units_after"] < each["units_before"]]
    assert paying
    assert own not in {(each["site"], each["item"]) for each in paying}
    assert "It is paid for by these" in shown
    assert "It is paid for by these" in changed.stdout
    assert told["approved_by_a_second_person"] is True
    assert "second person" not in shown


def test_an_override_that_does_not_fit_changes_nothing(staffed):
    line = biggest(staffed.lines())
    said = staffed.refused(f"override {PLAN} {line['site']} {line['item']} 100000000 --reason ordered --packs", "wu")

    assert f"Nothing was changed in plan {PLAN}." in said
    with reading(staffed.ledger.engine) as connection:
        assert connection.execute(sa.select(plan_override)).all() == []


def test_stock_that_left_since_the_snapshot_is_shown_and_refuses_approval(staffed):
    line = biggest(staffed.lines())
    held = json.loads(staffed.done(f"stock --site {line['depot']} --item {line['item']} --json"))["rows"]
    usable = sum(row["units"] for row in held if row["state"] == "usable")
    staffed.done(f"issue {line['depot']} {line['item']} {usable} --date {DAY}", "wu")
    reviewed = staffed.done(f"review {PLAN}", "wu")
    said = staffed(f"approve {PLAN} --date {DAY}", "hao")

    assert re.search(rf"{line['depot']} +{line['item']} +[\d,]+ +[\d,]+\n", reviewed), reviewed
    assert said.exit_code == 1
    assert f"Plan {PLAN} cannot be approved as it is: its depots have less" in said.stderr
    assert staffed.statuses() == {PLAN: "reviewed"}
    partly = staffed.done(f"approve {PLAN} --date {DAY} --partial", "hao")
    assert "are short." in partly


def test_what_is_reserved_cannot_be_taken_and_is_free_after_withdrawal(staffed):
    line = biggest(staffed.lines())
    before = staffed.done("stock --json")
    staffed.done(f"review {PLAN}", "lin")
    staffed.done(f"approve {PLAN} --date {DAY}", "hao")
    all_of_it = json.loads(before)
    held = sum(
        row["units"]
        for row in all_of_it["rows"]
        if (row["site"], row["item"], row["state"]) == (line["depot"], line["item"], "usable")
    )

    assert staffed(f"issue {line['depot']} {line['item']} {held} --date {DAY}", "wu").exit_code == 1
    again = staffed(f"allocate --date {DAY} --no-workbook", "lin")
    assert re.search(rf"Plan {PLAN} keeps [\d,]+ units for sites that have not left yet", again.stderr), again.output
    assert "why plan" in staffed.refused(f"withdraw {PLAN}", "hao")
    staffed.done(f"withdraw {PLAN} --note 'road closed' --date {DAY}", "hao")
    assert json.loads(staffed.done("stock --json"))["rows"] == all_of_it["rows"]
    assert "withdrawn" in staffed.refused(f"dispatch {PLAN}", "hao")


def test_dispatch_by_depot_sends_each_note_once(staffed):
    depots = sorted({each["depot"] for each in staffed.lines()})
    assert len(depots) > 1
    staffed.done(f"review {PLAN}", "lin")
    staffed.done(f"approve {PLAN} --date {DAY}", "hao")
    some = json.loads(staffed.done(f"dispatch {PLAN} --depot {depots[0]} --date {DAY} --json", "hao"))["notes"]
    rest = json.loads(staffed.done(f"dispatch {PLAN} --date {DAY} --json", "hao"))["notes"]

    assert {note["depot"] for note in some} == {depots[0]}
    assert not {note["note"] for note in some} & {note["note"] for note in rest}
    assert "nothing more to send" in staffed.refused(f"dispatch {PLAN} --date {DAY}", "hao")


def test_where_nobody_is_defined_the_local_administrator_may_and_it_is_said(county):
    county.done(f"allocate --date {DAY} --no-workbook")
    county.done(f"review {PLAN}")

    said = f"Plan {PLAN} was not approved by a second person."
    assert json.loads(county.done(f"show {PLAN} --json"))["approved_by_a_second_person"] is None
    assert said in county.done(f"approve {PLAN} --date {DAY}")
    assert said in county.done(f"show {PLAN}")
    assert json.loads(county.done(f"show {PLAN} --json"))["approved_by_a_second_person"] is False


def test_the_database_itself_refuses_an_approval_by_who_drafted(staffed):
    row = {"plan": PLAN, "event": "approved", "actor": "lin", "recorded_at": 0}
    with (
        pytest.raises(sa.exc.DBAPIError, match="neither drafted nor overrode"),
        writing(staffed.ledger.engine) as connection,
    ):
        connection.execute(sa.insert(plan_event), row)


def test_a_plan_that_closes_says_what_came_beyond_its_notes(staffed):
    staffed.done(f"review {PLAN}", "lin")
    staffed.done(f"approve {PLAN} --date {DAY}", "hao")
    notes = json.loads(staffed.done(f"dispatch {PLAN} --date {DAY} --json", "wu"))["notes"]
    for note in notes:
        staffed.done(f"confirm {note['note']} --all", "hao")
    line = next(each for each in staffed.lines() if each["site"] == notes[0]["site"])
    beyond = f"confirm {notes[0]['note']} {line['item']} --over 9 --reason miscounted-loading"
    lots = staffed(beyond, "hao")
    if lots.exit_code:  # it went in several lots
        lot = re.search(r"carried several lots of .*?: (\S+)[,.]", lots.stderr)[1]
        staffed.done(f"{beyond} --lot {lot}", "hao")
    said = staffed.done(f"close {PLAN}", "hao")

    assert "but 9 units that came beyond them are not explained." in said
    assert f"allocator settle {notes[0]['note']} {line['item']} 9" in said
    assert staffed.statuses() == {PLAN: "closed"}

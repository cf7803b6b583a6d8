"""Who may do what at the command line: the right of the command, within one's area, or there is no such site."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import click
import pytest
from click.testing import Result
from desk import Clerk
from two_areas import join, two_areas

from cli import root
from commands.grammar import SpokenCommand
from data.kinds_told import KINDS
from models.import_rights import RIGHT_OF_KIND
from models.rights import RIGHTS


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """D1, P1 and P2 lie in county 421127, E1 in 430000; masks lie at D1 and E1; a person for each role."""
    with two_areas(tmp_path_factory.mktemp("rights")) as clerk:
        for site in ("D1", "E1"):
            assert clerk("receive", site, "MASK", "500", "--partner", "S1", "--lot", f"L-{site}").exit_code == 0
        people = (
            ("office", "logistics", ""),
            ("county", "logistics", "421127"),
            ("post", "reporter", "421127"),
            ("buyer", "procurement", ""),
            ("book", "auditor", ""),
            ("chief", "approver", ""),
        )
        join(clerk, people, boss="boss")
        yield clerk


@pytest.fixture
def as_(clerk) -> Callable[..., Result]:
    """Return a command typed by somebody."""
    return lambda who, *words: clerk(*words, "--actor", who)


def commands(within: click.Group = root, name: str = "") -> Iterator[tuple[str, SpokenCommand]]:
    for each in within.list_commands(click.Context(within)):
        made = within.get_command(click.Context(within), each)
        if isinstance(made, click.Group):
            yield from commands(made, f"{name}{each} ")
        else:
            yield f"{name}{each}", made


def test_every_command_names_one_right_of_the_table_or_is_one_of_these_few():
    none = {name for name, made in commands() if made.right is None}

    assert {made.right for _, made in commands() if made.right} <= RIGHTS.keys()
    assert none == {
        # They have no ledger, or make one.
        *("demo", "init", "plan", "restore", "sample", "witness", "scenario worker"),
        # Each kind of table takes its own.
        "import",
        # Nobody's business alone: words, empty forms, what scenarios there are, who there is, one's own password.
        *(
            "statements",
            "template",
            "scenario list",
            "scenario show",
            "user list",
            "user password",
            "user token",
            "serve",
            "worker",
        ),
    }


def test_every_kind_of_table_takes_one_right():
    assert RIGHT_OF_KIND.keys() == KINDS.keys()
    assert set(RIGHT_OF_KIND.values()) <= RIGHTS.keys()


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("boss", ("receive", "D1", "MASK", "5", "--partner", "S1")),
        ("post", ("transfer", "P1", "P2", "MASK", "5")),
        ("buyer", ("allocate",)),
        ("chief", ("order", "place", "MASK", "500", "--supplier", "S1")),
        ("office", ("approve", "P2020-02-10-1")),
        ("office", ("policy", "set", "policy.toml")),
        ("book", ("recall", "L-D1", "--reason", "substandard")),
        ("post", ("stock",)),
        ("chief", ("audit", "findings", "list")),
    ],
)
def test_without_its_right_a_command_is_refused_and_says_who_has_it(as_, who, words):
    told = as_(who, *words)

    if words == ("stock",):
        assert told.exit_code == 0, told.output
        return
    assert told.exit_code == 1
    assert f"{who} may not " in told.stderr
    assert "that takes one of the roles " in told.stderr


def lines_of(site: str, stock: str) -> list[str]:
    """Return what lies at a site, not what comes from it to another."""
    return [line for line in stock.splitlines() if line.split()[:1] == [site]]


def test_what_lies_in_another_area_is_not_there(as_):
    for words in (
        ("receive", "E1", "MASK", "5", "--partner", "S1"),
        ("transfer", "D1", "E1", "MASK", "10"),
        ("count", "E1", "MASK", "500"),
    ):
        told = as_("county", *words)
        assert (told.exit_code, "There is no site E1." in told.stderr) == (1, True), told.output
    assert "There is no site E1." in as_("county", "stock", "--site", "E1").stderr
    assert not lines_of("E1", as_("county", "stock").stdout)
    assert lines_of("E1", as_("office", "stock").stdout)
    assert "A recall concerns every site" in as_("county", "recall", "L-D1", "--reason", "substandard").stderr


def test_a_shipment_and_a_document_of_another_area_are_not_there_either(clerk, as_):
    sent = as_("office", "transfer", "E1", "D1", "MASK", "10")
    assert sent.exit_code == 0, sent.output
    inward = as_("office", "transfer", "D1", "E1", "MASK", "10")
    number = next(word for word in inward.stdout.split() if word.startswith("T-")).rstrip(".,")

    assert "There is no shipment" in as_("county", "confirm", number, "--all").stderr
    assert "There is no document 2." in as_("county", "reverse", "2", "--reason", "never-happened").stderr


def test_an_emergency_issue_is_countersigned_where_both_ends_are_within_reach(clerk, as_):
    added = clerk("user", "add", "near", "--role", "approver", "--area", "421127", "--actor", "boss")
    sent = [
        as_("office", "emergency-issue", "D1", to, "MASK", "10", "--reason", "used-up", "--json") for to in ("P1", "E1")
    ]
    assert [each.exit_code for each in (added, *sent)] == [0, 0, 0], [each.output for each in sent]
    inside, outward = (str(json.loads(each.stdout)["number"]) for each in sent)

    beyond = as_("near", "approve", outward)
    assert (beyond.exit_code, f"There is no document {outward}." in beyond.stderr) == (1, True), beyond.output
    assert as_("near", "approve", inside).exit_code == 0
    assert as_("chief", "approve", outward).exit_code == 0


def test_an_import_asks_the_right_of_each_table_and_the_sites_of_each_row(clerk):
    counts = "day,site,item,units\n2020-02-10,{site},MASK,7\n"
    mine = clerk.take("counts-1.csv", counts.format(site="P1"), "--as", "counts", "--actor", "post")
    theirs = clerk.take("counts-2.csv", counts.format(site="E1"), "--as", "counts", "--actor", "post")
    items = clerk.take("more.csv", "item,name,unit,pack_units,use\nSOAP,soap,piece,1,consumable\n", "--as", "items",
                       "--actor", "post")  # fmt: skip
    county = clerk.take("more.csv", "item,name,unit,pack_units,use\nSOAP,soap,piece,1,consumable\n", "--as", "items",
                        "--actor", "county")  # fmt: skip

    needs = clerk.take("needs.csv", "site,item,daily_units\nP1,MASK,7\nE1,MASK,7\n", "--as", "needs", "--actor", "post")

    assert mine.exit_code == 0, mine.output
    assert (needs.exit_code, "There is no site E1." in needs.stderr) == (1, True), needs.output
    assert "There is no site E1." in theirs.stderr
    assert "post may not change sites, items and roads" in items.stderr
    assert "items are of every area, and county has the role in some areas only." in county.stderr


def test_who_reads_at_the_machine_of_the_ledger_need_not_be_named(clerk):
    assert "L-E1" in clerk("stock").stdout
    assert clerk("user", "list").exit_code == 0

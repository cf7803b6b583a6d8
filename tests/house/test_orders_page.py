"""docs/orders.md says what the commands do: its files are written, its commands typed, its answers looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Clerk
from typed_pages import answered_as_shown, tables_of

PAGE = Path(__file__).parents[2] / "docs" / "orders.md"


PLACE = ("order", "place", "MASK", "5", "--supplier", "S1", "--arrives", "2099-01-01")


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.chdir(tmp_path)
    clerk = Clerk(tmp_path)
    clerk.begin()
    clerk.take("lanes.csv", "depot,site\nD1,P1\n")
    return clerk


def test_the_page_is_what_happens(clerk):
    for name, content in tables_of(PAGE.read_text(encoding="utf-8")):
        (clerk.folder / name).write_text(content, encoding="utf-8")

    assert answered_as_shown(PAGE, clerk) == 9
    assert clerk("audit", "check").exit_code == 0


def test_a_recommendation_becomes_orders_and_what_is_not_due_is_said(clerk):
    clerk.take("suppliers.csv", "supplier\nS1\nS2\n")
    (clerk.folder / "purchases.csv").write_text(
        "供应商编码,物资编码,数量,最迟下单日,到达日期,单价,packs\n"
        "S1,MASK,500,2020-02-01,2099-02-10,1.2,50\nS1,TENT,7,,2099-02-11,,7\n"
        "S2,MASK,90,2020-02-01,2099-02-12,1.3,9\nS2,MASK,800,2098-01-01,2099-02-20,1.3,80\n",
        encoding="utf-8",
    )
    placed = clerk("order", "place", "--from", "purchases.csv")

    assert "Lines that need not be ordered before 2098-01-01: 1." in placed.output
    assert [line.split()[2:5] for line in clerk("order", "list").output.splitlines()[1:]] == [
        ["MASK", "D1", "500"],
        ["TENT", "D1", "7"],
        ["MASK", "D1", "90"],
    ]
    again = clerk("order", "place", "--from", "purchases.csv")
    assert again.exit_code == 1
    assert again.output.count("says exactly this. Add --again if another one is meant.") == 2


def test_all_that_is_still_to_come_is_received_with_the_order_alone(clerk):
    clerk("order", "place", "MASK", "500", "--supplier", "S1", "--arrives", "2099-01-01", "--number", "A")
    taken = clerk("receive", "D1", "--order", "A")

    assert "Order A has arrived." in taken.output
    assert clerk.held() == {"": 500}
    nothing = clerk("receive", "D1", "--order", "A")
    assert nothing.output == "Nothing of order A is still to come at D1. Give an item and how many.\n"


def test_with_the_order_alone_what_is_said_of_its_one_line_is_kept(clerk):
    clerk("order", "place", "MASK", "500", "--supplier", "S1", "--arrives", "2099-01-01", "--number", "A")
    packs = clerk("receive", "D1", "--order", "A", "--packs")
    taken = clerk(
        "receive", "D1", "--order", "A", "--lot", "A7", "--expires", "2101-01-01", "--price", "3", "--key", "k"
    )
    again = clerk(
        "receive", "D1", "--order", "A", "--lot", "A7", "--expires", "2101-01-01", "--price", "3", "--key", "k"
    )

    assert packs.exit_code == 2
    assert "Without an item, all that is still to come is received: leave out --packs." in packs.output
    assert (taken.exit_code, again.exit_code) == (0, 0)
    assert "was posted before with this key; nothing was posted now." in again.output
    assert clerk.held() == {"A7": 500}


def test_the_list_can_be_saved_and_says_what_is_late(clerk):
    day = ("--date", "2020-01-01")
    clerk("order", "place", "MASK", "500", "--supplier", "S1", "--arrives", "2020-01-01", *day, "--number", "LATE")
    clerk(
        "order", "place", "MASK", "1", "--supplier", "S1", "--arrives", "2020-01-01", *day, "--number", "P", "--planned"
    )
    listed = clerk("order", "list", "--out", "orders.csv")

    first, second = listed.stdout.splitlines()[1:]
    assert clerk("order", "list", "--as-of", "2019-12-31").output.splitlines()[-1].startswith("Nothing is on order.")
    assert (first.split()[0], first.split()[-1], second.split()[0], second.split()[-1]) == (
        "LATE",
        "late",
        "P",
        "planned",
    )
    assert (
        (clerk.folder / "orders.csv")
        .read_text(encoding="utf-8-sig")
        .splitlines()[1]
        .startswith("LATE,S1,MASK,D1,500,0,500")
    )


def test_a_recommendation_says_which_budget_pays_and_below_the_least_is_told(clerk):
    clerk.take("suppliers.csv", "supplier\nS1\n")
    clerk.take("offers.csv", "supplier,item,price,lead_days,units_per_week,min_units\nS1,MASK,1.2,5,,1000\n")
    clerk.take("budgets.csv", "bucket,amount\nA,900\nB,900\n")
    (clerk.folder / "plan.csv").write_text("supplier,item,units,budget\nS1,MASK,500,B\n", encoding="utf-8")
    (clerk.folder / "open.csv").write_text("supplier,item,units\nS1,MASK,500\n", encoding="utf-8")
    unsaid = clerk("order", "place", "--from", "open.csv")
    placed = clerk("order", "place", "--from", "plan.csv")
    saved = clerk("order", "budgets", "--out", "left.csv")
    chinese = clerk("--lang", "zh", "order", "place", "MASK", "600", "--supplier", "S1", "--budget", "B")

    assert unsaid.exit_code == 1
    assert "Say which of them pays: --budget, or the column `budget`" in unsaid.output
    assert "S1 takes orders of MASK mask from 1,000 units on; this is 500." in placed.output.replace("(MASK)", "MASK")
    assert "Budget B has 300.00 yuan left of 900.00." in placed.output
    assert saved.output.splitlines()[-1].split()[-3:] == ["900.00", "600.00", "300.00"]
    assert "预算 B 共 900.00 元，已超支 420.00 元。" in chinese.output


def test_a_number_is_one_however_its_accents_are_composed(clerk):
    clerk(*PLACE, "--number", "e\u0301")

    assert "There is an order \u00e9 already." in clerk(*PLACE, "--again", "--number", "\u00e9").output
    assert "There is an order \u00e9 already." in clerk(*PLACE, "--again", "--number", "e\u0301").output
    assert clerk("order", "show", "e\u0301").output.startswith("Order \u00e9 with supplier S1: ordered.")
    assert clerk("order", "cancel", "e\u0301").exit_code == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("order", "place", "MASK", "5"), 2, "Say what, how many and from whom: ITEM QUANTITY --supplier CODE"),
        (("order", "place", "MASK", "5", "--supplier", "S1", "--price", "cheap"), 2, '"cheap" is no price.'),
        ((*PLACE, "--price", "1e30"), 2, "A price is at most 1,000,000,000 yuan, with at most 6 decimal places."),
        ((*PLACE, "--price", "1e400000"), 2, "A price is at most 1,000,000,000 yuan"),
        ((*PLACE, "--price", "1.2345678"), 2, "A price is at most 1,000,000,000 yuan, with at most 6 decimal places."),
        (
            ("order", "place", "MASK", "99999999999999999999", *PLACE[4:]),
            1,
            "99999999999999999999 units of MASK cannot be ordered. Write a whole number from 1 to 1,000,000,000,000.",
        ),
        (
            (*PLACE, "--number", "a" * 101),
            1,
            "An order's number has at most 100 letters, and none that cannot be seen.",
        ),
        (
            (*PLACE[:-1], "2000-01-01", "--date", "2000-01-02"),
            1,
            "MASK is expected on 2000-01-01, before the day of the order, 2000-01-02. Mend one of them.",
        ),
        (("order", "place", "MASK", "--from", "x.csv"), 2, "With --from the file says it all: leave out item."),
        (("order", "place", "--from", "no.csv"), 2, "no.csv"),
        (("order", "place", "MASK", "5", "--supplier", "S9"), 1, "There is no supplier S9."),
        (("order", "show", "X"), 1, "There is no order X."),
        (("order", "ship", "X"), 1, "There is no order X."),
        (("order", "place", "MASK", "5", "--supplier", "S1", "--date", "2099-01-01"), 1, "2099-01-01 is yet to come"),
        (("receive", "D1", "MASK", "5"), 2, "Say from whom it came: --partner CODE; or of which order"),
    ],
)
def test_what_is_refused_says_what_to_do(clerk, words, status, said):
    refused = clerk(*words)

    assert refused.exit_code == status
    assert said in refused.output

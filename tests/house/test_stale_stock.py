"""Stock of a site that has not reported: kept as the books have it, or by policy estimated, marked and told again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from case_ledger import ledger_of
from case_tables import case_of_tables
from click.testing import CliRunner, Result

from cli import root

DAY, PLAN = "2020-02-20", "P2020-02-20-1"


def allocator(line: str) -> Result:
    return CliRunner().invoke(root, ["--lang", "en", *line.split()])


def done(line: str) -> str:
    result = allocator(line)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def posts(tmp_path, monkeypatch):
    """Two posts with 60 masks each on 2020-02-09, five a day; Post reports its use, Gate has been silent since."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    ledger_of(
        case_of_tables(
            items="item pack kg\nmask 10 1",
            sites="site kind\nGate clinic\nPost clinic\nDepot warehouse",
            needs="site item daily\nGate mask 20\nPost mask 20",
            stock="site item units\nDepot mask 90\nGate mask 300\nPost mask 20",
        ),
        url,
    )
    done("issue Post mask 5 --date 2020-02-19 --at 20:00")


def estimating() -> None:
    text = done("policy show").replace('stale_stock = "keep"', 'stale_stock = "estimate"')
    Path("policy.toml").write_text(text, encoding="utf-8")
    done("policy set policy.toml")


def on_hand(plan: str) -> dict[str, str]:
    done(f"show {plan} --out {plan}")
    rows = Path(plan, "pairs.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {row.split(",")[0]: row.split(",")[4] for row in rows}


@pytest.mark.usefixtures("posts")
def test_as_long_as_the_policy_does_not_say_so_the_books_count():
    planned = allocator(f"allocate --date {DAY} --no-workbook")

    assert "reported neither use nor a count for more than 3 days" in planned.stderr
    assert "is as the books have it: 1; ask these first: Gate." in planned.stderr
    assert on_hand(PLAN) == {"Gate": "300", "Post": "15"}
    assert not Path(PLAN, "estimates.csv").exists()


@pytest.mark.usefixtures("posts")
def test_by_policy_silent_stock_is_estimated_marked_and_the_same_when_the_plan_is_checked():
    """Gate was silent on the ten whole days from the 10th to the 19th, and uses twenty a day: 300 − 200."""
    estimating()
    planned = allocator(f"allocate --date {DAY} --no-workbook")
    done(f"snapshot --out case --date {DAY}")

    assert "Stock that is an estimate, for its site last reported more than 3 days ago: 1 needs." in planned.stderr
    assert on_hand(PLAN) == {"Gate": "100", "Post": "15"}
    for folder in ("case", PLAN):
        text = Path(folder, "estimates.csv").read_text(encoding="utf-8")
        assert text == "site,item,since,book_units,estimated_units\nGate,mask,2020-02-09,300,100\n"
    assert "is an estimate: the books have 300, but the site last reported on 2020-02-09" in done(
        f"why {PLAN} Gate mask"
    )
    assert "estimate" not in done(f"why {PLAN} Post mask")
    assert json.loads(done(f"why {PLAN} Gate mask --json"))["stock_estimated"]
    done(f"verify {PLAN}")
    done("issue Gate mask 7 --date 2020-02-19 --at 21:00")  # a report that comes later changes no plan that was made
    done(f"verify {PLAN}")
    done(f"allocate --date {DAY} --no-workbook")
    assert on_hand("P2020-02-20-2") == {"Gate": "293", "Post": "15"}

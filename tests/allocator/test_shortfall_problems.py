"""The problem list: what somebody must see to, and what to do about it, in words (10 February 2020)."""

from __future__ import annotations

from decimal import Decimal

from shortfall_tables import history_of, report_of, row_of

from allocator.procurement_case import Budget
from allocator.shortfall_problems import problems_of
from allocator.shortfall_tables import ShortfallReport
from allocator.shortfall_words import ReportWords


def told(report: ShortfallReport) -> dict[str, list[str]]:
    """Return what is wrong and what to do, by kind."""
    words, problems = ReportWords(report), problems_of(report)
    found: dict[str, list[str]] = {}
    for n in range(len(problems)):
        what, action = words.problem(problems, n)
        found.setdefault(str(words.kind(problems, n)), []).append(f"{what} {action}")
    return found


def test_a_calm_day_has_no_problems():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09",
        stock="site units\nGate 500",
    )

    assert told(report) == {}


def test_what_is_overdue_is_said_with_its_days_and_whom_to_ask():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09",
        stock="site units\nGate 500",
        transit="site units arrives\nGate 40 2020-02-07",
        orders="order supplier units arrives\nO1 SA 300 2020-02-05\nO2 SB 200 -",
    )

    assert told(report) == {
        "delivery overdue": [
            (
                "40 pieces of mask for Gate should have arrived on 2020-02-07, 3 days ago. Ask the driver and the "
                "site; confirm what arrived, or report the difference. It is not counted upon."
            )
        ],
        "order past its date": [
            (
                "Order O1 with SA: 300 pieces of mask due on 2020-02-05, 5 days ago. Ask SA for a new date and "
                "enter it; until then it is not counted upon."
            )
        ],
        "order without a date": [
            (
                "Order O2 with SB: 200 pieces of mask, and nobody said when they arrive. Ask SB for a date and enter "
                "it; until then it is not counted upon."
            )
        ],
    }


def test_an_over_stocked_site_is_named_beside_its_short_neighbour():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09\nRich 1 2020-02-09",
        stock="site units\nGate 200\nRich 500",
        lanes="depot site\nDepot Gate\nDepot Rich",
    )

    assert told(report)["over-stocked beside a short neighbour"] == [
        (
            "Rich holds more mask than it will use for long, while Gate nearby runs short. "
            "Send 220 pieces from Rich to Gate."
        )
    ]


def test_sites_that_are_not_neighbours_are_not_sent_to_one_another():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09\nRich 1 2020-02-09",
        stock="site units\nGate 200\nRich 500",
        lanes="depot site\nDepot1 Gate\nDepot2 Rich",
    )

    assert "over-stocked beside a short neighbour" not in told(report)


def test_what_expires_at_sites_and_depots():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09",
        stock="""
            site  units lot expires
            Gate    100 L1  2020-02-12
            Gate    900 L2  2020-12-31
            Depot    50 L3  2020-02-20
            Depot    50 L4  2020-12-31
        """,
    )

    assert [text.partition(" before")[0] for text in told(report)["expires before it is used"]] == [
        "70 pieces of mask at Gate expire from 2020-02-12 on",
        "50 pieces of mask at Depot expire from 2020-02-20 on",
    ]


def test_a_site_is_asked_once_however_many_items_it_left_out():
    report = report_of(
        items="item\nmask\ngown\nsuit",
        needs="site item daily\nGate mask 1\nGate gown 1\nGate suit 1\nHall mask 1",
        stock="site item units\nHall mask 100\nGate suit 90",
    )

    assert [text.partition(".")[0] for text in told(report)["missing count"]] == [
        "Gate has never counted 2 of its items"
    ]


def test_a_site_that_fell_silent_is_asked_for_its_report():
    report = report_of(
        needs="site daily reported\nOld 10 2020-01-20",
        stock="site units\nOld 500\nMute 500",
        history=history_of("Mute mask " + "10 " * 30 + "- " * 9),
        lanes="depot site\nDepot Old\nDepot Mute",
    )

    assert [text.partition(".")[0] for text in told(report)["missing report"]] == [
        "Old has not reported its mask for too long",
        "Mute has not reported its mask for too long",
    ]


def test_what_must_be_ordered_today_and_from_whom():
    tables = {"needs": "site daily reported\nGate 10 2020-02-09", "stock": "site units\nGate 60"}

    nobody, somebody = report_of(**tables), report_of(offers="supplier price lead\nSA 1 5", **tables)

    assert told(nobody)["order due"][0].endswith(
        "Nobody's offer is open: find a supplier, or ask the level above; spread what there is until then."
    )
    assert told(somebody)["order due"][0].endswith(
        "Order today from whoever delivers soonest, and spread what there is by the ladder until then."
    )


def test_why_a_row_runs_short_in_words():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09\nFar 10 2020-02-09",
        stock="site units\nGate 30\nFar 20\nDepot 100",
        transit="site units arrives\nFar 90 2020-02-16",
        lanes="depot site\nDepot Gate",
        offers="supplier price lead\nSA 1 5",
    )
    words = ReportWords(report)
    why = {str(words.site(site)): [str(each) for each in words.why(n)] for n, site in enumerate(report.rows.site)}

    assert why["Gate"][0] == "nothing is under way, though 100 pieces could be sent"
    assert "the next delivery (90 pieces, 2020-02-16) comes 4 days after it runs out" in why["Far"]


def test_what_an_order_under_way_covers_is_not_said_to_lack_anything_under_way():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09",
        stock="site units\nGate 30",
        orders="order units arrives\nO1 900 2020-02-20",
        lanes="depot site\nDepot Gate",
        offers="supplier price lead\nSA 1 5",
    )
    why = [str(each) for each in ReportWords(report).why(0)]

    assert row_of(report, "Gate", "mask", "ordered_units") > 0
    assert not [each for each in why if "nothing is under way" in each]
    assert why[0].endswith("pieces of it, 2020-02-20) comes 8 days after it runs out")


def test_one_is_said_as_one():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09",
        stock="site units\nGate 500",
        transit="site units arrives\nGate 1 2020-02-09",
    )

    assert told(report)["delivery overdue"][0].startswith(
        "1 piece of mask for Gate should have arrived on 2020-02-09, 1 day ago."
    )


def test_money_that_does_not_reach_is_a_problem_of_its_bucket():
    tables = {
        "needs": "site daily reported\nGate 10 2020-02-09",
        "stock": "site units\nGate 60",
        "offers": "supplier price lead\nSA 2 5",
    }
    bought = row_of(report_of(**tables), "Gate", "mask", "buy_units")

    def of_budget(yuan: int) -> dict[str, list[str]]:
        return told(report_of(budgets=(Budget(bucket="masks", amount=Decimal(yuan)),), **tables))

    assert "budget too small" not in of_budget(2 * bought)
    assert of_budget(100)["budget too small"][0].startswith(
        f"The budget masks holds 100 yuan and {2 * bought} yuan are needed: {2 * bought - 100} yuan lack."
    )
    assert "budget too small" not in told(report_of(**tables))


def test_more_than_the_supplier_makes_until_the_horizon_is_a_problem():
    tables = {"needs": "site daily reported\nGate 10 2020-02-09", "stock": "site units\nGate 60"}

    # Orders of four weeks are here within 30 days: 4 × 20.
    little = report_of(offers="supplier price lead most\nSA 1 5 20", **tables)
    plenty = report_of(offers="supplier price lead most\nSA 1 5 500", **tables)
    bought = row_of(little, "Gate", "mask", "buy_units")

    assert told(little)["more than the supplier can deliver"] == [
        (
            f"{bought} pieces of mask are to be bought from SA, who can deliver 80 pieces by 2020-03-11. Let "
            "`allocator procure` spread it over suppliers and weeks; what nobody can make will be short."
        )
    ]
    assert "more than the supplier can deliver" not in told(plenty)
    assert row_of(plenty, "Gate", "mask", "buy_units") == bought

"""The commands that post documents, as people type them: what is printed, and how each ends."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ledgers import a_ledger

from cli import root


@pytest.fixture
def allocator(tmp_path, monkeypatch):
    """Return the command line at the ledger of depot D1 and posts P1 and P2, in an empty folder."""
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.chdir(tmp_path)
    a_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", timezone="Asia/Shanghai").engine.dispose()

    def run(line: str, *, lang: str = "en") -> Result:
        return CliRunner().invoke(root, ["--lang", lang, *line.split()], prog_name="allocator")

    return run


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def untimed(shown: str) -> str:
    """Return what a command printed with NOW for the time at which it was posted, which is that of the test."""
    return re.sub(r"((?:Posted by |登记人：)\w+(?:, |，))[-\d]+ [:\d]+\n", r"\1NOW\n", shown)


RECEIVED = "receive D1 I1 500 --partner S1 --lot A7 --expires 2099-03-01 --date 2020-02-10"


def test_a_receipt_shows_its_number_what_came_and_what_is_there_now(allocator):
    assert untimed(done(allocator(f"{RECEIVED} --reference PO-17 --price 1.2 --certificate GB-7"))) == (
        "Document 1: receipt at D1, 2020-02-10 12:00\n"
        "Reference PO-17\n"
        "Certificate GB-7\n"
        "Posted by local, NOW\n"
        "\n"
        "  item       lot  expires     from         to  units  unit price  now there\n"
        "  I1 item 1  A7   2099-03-01  supplier S1  D1    500         1.2        500\n"
    )
    assert "Document 1: Certificate GB-7\n" in done(allocator("audit trace 1"))
    assert untimed(done(allocator("receive D1 I1 2 --packs --partner N1 --date 2020-02-11", lang="zh"))) == (
        "单据 2：D1 入库，2020-02-11 12:00\n"
        "登记人：local，NOW\n"
        "\n"
        "  物资       从         到  数量  该处现有\n"
        "  I1 item 1  捐赠方 N1  D1    20        20\n"
    )


def test_an_issue_takes_what_expires_first_and_says_what_is_short(allocator):
    allocator(RECEIVED)
    allocator("receive D1 I1 30 --partner N1 --lot B --expires 2098-01-01 --date 2020-02-10")
    short = allocator("issue D1 I1 600")

    assert short.exit_code == 1
    assert short.stderr == (
        "D1 can give 530 of the 600 units of I1 item 1 that were asked for; 70 are short. Take 530 or fewer, or "
        "post the missing receipt first.\n"
        "To take what there is, add --partial.\n"
    )
    assert untimed(done(allocator("issue D1 I1 600 --partial --date 2020-02-12"))) == (
        "Document 3: issue at D1, 2020-02-12 12:00\n"
        "Posted by local, NOW\n"
        "\n"
        "  item       lot  expires     from  to         units  left there\n"
        "  I1 item 1  B    2098-01-01  D1    use at D1     30           0\n"
        "  I1 item 1  A7   2099-03-01  D1    use at D1    500           0\n"
        "\n"
        "70 of the 600 units of I1 item 1 that were asked for were not there; nothing moved for them.\n"
    )


def test_a_shipment_stays_open_until_all_of_it_is_explained(allocator):
    allocator(RECEIVED)
    sent = json.loads(done(allocator("transfer D1 P1 I1 10 --date 2020-02-11 --json")))
    number = sent["shipment"]

    assert sent["details"] == {"to": "P1"}
    some = done(allocator(f"confirm {number} I1 6 --damaged 3 --reason wet --date 2020-02-12"))
    assert "Reason: wet or soiled on the way\nRefers to document 2\n" in some
    assert f"1 unit of I1 item 1 (lot A7) of shipment {number} is still under way." in some
    rest = json.loads(done(allocator(f"confirm {number} I1 --lost 1 --reason lost-on-the-way --json")))
    assert [(line["to"], line["units"]) for line in rest["lines"]] == [("LOST", 1)]
    assert rest["notes"] == []
    nothing = allocator(f"confirm {number} --all")
    assert (nothing.exit_code, nothing.stderr) == (
        1,
        f"Nothing of shipment {number} is under way any more: all of it is accounted for.\n",
    )


def test_a_retry_prints_the_same_document_again(allocator):
    allocator(RECEIVED)
    first = allocator("issue D1 I1 500 --key once")
    second = allocator("issue D1 I1 500 --key once")

    assert done(second) == done(first)
    assert second.stderr == "Document 2 was posted before with this key; nothing was posted now.\n"
    assert json.loads(done(allocator("issue D1 I1 500 --key once --json")))["again"] is True


def test_of_two_lots_with_one_number_the_one_that_never_expires_can_be_named(allocator):
    allocator(RECEIVED)
    done(allocator("receive D1 I1 5 --partner N1 --lot A7 --expires never"))

    used = json.loads(done(allocator("issue D1 I1 5 --lot A7 --expires 无 --json")))
    assert [(line["expires"], line["units"]) for line in used["lines"]] == [(None, 5)]


def test_lines_come_from_a_file_in_either_language(allocator):
    Path("gifts.csv").write_text("item,units,lot,expires,unit_price\nI1,40,L1,2099-01-01,1.2\nI2,7,,,\n")
    Path("use.csv").write_text("物资编码,数量,批号\nI1,4,L1\nI2,7,-\n")
    came = json.loads(done(allocator("receive P1 --partner N1 --from gifts.csv --json")))
    used = json.loads(done(allocator("issue P1 --from use.csv --json")))

    assert came["details"]["lines"] == [{"item": "I1", "lot": "L1", "unit_price": "1.2"}]
    assert [(line["item"], line["lot"], line["units"]) for line in used["lines"]] == [("I1", "L1", 4), ("I2", "", 7)]


def test_everything_wrong_with_a_file_is_said_at_once_and_nothing_is_posted(allocator):
    Path("gifts.csv").write_text("item,units,expires\nI1,about 40,2099-01-01\n,7,soon\n")
    refused = allocator("receive P1 --partner N1 --from gifts.csv")

    assert refused.exit_code == 2
    assert [line.split(":")[0] for line in refused.stderr.splitlines()] == [
        "gifts.csv, row 3, column item",
        "gifts.csv, row 3, column expires",
        "gifts.csv, row 2, column units",
    ]
    assert allocator("reverse 1 --reason entered-twice").exit_code == 1


def test_a_count_shows_what_was_found_and_asks_where_stock_moved(allocator):
    allocator(RECEIVED)
    allocator("issue D1 I1 100 --date 2020-02-12")
    Path("sheet.csv").write_text("item,lot,units\nI1,A7,480\nI2,,\n")

    asked = allocator("count D1 --from sheet.csv --sheet-document 1 --at 2020-02-13T10:30")
    assert asked.exit_code == 1
    assert asked.stderr.splitlines()[:2] == [
        "Stock moved at D1 since the sheet was printed:",
        "Document 2 (issue, 2020-02-12 12:00): 100 units of I1 item 1 (lot A7) went.",
    ]
    known = allocator("count D1 --from sheet.csv --sheet-document 1 --at 2020-02-13T10:30 --moves-known")
    assert untimed(done(known)) == (
        "Document 3: count at D1, 2020-02-13 10:30\n"
        "Posted by local, NOW\n"
        "\n"
        "  item       lot  expires     units found  difference\n"
        "  I1 item 1  A7   2099-03-01          480         +80\n"
    )
    assert "all other lots" in done(allocator("count D1 I1 0 --whole"))


def test_a_reversal_says_which_count_absorbed_it(allocator):
    allocator(RECEIVED)
    allocator("issue D1 I1 100 --date 2020-02-12")
    allocator("count D1 I1 390 --lot A7 --date 2020-02-13")

    assert untimed(done(allocator("reverse 2 --reason entered-twice"))) == (
        "Document 4: reversal at D1, 2020-02-12 12:00\n"
        "Reason: entered twice\n"
        "Reverses document 2\n"
        "Posted by local, NOW\n"
        "\n"
        "  item       lot  expires     from       to       units  left there  now there\n"
        "  I1 item 1  A7   2099-03-01  use at D1  D1         100                    390\n"
        "  I1 item 1  A7   2099-03-01  D1         count 3    100         390\n"
        "\n"
        "D1 was counted later, in document 3, and what was found then stays: 100 units of I1 item 1 (lot A7) are "
        "set off against that count.\n"
    )


def test_what_is_left_is_what_the_whole_document_leaves(allocator):
    """90 of 100 were used before a count that found 20: it sets them off, though 20 - 90 alone would be -70."""
    allocator("receive D1 I1 100 --partner S1 --lot A7 --expires 2099-03-01 --date 2020-02-10")
    allocator("count D1 I1 20 --lot A7 --date 2020-02-13")

    late = done(allocator("issue D1 I1 90 --date 2020-02-11"))
    assert [line.split()[-1] for line in late.splitlines() if " A7 " in line] == ["20", "20"]
    assert "-70" not in late


def test_the_end_of_a_recall_says_which_lot_it_frees_and_what_is_left_to_do(allocator):
    allocator(RECEIVED)
    allocator("recall A7 --reason ordered")

    freed = "I1 item 1 (lot A7) is not recalled any more. What lies in quarantine stays there until it is released.\n"
    assert freed in done(allocator("recall A7 --end --reason by-mistake"))


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("adjust D1 I1 5 --up --reason found", [("COUNT_GAIN", "D1", 5)]),
        ("adjust D1 I1 5 --down --reason given-outside", [("D1", "OUTSIDE", 5)]),
        ("writeoff D1 I1 --reason 过期", [("D1", "DESTROYED", 500)]),
        ("quarantine D1 I1 40 --reason awaiting-test", [("D1", "QUARANTINE:D1", 40)]),
        ("recall A7 --reason counterfeit", [("D1", "QUARANTINE:D1", 500)]),
        ("return D1 I1 40 --to S1 --reason wrong-item", [("D1", "SUPPLIER:S1", 40)]),
    ],
)
def test_stock_that_is_not_as_it_should_be_leaves_with_its_reason(allocator, typed, lines):
    allocator(RECEIVED)

    moved = json.loads(done(allocator(f"{typed} --json")))["lines"]
    assert [(line["from"], line["to"], line["units"]) for line in moved] == lines


def test_what_was_set_aside_or_issued_comes_back(allocator):
    allocator(RECEIVED)
    done(allocator("quarantine D1 I1 40 --reason awaiting-test"))
    done(allocator("issue D1 I1 60"))
    done(allocator("release D1 I1 --reason passed-test"))
    done(allocator("return D1 I1 10 --unused --reason unused"))

    assert "450" in done(allocator("stock --site D1"))


@pytest.mark.parametrize(
    ("typed", "english", "chinese"),
    [
        ("issue D1", "Name an item and how many, or a file with the lines", "请写物资和数量，或用 --from FILE"),
        ("issue D1 I1 3万", '"3万" is not a plain number. If you mean 30000, write 30000.', "若指 30000，请写 30000"),
        ("issue D1 I1 few", '"few" is not a whole number of units. Write one such as 120.', "不是整数数量"),
        ("issue D1 I1 5 --at noon", '"noon" is not a time. Write it as 14:30', "“noon”不是时间"),
        (
            "issue D1 I1 5 --date 2020-02-10 --at 2020-02-10T10:00",
            "Give the day either with --date or",
            "日期请用 --date 或",
        ),
        ("writeoff D1 I1 5", "Missing option '--reason'.", "缺少选项"),
        (
            "writeoff D1 I1 5 --reason bored",
            '"bored" is none of the reasons: expired, damaged',
            "不在原因之列：expired",
        ),
        ("adjust D1 I1 5 --reason found", "Say either --up or --down.", "请写 --up 或 --down 之一。"),
        ("return D1 I1 5 --reason surplus", "Say either --to and the partner it goes back to", "二者择一"),
        ("confirm T-1", "Say what arrived: --all, or an item and how many", "请说明到了什么"),
        ("count D1 I1", "Say how many were found; 0 where there were none.", "没有请写 0"),
    ],
)
def test_what_is_typed_wrong_ends_with_2_in_both_languages(allocator, typed, english, chinese):
    in_english, in_chinese = allocator(typed), allocator(typed, lang="zh")

    assert (in_english.exit_code, in_chinese.exit_code) == (2, 2)
    assert english in in_english.stderr
    assert chinese in in_chinese.stderr


def test_what_has_not_happened_yet_is_not_posted(allocator):
    refused = allocator("issue D1 I1 5 --date 2999-01-01")

    assert refused.exit_code == 1
    assert "2999-01-01 12:00 is yet to come" in refused.stderr


@pytest.mark.parametrize("locale", ["C", "zh_CN.UTF-8"])
@pytest.mark.parametrize(("at", "status"), [("2020-02-10T23:30", 0), ("2020-02-11T00:30", 1)])
def test_late_in_the_evening_the_day_is_the_sites_day(allocator, monkeypatch, locale, at, status):
    """The lot may be used until the end of 10 February where the site is, whatever the machine's zone and locale."""
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        allocator("receive D1 I1 5 --partner S1 --lot A --expires 2020-02-10 --date 2020-02-09")
        used = allocator(f"issue D1 I1 5 --at {at}")
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()

    assert used.exit_code == status
    assert at.replace("T", " ") in used.stdout or "expired on 2020-02-10" in used.stderr


def test_what_a_site_reports_by_telephone_says_who_and_how_in_both_languages(allocator):
    allocator(RECEIVED)
    said = done(allocator("issue D1 I1 5 --reported-by D1 --by telephone --date 2020-02-11"))
    assert "\nReported by D1, by telephone\n" in said
    zh = done(allocator("issue D1 I1 5 --reported-by 值班员 --by 电话 --date 2020-02-11", lang="zh"))
    assert "\n报告人：值班员（电话）\n" in zh
    assert "Document 2: Reported by D1, by telephone" in done(allocator("audit trace 2"))

    named = allocator("issue D1 I1 5 --reported-by 张三")
    assert (named.exit_code, "is no person or site of this ledger" in named.stderr) == (1, True)
    assert allocator("issue D1 I1 5 --by pigeon").exit_code == 2


def test_a_receipt_with_every_difference_is_one_command_and_stays_open_until_it_is_explained(allocator, tmp_path):
    """Of twenty twelve came, three were refused, and gloves came for the other five."""
    allocator(RECEIVED)
    allocator("receive D1 I2 100 --partner S1 --lot G --expires 2099-03-01 --date 2020-02-10")
    number = json.loads(done(allocator("transfer D1 P1 I1 20 --date 2020-02-11 --json")))["shipment"]
    Path("arrived.csv").write_text(
        "物资编码,批号,完好,拒收,代替物资,原因\nI1,,12,3,,expires-soon\nI2,G,5,,I1,装的与单上不同\n", encoding="utf-8"
    )
    seen = json.loads(done(allocator(f"confirm {number} --from arrived.csv --date 2020-02-12 --json")))
    back = seen["details"]["sent_back"]

    assert [(line["item"], line["from"], line["to"], line["units"]) for line in seen["lines"]] == [
        ("I1", f"IN_TRANSIT:{number}", "P1", 12),
        ("I2", f"SURPLUS:{number}", "P1", 5),
    ]
    assert "Reason for I2 item 2 (lot G): something else was loaded than the note says" in seen["notes"]
    assert f"P1 收到的多于单 {number} 所列，尚无人说明：I2（批号 G）5 个单位。" in done(allocator("plans", lang="zh"))
    assert re.search(rf"came beyond its note +{number} +D1 → P1", done(allocator("report day --date 2020-02-12")))
    assert f"5 units came beyond shipment {number}, and nobody has said from where" in done(allocator("audit check"))
    assert re.search(r"\n5 +goods refused and sent back +2020-02-12 +P1 +3\n", done(allocator(f"audit trace {number}")))

    done(allocator(f"settle {number} --reason loaded-too-many"))
    done(allocator(f"confirm {number} I1 --stayed 5 --reason wrong-loaded"))
    assert "is under way to D1. When it arrives" in done(allocator("show 5"))
    done(allocator(f"confirm {back} --all"))

    assert not any(json.loads(done(allocator("plans --json")))["open"].values())
    assert "Open, which is no fault" not in done(allocator("audit check"))

"""What attacks is refused with a sentence: a small share of what `make hostile` tries, with controls."""

from __future__ import annotations

import asyncio
import os
import random
import signal

import pytest
from click.testing import CliRunner, Result

from benchmarks.hostile_books import BOOKS, book_of
from benchmarks.hostile_said import FORGED, fault_in_text
from benchmarks.hostile_tally import Tally, told_though_ended
from benchmarks.hostile_texts import TEXTS_OF
from benchmarks.hostile_watch import Came, forget_peak, peak_mebibytes, watched
from cli import root
from data.case_workbook import open_workbook
from data.problems import ProblemList
from data.sheet_cells import cells_of_csv
from data.workbook_caps import IMPORT_CELLS_MAX
from models.plain_files import read_within
from web import guard

_DENSE = "".join(
    f'<row r="{r}">' + "".join(f'<c r="{c}{r}"><v>1</v></c>' for c in "ABCDE") + "</row>" for r in range(1, 30)
)


def allocator(*words: str) -> Result:
    return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    return tmp_path


def kinds_of(problems: ProblemList) -> list[str]:
    return [each.kind.code for each in problems.problems]


def test_a_device_that_never_ends_and_a_pipe_that_nobody_writes_to_are_no_files(folder):
    os.mkfifo(folder / "receipts.csv")
    (folder / "zero.toml").symlink_to("/dev/zero")
    allocator("init")

    for words in (
        ("import", "receipts.csv"),
        ("policy", "set", "zero.toml", "--reason", "x"),
        ("statements", "receipts.csv"),
    ):
        refused = allocator(*words)
        assert refused.exit_code in (1, 2), words
        assert "it is a device or a pipe, no file" in refused.stderr, words
    with pytest.raises(OSError, match="device"):
        read_within(folder / "zero.toml", 10)


def test_nothing_that_a_file_holds_moves_the_terminal_or_writes_a_line_of_its_own(folder):
    (folder / "sites.csv").write_text(f'site,kind\n\x1b[31mD\u202e1,x\n"a\n{FORGED}",y\n', encoding="utf-8")
    (folder / f"orders\n{FORGED}\x9b.csv").write_text("x\n", encoding="utf-8")
    allocator("init")

    for words in (("import", "sites.csv"), ("import", "--json", "sites.csv")):
        said = allocator(*words)
        assert (fault_in_text(said.stdout), fault_in_text(said.stderr)) == ("", ""), words
    named = allocator("import", f"orders\n{FORGED}\x9b.csv")
    assert named.exit_code == 2
    assert "holds a hidden character (U+000A)" in named.stderr
    assert fault_in_text(named.stderr) == ""


def test_the_judge_of_texts_sees_what_is_loud_forged_or_a_fault():
    assert fault_in_text("plain\n") == ""
    for text in ("\x1b[2J", "\u202e", f"x\n{FORGED}", 'Traceback (most recent call last):\n  File "a.py", line 1'):
        assert fault_in_text(text)


def test_a_csv_row_of_a_million_cells_is_not_filled_up_in_each_row(folder):
    (folder / "wide.csv").write_bytes(b"a,b\n" + b"1," * 100_000 + b"\n" + b"1,2\n" * 1_000)
    problems = ProblemList()

    assert cells_of_csv(folder / "wide.csv", problems) is None
    assert kinds_of(problems) == ["too-many-columns"]


def test_of_millions_of_empty_rows_no_more_is_kept_than_is_read(folder):
    (folder / "said.csv").write_bytes(b"site,item,units,a,b,c,d,e\n" + b"\n" * 5_000_000)
    problems = ProblemList()
    forget_peak("self")
    before = peak_mebibytes("self")

    assert cells_of_csv(folder / "said.csv", problems) is None
    assert (kinds_of(problems), problems.problems[0].values["found"]) == (["too-many-rows"], "5,000,001")
    assert peak_mebibytes("self") - before < 150


def test_a_workbook_that_others_send_has_fewer_cells_than_one_s_own_case(folder):
    (folder / "book.xlsx").write_bytes(book_of(_DENSE))
    wide, narrow = ProblemList(), ProblemList()

    assert open_workbook(folder / "book.xlsx", wide) is not None
    assert open_workbook(folder / "book.xlsx", narrow, cells_max=100) is None
    assert IMPORT_CELLS_MAX == 4_000_000
    assert kinds_of(narrow) == ["sheet-too-wide"]


@pytest.mark.parametrize("sort", sorted(set(BOOKS) - {"dense", "bomb", "nested", "shared", "ole"}))
def test_a_workbook_that_attacks_is_taken_in_or_refused_with_a_sentence(folder, sort):
    allocator("init")
    for seed in range(3):
        (folder / "receipts.xlsx").write_bytes(BOOKS[sort](random.Random(seed)))
        answer = allocator("import", "receipts.xlsx")
        assert answer.exception is None or isinstance(answer.exception, SystemExit), seed
        assert (answer.exit_code in (0, 1, 2), fault_in_text(answer.output)) == (True, ""), seed


def test_an_old_workbook_whose_sizes_lie_ends_no_process_but_the_one_that_tries_it(folder):
    for seed in range(1, 4):
        (folder / "old.xls").write_bytes(BOOKS["ole"](random.Random(seed * 10)))
        problems = ProblemList()
        assert open_workbook(folder / "old.xls", problems) is None
        assert kinds_of(problems) == ["workbook-old"]


def test_a_key_of_thousands_of_parts_is_no_policy_and_no_scenario(folder):
    (folder / "deep.toml").write_text(".".join(["a"] * 50_000) + " = 1\n", encoding="utf-8")
    allocator("init")

    for words in (("policy", "set", "deep.toml", "--reason", "x"), ("scenario", "show", "deep.toml")):
        refused = allocator(*words)
        assert (refused.exit_code, "deep.toml" in refused.stderr) == (2, True), words


def test_a_text_that_attacks_is_taken_in_or_refused_with_a_sentence(folder):
    allocator("init")
    for form, seed in (("json", 1), ("json", 2), ("toml", 1), ("toml", 4), ("csv", 1), ("csv", 2)):
        (folder / f"x.{form}").write_bytes(TEXTS_OF[form](random.Random(seed)))
        answer = allocator("import", f"x.{form}", *(() if form == "toml" else ("--as", "receipts")))
        assert answer.exception is None or isinstance(answer.exception, SystemExit), (form, seed)
        assert fault_in_text(answer.output) == "", (form, seed)


def begin_misbehaving():
    def work(piece: str) -> tuple[str, str]:
        if piece == "much":
            return str(len(b"x" * (600 * 2**20))), ""
        if piece == "die":
            os._exit(7)
        return "done", ""

    return work


def test_the_watch_sees_what_takes_too_much_and_what_dies():
    with watched(begin_misbehaving) as work:
        assert work("little").fault == ""
        assert "MiB" in work("much").fault
        assert "died: 7" in work("die").fault
        assert work("little").fault == ""


def test_a_run_that_is_ended_tells_what_came_until_then(capsys):
    tally = Tally("pages")
    with told_though_ended(tally):
        tally.add("1 one", Came(outcome="200", fault="", seconds=0.5, mebibytes=7))
        os.kill(os.getpid(), signal.SIGTERM)
        tally.add("2 never", Came(outcome="200", fault="", seconds=9, mebibytes=9))

    assert "| pages (ended early) | 1 | 0 | 0.5 | 7 | 1 200 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("stock", "--db", "sqlite:///" + "x" * 5_000), "xxx"),
        (("stock", "--db", "postgresql://ann:secret@[::1/x"), "postgresql://ann:***@[::1/x is no database address."),
        (("verify", "case", "x" * 300), "xxx"),
        (("policy", "show", "1" + "0" * 400), "There is no policy 1000"),
        (("init", "--db", "sqlite:///x?check_same_thread=hostile"), "is no database address."),
        (("report", "donation", "9" * 20), "A number in this command is larger than any that a ledger holds."),
        (("show", "9" * 5_000), "There is no plan 999"),
        (("approve", "9" * 5_000), "There is no plan 999"),
        (("policy", "diff", "9" * 5_000, "1"), "Give nothing, one file, or the numbers of two policies."),
        (("backup", "--out", "x" * 300), "xxx"),
        (("scenario", "worker", "tcp://[::1"), "is another machine"),
        (
            ("serve", "--oidc-issuer", "https://[x", "--oidc-client-id", "x", "--oidc-client-secret-file", "here"),
            "https://[x",
        ),
    ],
    ids=lambda each: " ".join(each)[:20] if isinstance(each, tuple) else "",
)
def test_names_and_numbers_that_nothing_has_are_refused_with_a_sentence(folder, words, says):
    allocator("init")
    (folder / "here").write_text("a secret of some length", encoding="utf-8")
    refused = allocator(*words)

    assert isinstance(refused.exception, SystemExit), refused.exception
    assert (refused.exit_code in (1, 2), says in refused.stderr) == (True, True), refused.stderr


def test_a_folder_with_pipes_devices_and_links_that_lead_round_is_refused_at_once(folder):
    allocator("init")
    given = folder / "given"
    given.mkdir()
    os.mkfifo(given / "items.csv")
    (given / "policy.toml").symlink_to("/dev/zero")
    (given / "sites.csv").symlink_to("sites.csv")
    (given / "again").symlink_to(given)
    refused = allocator("import", "given")

    assert (refused.exit_code, refused.stderr.count("it is a device or a pipe, no file")) == (2, 2)


def test_a_row_of_a_million_headers_is_refused_before_each_is_looked_up(folder, monkeypatch):
    allocator("init")
    (folder / "receipts.csv").write_bytes(b"number,date" + b",x" * 300_000 + b"\n1,2\n")
    monkeypatch.setattr("data.import_files.matches", None)

    assert "at most 200 are read" in allocator("import", "receipts.csv").stderr


def test_what_is_read_from_standard_input_and_is_no_text_is_no_fault(folder):
    allocator("init")
    assert allocator("user", "add", "ann", "--role", "administrator").exit_code == 0
    for words in (
        ("user", "password", "ann", "--actor", "ann"),
        ("statements", "-"),
        ("audit", "check", "--note", "-"),
    ):
        answer = CliRunner().invoke(root, ["--lang", "en", *words], input=b"\xed\xa0\x80\xff", prog_name="allocator")
        assert answer.exception is None or isinstance(answer.exception, SystemExit), (words, answer.exception)


def test_a_forecast_that_finds_nothing_to_learn_from_is_the_one_without_learning(folder):
    pytest.importorskip("lightgbm")
    assert allocator("sample", "county", "--out", "county", "--sites", "4", "--items", "1").exit_code == 0
    used = "site,item,date,units\nENT01,MASK,2020-01-06,140\nENT01,MASK,2020-02-07,1\nENT01,MASK,2020-02-08,7\n"
    (folder / "county" / "history.csv").write_text(used, encoding="utf-8")
    answer = allocator("forecast", "county", "--ml", "--backtest")

    assert (answer.exit_code, answer.exception) == (0, None)
    assert "ENT01" in answer.stdout


def test_what_comes_too_slowly_is_waited_for_no_longer(monkeypatch):
    monkeypatch.setattr(guard, "BODY_SECONDS_MAX", 0.05)
    sent: list[dict[str, object]] = []

    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def run(first: dict[str, object]) -> None:
        begun = False

        async def receive():
            nonlocal begun
            if begun:
                await asyncio.sleep(30)
            begun = True
            return first

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "path": "/x",
            "method": "POST",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await guard.Guard(app, hosts=("localhost",), secure=False)(scope, receive, send)

    asyncio.run(run({"type": "http.request", "body": b"x", "more_body": True}))
    asyncio.run(run({"type": "http.request", "body": b"x", "more_body": False}))

    assert [message["status"] for message in sent if "status" in message] == [408, 200]

"""Check an export of a ledger: python -I check.py EXPORT.zip [--head FILE] [--key LINE] [--lang zh].

This one file needs nothing but Python 3.9 or newer. It shares no code with the program that wrote the export.
It says what it checked, what it could not check, and ends with 0; with 4 where something does not hold, and
with 2 where the export cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from data.audit_heads import Key, Tree, Wrong, check_signature, head_of, key_of

__all__ = ["main"]

FORMAT = "allocator.audit-export/1"
PARTS = (
    "about.json",
    "keys.txt",
    "heads.jsonl",
    "leaves.bin",
    "records.jsonl",
    "opening.jsonl",
    "check.py",
    "README.txt",
)
BYTES_MAX = 16 * 2**30
SMALL_BYTES_MAX = 10 * 2**20
LINE_BYTES_MAX = 64 * 2**20
SIGNATURES_MAX = 1000
SOURCES = ("SUPPLIER", "DONOR", "UPPER_LEVEL", "OPENING", "COUNT_GAIN", "SURPLUS")


class Unreadable(Exception):
    """The export cannot be read: the sentence in English and in Chinese."""


# --- Reading -----------------------------------------------------------------------------------------


def opened(path: str) -> zipfile.ZipFile:
    """Return the export, once its parts are those it must have and no larger than they may be."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise Unreadable(f"{path} cannot be opened: {error}", f"无法打开 {path}：{error}") from None
    names = sorted(archive.namelist())
    if names != sorted(PARTS):
        raise Unreadable(f"{path} does not hold the parts of an export.", f"{path} 的组成部分不是审计导出文件应有的。")
    sizes = {part.filename: part.file_size for part in archive.infolist()}
    if sum(sizes.values()) > BYTES_MAX or max(sizes["about.json"], sizes["keys.txt"]) > SMALL_BYTES_MAX:
        raise Unreadable(f"{path} is too large.", f"{path} 过大。")
    return archive


def lines_of(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """Give the JSON values of a part, one a line."""
    with archive.open(name) as part:
        while line := part.readline(LINE_BYTES_MAX):
            if not line.endswith(b"\n"):
                raise Unreadable(f"{name} holds a line without end.", f"{name} 中有未结束的行。")
            yield json.loads(line)


def canonical(content: Any) -> str:
    """Return the canonical JSON (RFC 8785) of whole numbers, texts, lists and mappings."""
    return json.dumps(in_order(content), ensure_ascii=False, separators=(",", ":"))


def in_order(content: Any) -> Any:
    """Return the content with the keys of every mapping in order of UTF-16."""
    if isinstance(content, dict):
        return {key: in_order(content[key]) for key in sorted(content, key=lambda key: key.encode("utf-16-be"))}
    return [in_order(part) for part in content] if isinstance(content, list) else content


# --- Checks ------------------------------------------------------------------------------------------


class Check:
    """One run: what was found right, and what could not be looked at."""

    def __init__(self, archive: zipfile.ZipFile, heads: list[str], keys: list[str]) -> None:
        self.archive, self.kept, self.given = archive, heads, keys
        self.right: list[tuple[str, ...]] = []
        self.unseen: list[tuple[str, ...]] = []
        self.keys: list[Key] = []
        self.slice: list[bytes] = []
        self.about = json.loads(archive.read("about.json"))
        if self.about.get("format") != FORMAT:
            raise Unreadable("It is of another format than this checker's.", "导出文件的格式与本程序不符。")

    def run(self) -> None:
        """Check everything."""
        ledger, first, last = (self.about[name] for name in ("ledger", "from", "to"))
        self.saw(f"{ledger}, recorded from {first} to {last}:", f"{ledger}，入账日期 {first} 至 {last}：")
        self.check_keys()
        self.check_tree()
        self.check_records()
        self.say_what_is_out_of_reach()

    def saw(self, *both: str) -> None:
        """Note what was found right, in English and in Chinese."""
        self.right.append(both)

    def cannot(self, *both: str) -> None:
        """Note what could not be looked at."""
        self.unseen.append(both)

    def check_keys(self) -> None:
        """The keys are keys, and those that somebody was given before are among them."""
        lines = self.archive.read("keys.txt").decode().splitlines()
        self.keys = [key_of(line) for line in lines]
        for line in self.given:
            if key_of(line) not in self.keys:
                raise Wrong(f"The key {line} is not one of this export's.", f"密钥 {line} 不在此导出文件中。")
        if self.given:
            self.saw("The keys you gave are those that sign.", "您给出的密钥就是签名所用的密钥。")

    def check_tree(self) -> None:
        """Every head has the root over its leaves, and the newest of them are signed."""
        heads = [head["checkpoint"] for head in lines_of(self.archive, "heads.jsonl")]
        if not heads:
            raise Wrong("There is no signed head.", "没有签名的树头。")
        left_out = max(0, len(heads) - SIGNATURES_MAX)
        due = [head_of(note)[2:] for note in heads[:left_out]]
        due += [check_signature(note, self.keys) for note in heads[left_out:]]
        kept = [check_signature(note, self.keys) for note in self.kept]
        roots = self.grow({size for size, _ in due + kept})
        for name, some in (("ledger", due), ("outside", kept)):
            for size, root in some:
                if roots.get(size) != root:
                    self.refuse_root(name, size)
        if due[-1][0] != self.about["leaves"]:
            raise Wrong("The newest head does not cover every leaf.", "最新的树头没有覆盖所有叶子。")
        many, leaves = len(heads), due[-1][0]
        self.saw(
            f"{many} heads are prefixes of one tree of {leaves} leaves; {many - left_out} signatures hold.",
            f"{many} 个树头都是同一棵 {leaves} 片叶子的树的前缀；{many - left_out} 个签名成立。",
        )
        if left_out:
            self.cannot(f"The signatures of {left_out} older heads.", f"{left_out} 个较早树头的签名。")
        if kept:
            self.saw(f"{len(kept)} heads you kept are prefixes of it.", f"您保存的 {len(kept)} 个树头是它的前缀。")

    @staticmethod
    def refuse_root(name: str, size: int) -> None:
        """Raise what a root that differs means."""
        if name == "outside":
            raise Wrong(
                f"What the ledger held under the head you kept ({size} leaves) was altered since.",
                f"您保存的树头（{size} 片叶子）之下的账本内容后来被改动过。",
            )
        raise Wrong(f"The head over {size} leaves is not that of the leaves.", f"{size} 片叶子的树头与叶子不符。")

    def grow(self, sizes: set[int]) -> dict[int, bytes]:
        """Return the roots at some sizes, keeping the leaves whose records are here."""
        tree, roots = Tree(), {}
        with self.archive.open("leaves.bin") as part:
            while leaf := part.read(32):
                if self.about["first_leaf"] <= tree.size < self.about["end_leaf"]:
                    self.slice.append(leaf)
                tree.append(leaf)
                if tree.size in sizes:
                    roots[tree.size] = tree.root()
        if tree.size != self.about["leaves"]:
            raise Wrong("Leaves are missing.", "缺少叶子。")
        return roots

    def check_records(self) -> None:
        """Every document and change is the one its leaf seals; then, what documents say adds up."""
        place = int(self.about["first_leaf"])
        last: dict[str, int] = {}
        kinds: Counter[str] = Counter()
        stock = Stock(lines_of(self.archive, "opening.jsonl"))
        gaps = 0
        for record in lines_of(self.archive, "records.jsonl"):
            if record["leaf"] != place or place >= self.about["end_leaf"]:
                raise Wrong(f"The record of leaf {place} is missing.", f"缺少叶子 {place} 的记录。")
            check_record(record, self.slice[place - self.about["first_leaf"]])
            kind, number = record["kind"], record["id"]
            if number <= last.get(kind, 0):
                raise Wrong(f"Leaf {place} is out of order.", f"叶子 {place} 的顺序不对。")
            gaps += kind == "document" and kind in last and number != last[kind] + 1
            last[kind], place = number, place + 1
            kinds[kind] += 1
            if kind == "document":
                stock.post(number, json.loads(record["body"]))
        if place != self.about["end_leaf"]:
            raise Wrong(f"The record of leaf {place} is missing.", f"缺少叶子 {place} 的记录。")
        self.say_records(kinds, gaps, stock)

    def say_records(self, kinds: Counter[str], gaps: int, stock: Stock) -> None:
        """Note what the records show and what they leave open."""
        documents, changes = kinds["document"], kinds["version"]
        self.saw(
            f"{documents} documents and {changes} changes of master data: as they were sealed, in order, none missing.",
            f"{documents} 张单据和 {changes} 项主数据变更：与封存时一致，顺序正确，没有遗漏。",
        )
        self.saw(
            f"{stock.lines} lines: no place falls below zero, nobody approved their own document, "
            f"{stock.reversed} reversals take back what they reverse.",
            f"{stock.lines} 行分录：没有地点低于零，没有人批准自己的单据，{stock.reversed} 张冲销单如数冲回。",
        )
        if stock.opened:
            self.cannot(
                f"The {stock.opened} opening balances: they come from documents before these.",
                f"{stock.opened} 个期初余额：它们来自这些单据之前的单据。",
            )
        if stock.unseen:
            self.cannot(
                f"{stock.unseen} reversals of documents before these.", f"{stock.unseen} 张冲销更早单据的冲销单。"
            )
        if gaps:
            self.cannot(
                f"{gaps} gaps between document numbers: a server leaves some when a document is refused.",
                f"单据编号有 {gaps} 处间断：服务器在拒绝单据时会留下间断。",
            )

    def say_what_is_out_of_reach(self) -> None:
        """Say what only a head from outside, or a look into the store, can show."""
        if not self.kept:
            self.cannot(
                "Whether all of it was rewritten by somebody who has the key: give a head you kept (--head FILE).",
                "是否有人掌握密钥并改写了全部内容：请给出您保存的树头（--head 文件）。",
            )
        self.cannot(
            "Whether what was recorded is what happened; counts, expiry and recalls against earlier documents.",
            "入账内容是否属实；盘点、有效期和召回与更早单据的关系。",
        )


def check_record(record: dict[str, Any], leaf: bytes) -> None:
    """A record's text has its hash, is canonical, and its leaf is the one in the tree."""
    number = record["id"]
    what, which = ("Document", "单据") if record["kind"] == "document" else ("Change", "主数据变更")
    body = record["body"]
    if hashlib.sha256(body.encode()).hexdigest() != record["hash"] or canonical(json.loads(body)) != body:
        raise Wrong(f"{what} {number} is not what its hash was taken of.", f"{which} {number} 与其哈希不符。")
    said = {name: record[name] for name in record if name not in ("leaf", "body")}
    if hashlib.sha256(b"\x00" + canonical(said).encode()).digest() != leaf:
        raise Wrong(f"{what} {number} is not what was sealed.", f"{which} {number} 与封存的内容不符。")


class Stock:
    """What every place holds, document after document."""

    def __init__(self, opening: Iterable[dict[str, Any]]) -> None:
        self.held = {(row["place"], *lot_of(row)): row["units"] for row in opening}
        self.opened, self.lines, self.reversed, self.unseen = len(self.held), 0, 0, 0
        self.first = 0  # the number of the first document
        self.sums: dict[int, bytes] = {}  # of the lines of each document that was not reversed

    def post(self, number: int, body: dict[str, Any]) -> None:
        """Add a document up."""
        self.first = self.first or number
        if body["approver"] is not None and body["approver"] == body["actor"]:
            raise Wrong(f"Document {number} was approved by its own author.", f"单据 {number} 由制单人自己批准。")
        touched = set()
        for line in body["lines"]:
            lot, units = lot_of(line), int(line["units"])
            for place, change in ((line["from"], -units), (line["to"], units)):
                account = (place, *lot)
                self.held[account] = self.held.get(account, 0) + change
                touched.add(account)
        self.lines += len(body["lines"])
        for account in touched:
            sign = -1 if account[0].partition(":")[0] in SOURCES else 1
            if self.held[account] * sign < 0:
                raise Wrong(
                    f"After document {number} {account[0]} stands at {self.held[account]} units of {account[1]}.",
                    f"单据 {number} 之后，{account[0]} 的 {account[1]} 为 {self.held[account]} 个单位。",
                )
        self.check_reversal(number, body)

    def check_reversal(self, number: int, body: dict[str, Any]) -> None:
        """A reversal takes back every line of its document, and no document is reversed twice."""
        if body["reverses"] is None:
            self.sums[number] = sum_of(body["lines"], "from", "to")
        elif body["reverses"] >= self.first:
            # What was reversed is taken away, so that a second reversal finds nothing to take back.
            if self.sums.pop(body["reverses"], None) != sum_of(body["lines"], "to", "from"):
                raise Wrong(
                    f"Document {number} does not take back what document {body['reverses']} did.",
                    f"单据 {number} 没有如数冲回单据 {body['reverses']}。",
                )
            self.reversed += 1
        else:
            self.unseen += 1


def sum_of(lines: list[dict[str, Any]], source: str, target: str) -> bytes:
    """Return a digest of lines without counter-lines, in whatever order they stand."""
    rows = sorted(
        [line[source], line[target], *lot_of(line), int(line["units"])] for line in lines if "counters" not in line
    )
    return hashlib.sha256(json.dumps(rows).encode()).digest()


def lot_of(row: dict[str, Any]) -> tuple[str, ...]:
    """Return what makes a lot this lot."""
    return tuple(row[name] for name in ("item", "lot", "expires", "fund", "earmark"))


# --- The command -------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Check, say so, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("export")
    parser.add_argument("--head", action="append", default=[], help="a signed head that you kept")
    parser.add_argument("--key", action="append", default=[], help="a key that you were given")
    local = "zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en"
    parser.add_argument("--lang", choices=("en", "zh"), default=local)
    asked = parser.parse_args(arguments)
    language = ("en", "zh").index(asked.lang)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        heads = [Path(path).read_text(encoding="utf-8") for path in asked.head]
        check = Check(opened(asked.export), heads, asked.key)
        check.run()
    except Wrong as wrong:
        sys.stdout.write(("Does not hold: ", "不成立：")[language] + wrong.args[language] + "\n")
        return 4
    except Unreadable as unreadable:
        sys.stderr.write(unreadable.args[language] + "\n")
        return 2
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, zipfile.BadZipFile) as error:
        # A part that is not of the form that exports have.
        words = ("The export cannot be read: ", "导出文件无法读取：")
        sys.stderr.write(f"{words[language]}{type(error).__name__}: {error}\n")
        return 2
    for title, rows in ((("Checked:", "已核对："), check.right), (("Could not check:", "无法核对："), check.unseen)):
        sys.stdout.write(title[language] + "\n" + "".join(f"  {row[language]}\n" for row in rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Check an export of a ledger: python -I check.py EXPORT.zip [--head FILE] [--key LINE] [--witness LINE] [--lang zh].

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
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.audit_heads import Key, Tree, Wrong, check_cosignature, check_signature, check_text, head_of, key_of
from data.audit_stock import Stock

__all__ = ["main"]

FORMAT = "allocator.audit-export/1"
PARTS = (
    *("about.json", "keys.txt", "heads.jsonl", "cosignatures.jsonl", "parts.txt"),
    *("leaves.bin", "records.jsonl", "opening.jsonl", "check.py", "README.txt"),
)
BYTES_MAX = 16 * 2**30
SMALL_BYTES_MAX = 10 * 2**20
LINE_BYTES_MAX = 64 * 2**20
SIGNATURES_MAX = 1000


PLACE = [""]
"""What is being read: a part, and its line."""


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
    small = max(sizes[name] for name in ("about.json", "keys.txt", "parts.txt"))
    if sum(sizes.values()) > BYTES_MAX or small > SMALL_BYTES_MAX:
        raise Unreadable(f"{path} is too large.", f"{path} 过大。")
    return archive


def small_part(archive: zipfile.ZipFile, name: str) -> str:
    """Return a small part as text."""
    PLACE[:] = [name]
    return archive.read(name).decode()


def digest_of(archive: zipfile.ZipFile, name: str) -> str:
    """Return the SHA-256 of a part's content, in hex."""
    PLACE[:] = [name]
    digest = hashlib.sha256()
    with archive.open(name) as part:
        while content := part.read(1 << 20):
            digest.update(content)
    return digest.hexdigest()


def lines_of(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """Give the JSON values of a part, one a line."""
    PLACE[:] = [name]
    number = 0
    with archive.open(name) as part:
        while line := part.readline(LINE_BYTES_MAX):
            number += 1
            PLACE[:] = [f"{name}:{number}"]
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

    def __init__(self, archive: zipfile.ZipFile, heads: list[str], keys: list[str], witnesses: list[str]) -> None:
        self.archive, self.kept, self.given, self.witnesses = archive, heads, keys, witnesses
        self.right: list[tuple[str, ...]] = []
        self.unseen: list[tuple[str, ...]] = []
        self.keys: list[Key] = []
        self.slice: list[bytes] = []
        self.notes: dict[int, str] = {}
        self.about = json.loads(small_part(archive, "about.json"))
        if self.about.get("format") != FORMAT:
            raise Unreadable("about.json: another format than this checker's.", "about.json：格式与本程序不符。")

    def run(self) -> None:
        """Check everything."""
        ledger, first, last = (self.about[name] for name in ("ledger", "from", "to"))
        self.saw(f"{ledger}, recorded from {first} to {last}:", f"{ledger}，入账日期 {first} 至 {last}：")
        self.check_keys()
        self.check_tree()
        self.check_witnesses()
        self.check_records()
        self.check_parts()
        self.say_what_is_out_of_reach()

    def saw(self, *both: str) -> None:
        """Note what was found right, in English and in Chinese."""
        self.right.append(both)

    def cannot(self, *both: str) -> None:
        """Note what could not be looked at."""
        self.unseen.append(both)

    def check_keys(self) -> None:
        """The keys are keys, and those that somebody was given before are among them."""
        lines = small_part(self.archive, "keys.txt").splitlines()
        self.keys = [key_of(line) for line in lines]
        for line in self.given:
            if key_of(line) not in self.keys:
                raise Wrong(f"The key {line} is not one of this export's.", f"密钥 {line} 不在此导出文件中。")
        if self.given:
            self.saw("The keys you gave are those that sign.", "您给出的密钥就是签名所用的密钥。")

    def check_parts(self) -> None:
        """Every part is the one that was written, by the list that the ledger's key signed."""
        try:
            text = check_text(small_part(self.archive, "parts.txt"), self.keys)
        except Wrong:
            text = None
        ledger, *lines = (text or "").splitlines() or [""]
        if ledger != f"{self.about['ledger']}/export":
            raise Wrong("The list of parts is not signed by a known key.", "组成部分清单不是已知密钥所签。")
        due = dict(line.split("  ", 1)[::-1] for line in lines)
        for name in PARTS:
            if name != "parts.txt" and due.get(name) != digest_of(self.archive, name):
                raise Wrong(f"{name} is not the part that was exported.", f"{name} 不是导出时的内容。")
        self.saw(f"All {len(due)} parts are as they were exported.", f"全部 {len(due)} 个组成部分与导出时一致。")

    def check_tree(self) -> None:
        """Every head has the root over its leaves, and the newest of them are signed."""
        rows = list(lines_of(self.archive, "heads.jsonl"))
        heads = [head["checkpoint"] for head in rows]
        if not heads:
            raise Wrong("There is no signed head.", "没有签名的树头。")
        for row in rows:
            size = head_of(row["checkpoint"])[2]
            if row["size"] != size or f"\nsigned-at {row['signed_at']}\n" not in row["checkpoint"]:
                raise Wrong(f"The head over {size} leaves says another time.", f"{size} 片叶子的树头所载时间不符。")
        self.notes = {row["size"]: row["checkpoint"] for row in rows}
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

    def check_witnesses(self) -> None:
        """Every witness's signature holds, and those you know have signed."""
        given = [key_of(line, b"\x04") for line in self.witnesses]
        newest: dict[str, int] = {}
        signed: dict[Key, int] = {}
        many = 0
        for row in lines_of(self.archive, "cosignatures.jsonl"):
            name, size = row["witness"], row["size"]
            keys = [key_of(line, b"\x04") for line in row["keys"]]
            try:
                check_cosignature(self.notes[size], row["line"], keys)
            except (Wrong, LookupError):
                raise Wrong(
                    f"The signature of witness {name} over the head of {size} leaves does not hold.",
                    f"见证方 {name} 对 {size} 片叶子的树头的签名不成立。",
                ) from None
            many, newest[name] = many + 1, size
            signed |= {key: size for key in given if key in keys}
        for name, size in newest.items():
            self.saw(
                f"Witness {name} signed heads, the newest over {size} leaves.",
                f"见证方 {name} 签署的最新树头有 {size} 片叶子。",
            )
        for line in self.witnesses:
            if key_of(line, b"\x04") not in signed:
                raise Wrong(
                    f"Witness {line} has signed no head of this export.", f"见证方 {line} 没有签署此导出文件的树头。"
                )
        if given:
            self.saw("The witnesses you named are among them.", "您指定的见证方在其中。")
        elif many:
            self.cannot(
                "Whether the witnesses are who you think: give the keys they gave you (--witness KEY).",
                "见证方是否确为您所认识的：请给出他们交给您的密钥（--witness 密钥）。",
            )
        else:
            self.cannot(
                "Whether anybody elsewhere holds these heads: no witness signed.",
                "别处是否有人持有这些树头：没有见证方签署。",
            )

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
        PLACE[:] = ["leaves.bin"]
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


# --- The command -------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Check, say so, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("export")
    parser.add_argument("--head", action="append", default=[], help="a signed head that you kept")
    parser.add_argument("--key", action="append", default=[], help="a key that you were given")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness that you know")
    local = "zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en"
    parser.add_argument("--lang", choices=("en", "zh"), default=local)
    asked = parser.parse_args(arguments)
    language = ("en", "zh").index(asked.lang)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        heads = [Path(path).read_text(encoding="utf-8") for path in asked.head]
        check = Check(opened(asked.export), heads, asked.key, asked.witness)
        check.run()
    except Wrong as wrong:
        sys.stdout.write(("Does not hold: ", "不成立：")[language] + wrong.args[language] + "\n")
        return 4
    except Unreadable as unreadable:
        sys.stderr.write(unreadable.args[language] + "\n")
        return 2
    except (
        OSError,
        EOFError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
        MemoryError,
    ) as error:
        # A part that is not of the form that exports have; RuntimeError: of a zip that says it is locked.
        words = ("The export cannot be read: ", "导出文件无法读取：")
        sys.stderr.write(f"{words[language]}{PLACE[0]}: {type(error).__name__}: {error}\n")
        return 2
    for title, rows in ((("Checked:", "已核对："), check.right), (("Could not check:", "无法核对："), check.unseen)):
        sys.stdout.write(title[language] + "\n" + "".join(f"  {row[language]}\n" for row in rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

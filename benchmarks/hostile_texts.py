"""Files of text that attack whoever reads them: CSV, JSON, TOML, statements; and sound files with bytes changed."""

from __future__ import annotations

import json
import random
from pathlib import Path

from benchmarks.hostile_values import FORMULAS, NUMBERS, hostile

__all__ = ["TEXTS_OF", "changed_file"]

_HEADERS = "number,date,from,site,item,units,lot,note"


def _csv(rng: random.Random) -> bytes:
    """A table of receipts in which something is too wide, too long, open, or of several encodings."""
    cell = (rng.choice(FORMULAS) if rng.random() < 0.3 else hostile(rng)).replace('"', "'")
    row = f'F1,2020-02-10,S1,D1,MASK,{rng.choice(NUMBERS)},"{cell}",x'
    text = f"{_HEADERS}\n{row}\n".encode("utf-8", "surrogatepass")
    ways = (
        lambda: text, lambda: text, lambda: text,
        lambda: (_HEADERS + ",x" * rng.choice((300, 1_000_000)) + "\n" + row).encode("utf-8", "replace"),
        lambda: text + b",".join([b"1"] * rng.choice((10_000, 1_000_000))) + b"\na\n" * rng.choice((1, 20_000)),
        lambda: _HEADERS.encode() + b"\n" + b"x" * rng.choice((1_000_001, 20_000_000, 100_000_000)),
        lambda: text + b'"' + b"never closed\n" * rng.choice((10, 200_000)),
        lambda: text.decode("utf-8", "replace").encode("utf-16-le"),
        lambda: text.decode("utf-8", "replace").encode("utf-16"),
        lambda: text + "口罩".encode("gb18030") + "口罩".encode() + "口罩".encode("big5"),
        lambda: text.replace(b",", b"\0,", 3),
        lambda: text + b"\n" * rng.choice((1_000, 5_000_000)),
        lambda: text + b"F2,2020-02-10,S1,D1,MASK,5,,\r" * rng.choice((9, 100_000)),
        lambda: b"\xef\xbb\xbf\xff\xfe" + text,
        lambda: b'"' * rng.choice((3, 999_999)),
        lambda: _HEADERS.replace(",", rng.choice((";", "\t", "|", "，", "\x1f"))).encode() + b"\n" + text,
    )  # fmt: skip
    return rng.choice(ways)()


def _json(rng: random.Random) -> bytes:
    row = '{"number":"F1","date":"2020-02-10","from":"S1","site":"D1","item":"MASK","units":%s}'
    deep = rng.choice((1_000, 100_000, 3_000_000))
    own = json.dumps(hostile(rng))
    ways = (
        lambda: "[" * deep, lambda: "[" * deep + "]" * deep, lambda: '{"a":' * deep + "1" + "}" * deep,
        lambda: f"[{row % rng.choice(('1e400', '1' + '0' * 5_000, 'NaN', '-Infinity', '1E-9999', own, '[1]', '{}', 'true', 'null'))}]",
        lambda: '[{"units":1,"units":2,"site":"D1"}]', lambda: f'{{"receipts":{own}}}', lambda: f'{{{own}:[]}}', lambda: own,
        lambda: "[" + ",".join([row % 5] * rng.choice((10, 100_000))) + "]", lambda: f"[{row % 5}]" * 2, lambda: '["\\ud800"]',
        lambda: "[" + ",".join(f'{{"c{n}":1}}' for n in range(rng.choice((300, 100_000)))) + "]",
    )  # fmt: skip
    return rng.choice(ways)().encode("utf-8", "surrogatepass")


def _toml(rng: random.Random) -> bytes:
    own = json.dumps(hostile(rng)[:4_000])
    deep = rng.choice((500, 50_000, 300_000))
    ways = (
        lambda: f"date = {own}", lambda: f"title = {own}\n[[change]]\ntable = {own}\ndo = 'close'", lambda: "a = " + "[" * deep, lambda: "a = " + "{a=" * deep,
        lambda: ".".join(["a"] * deep) + " = 1", lambda: f"[tiers]\nfrontline = [{own}]\n[[ladder]]\ntiers = ['x']\ncover_days = {rng.choice(NUMBERS[:20])}",
        lambda: "a = 1e400\nb = inf\nc = nan\nd = 9" + "9" * rng.choice((30, 5_000)), lambda: "date = 0000-00-00", lambda: "[a]\n[a]", lambda: "x = '''" + "y" * 900_000,
        lambda: "\n".join(f"k{n} = {n}" for n in range(rng.choice((100, 60_000)))), lambda: f"[stress]\nseed = {rng.choice(NUMBERS[:20])}\n[[draw]]\nchange = {own}",
        lambda: f"[reserve]\n{own} = 1e309\n[shelf_days]\n{own} = -1",
    )  # fmt: skip
    return rng.choice(ways)().encode("utf-8", "surrogatepass")


def _statement(rng: random.Random) -> bytes:
    texts = (
        "急需N95口罩" + "9" * 6_000 + "只",
        "口罩" * 9_000,
        hostile(rng) * 50,
        "现有口罩200个，" * 2_000,
        "(" * 60_000,
        "一" * 9_000 + "只口罩",
        "口罩1" + "万" * 5_000,
    )
    return (rng.choice(texts) + hostile(rng)).encode("utf-8", "surrogatepass")


def changed_file(sound: Path, rng: random.Random) -> bytes:
    """Return a sound file with some of its bytes changed, cut out, doubled or made many."""
    content = bytearray(sound.read_bytes())
    for _ in range(rng.choice((1, 1, 3, 30))):
        at = rng.randrange(max(1, len(content)))
        way = rng.randrange(6)
        if way == 0:
            content[at : at + 1] = bytes([rng.randrange(256)])
        elif way == 1:
            del content[at : at + rng.choice((1, 10, 5_000))]
        elif way == 2:
            content[at:at] = hostile(rng)[:3_000].encode("utf-8", "surrogatepass")
        elif way == 3:
            content[at:at] = content[at : at + 2_000] * rng.choice((1, 20))
        elif way == 4:
            content[at : at + 8] = rng.randbytes(8)
        else:
            content[at:at] = rng.choice((b"\0", b"\xff\xff", b"9" * 5_000, b"-1", b"\n", b"NaN", b"1e400"))
    return bytes(content)


TEXTS_OF = {"csv": _csv, "json": _json, "toml": _toml, "txt": _statement}
"""What makes a file of text, by its ending."""

"""Take the pictures of pages that README.md, README.zh.md and docs/serving.md show, in Debian's Chromium.

A week of the invented county is lived through in a fresh ledger, on a clock that stands still the morning after it, so
that the pictures change with the program alone. Each is kept small: 256 colours at the most.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import struct
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from models import days  # noqa: E402

STANDS_AT = 1_581_814_800_000_000  # 2020-02-16 09:00 in Shanghai
days.now_micros = lambda: STANDS_AT  # before anything takes the clock from there

import uvicorn  # noqa: E402
from click.testing import CliRunner  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from cli import root  # noqa: E402
from data.serve_settings import ServeSettings  # noqa: E402
from web.app import make_app  # noqa: E402

FOLDER = Path(__file__).with_name("pages")
DAY, PASSWORD = "2020-02-16", "five masks and a thermometer"
BYTES_MAX = 60_000
DESK, PHONE = {"width": 1120, "height": 640}, {"width": 390, "height": 640}
SHOTS = (
    ("today", "/today", DESK, 0),
    ("stock", "/stock?item=MASK", DESK, 0),
    ("lines", f"/plans/P{DAY}-1/lines?tier=frontline", DESK, 0),
    ("shortfall", "/shortfall", DESK, 480),
    ("trace", "/audit/trace?site=DEP01&item=N95", DESK, 440),
    ("count", "/reports/count?site=CHK01", PHONE, 0),
)
"""What is shown: its name, its address, the size of the window, how far down it is looked at."""


def clerk(*words: str, typed: str = "") -> None:
    """Type a command of the program."""
    done = CliRunner().invoke(root, ["-q", *words], input=typed, prog_name="allocator")
    if done.exit_code:
        raise RuntimeError(f"{words} ends with {done.exit_code}: {done.output}") from done.exception


def live(folder: Path) -> str:
    """Live through the week, add somebody who may do all that is shown, and return the ledger's address."""
    address = f"sqlite:///{folder / 'ledger.sqlite'}"
    os.environ["ALLOCATOR_DB"] = address
    clerk("demo", "--days", "6", "--out", str(folder / "demo"))
    clerk("user", "add", "boss", "--role", "administrator")
    clerk("user", "add", "lin", "--role", "logistics", "--actor", "boss")
    clerk("user", "role", "lin", "procurement", "--actor", "boss")
    clerk("user", "password", "lin", "--actor", "boss", typed=f"{PASSWORD}\n")
    return address


@contextlib.contextmanager
def served(address: str) -> Iterator[str]:
    """Serve the pages of a ledger from a thread; give their address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    server = uvicorn.Server(
        uvicorn.Config(make_app(ServeSettings(db=address)), host="127.0.0.1", port=port, log_level="critical")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def signed_in(page: Page) -> None:
    """Sign in."""
    page.goto("/sign-in")
    page.fill("#id", "lin")
    page.fill("#password", PASSWORD)
    page.click("main button")


def worked_out(page: Page) -> None:
    """Have the day allocated and what runs short worked out."""
    for address in ("/plans", "/shortfall"):
        page.goto(address)
        page.fill("#day", DAY)
        page.click("form.filters button")
    clerk("worker", "--once")


def small(png: bytes) -> bytes:
    """Return a picture of Chromium's with a palette: the commonest 256 colours, every other the nearest of them."""
    pixels = _pixels(png)
    colours, which, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-counts)[:256])
    away = ((colours[:, None, :].astype(np.int32) - colours[None, kept, :].astype(np.int32)) ** 2).sum(axis=2)
    rows = away.argmin(axis=1).astype(np.uint8)[which.reshape(pixels.shape[:2])]
    height, width = rows.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", colours[kept].astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held)) for name, held in parts
    )


def _pixels(png: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the colours of a PNG file of eight bits, with or without how much shines through: (height, width, 3)."""
    at, held, head = 8, b"", b""
    while at < len(png):
        (length,), name = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        content = png[at + 8 : at + 8 + length]
        head, held = (content, held) if name == b"IHDR" else (head, held + content if name == b"IDAT" else held)
        at += 12 + length
    width, height, _, kind = struct.unpack(">IIBB", head[:10])
    each = {2: 3, 6: 4}[kind]
    raw = np.frombuffer(zlib.decompress(held), np.uint8).reshape(height, 1 + width * each)
    rows = np.zeros((height + 1, (width + 1) * each), np.int32)  # nothing stands before the first row and column
    for y in range(height):
        _unfilter(int(raw[y, 0]), raw[y, 1:].astype(np.int32), rows[y], rows[y + 1], each)
    return rows[1:, each:].reshape(height, width, each)[:, :, :3].astype(np.uint8)


def _unfilter(kind: int, line: Any, above: Any, row: Any, each: int) -> None:
    """Write a line of a PNG file as it was before it was filtered (PNG specification, 9.2)."""
    if kind in (0, 2):
        row[each:] = (line + (above[each:] if kind else 0)) & 255
        return
    for x in range(each, len(row), each):
        left, up, before = row[x - each : x], above[x : x + each], above[x - each : x]
        if kind == 1:
            guess = left
        elif kind == 3:  # noqa: PLR2004 - the specification's number
            guess = (left + up) >> 1
        else:
            to_left, to_up, to_before = abs(up - before), abs(left - before), abs(left + up - 2 * before)
            guess = np.where(
                (to_left <= to_up) & (to_left <= to_before), left, np.where(to_up <= to_before, up, before)
            )
        row[x : x + each] = (line[x - each : x] + guess) & 255


def taken(origin: str, chromium: str) -> Iterator[tuple[str, bytes]]:
    """Give each picture with its name, in both languages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu"], chromium_sandbox=False)
        for lang, locale in (("en", "en-GB"), ("zh", "zh-CN")):
            context = browser.new_context(base_url=origin, locale=locale, viewport=DESK)  # type: ignore[arg-type]
            page = context.new_page()
            signed_in(page)
            if lang == "en":
                worked_out(page)
            for name, address, size, down in SHOTS:
                page.set_viewport_size(size)  # type: ignore[arg-type]
                page.goto(address)
                page.wait_for_load_state("networkidle")
                page.evaluate(f"window.scrollTo({{top: {down}, behavior: 'instant'}})")
                page.wait_for_timeout(300)
                yield f"{name}.{lang}.png", small(page.screenshot())
            context.close()
        browser.close()


def main() -> None:
    """Take them all, or say that there is no Chromium."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, default=FOLDER)
    out = asked.parse_args().out
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is not here: apt-get install chromium")
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(live(Path(folder))) as origin:
        for name, content in taken(origin, chromium):
            (out / name).write_bytes(content)
            print(f"{len(content):>7,} {name}")  # noqa: T201 - whoever takes them wants to know
            if len(content) > BYTES_MAX:
                raise SystemExit(f"{name} has more than {BYTES_MAX:,} bytes.")


if __name__ == "__main__":
    main()

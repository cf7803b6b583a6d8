"""A small sound case as a folder and as a workbook, and ways to spoil one thing in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl

SOUND = {
    "items.csv": "item,unit,pack_units,use,pack_kg\nmask,piece,10,consumable,1.5\ntent,piece,1,durable,30\n",
    "sites.csv": "site,kind,tier\nD1,warehouse,\n0042,checkpoint,\nClinic,clinic,\n",
    "needs.csv": "site,item,daily_units\n0042,mask,20\nClinic,mask,10\nClinic,tent,2\n",
    "stock.csv": "site,item,units\nD1,mask,300\nClinic,mask,5\n",
    "lanes.csv": "depot,site\nD1,0042\nD1,Clinic\n",
    "policy.toml": """date = 2020-02-10
[tiers]
frontline = ["checkpoint", "clinic"]
[[ladder]]
tiers = ["frontline"]
cover_days = 2
holding_share = 1.0
""",
}
Spoil = Callable[[Path], object]


def sound_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in SOUND.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def wrote(name: str, content: str | bytes) -> Spoil:
    """The file holds something else."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def put(name: str, old: str, new: str) -> Spoil:
    """One text of the file is another."""
    assert old in SOUND[name]
    return wrote(name, SOUND[name].replace(old, new))


def without(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def sound_workbook(path: Path) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for name in list(book.sheetnames):
        del book[name]
    for name, text in SOUND.items():
        if name != "policy.toml":
            sheet = book.create_sheet(name.removesuffix(".csv"))
            for row in (line.split(",") for line in text.splitlines()):
                sheet.append([int(cell) if cell.isdigit() and cell[0] != "0" else cell or None for cell in row])
    policy = book.create_sheet("policy")
    for pair in (("date", "2020-02-10"), ("tiers.frontline", "checkpoint clinic")):
        policy.append(pair)
    ladder = book.create_sheet("ladder")
    for rung in (("tiers", "cover_days", "holding_share"), ("frontline", 2, 1)):
        ladder.append(rung)
    book.save(path)
    return book


def cell(sheet: str, address: str, value: object) -> Spoil:
    def spoil(path: Path) -> None:
        book = openpyxl.load_workbook(path)
        book[sheet][address] = value
        book.save(path)

    return spoil


def repacked(part: str, change: Callable[[bytes], bytes]) -> Spoil:
    """One part of the workbook is changed, as only a hostile or broken program would."""

    def spoil(path: Path) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                data = old.read(name)
                new.writestr(name, change(data) if name == part else data)
        path.write_bytes(out.getvalue())

    return spoil


def many_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(2_100):
            archive.writestr(f"xl/media/{n}", b"")


def one_text_in_many_cells(path: Path) -> None:
    """15 MB, which the file keeps once and 200 cells name."""
    row = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(9_000, 9_200))
    repacked("xl/worksheets/sheet3.xml", lambda sheet: sheet.replace(b"</sheetData>", row + b"</sheetData>"))(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"<sst><si><t>" + b"x" * 15_000_000 + b"</t></si></sst>")


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.xml", b"\0" * 60_000_000)


def document(path: Path) -> None:
    """A text document that somebody renamed."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")

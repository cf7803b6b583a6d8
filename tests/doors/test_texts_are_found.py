"""A text that the catalogue's extraction cannot see would be shown in English to everybody."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Words a message again that another `say` has made.
SAID_ELSEWHERE = {"message.message"}


def test_every_text_stands_in_its_say_as_it_is():
    unseen = []
    for path in [
        ROOT / "cli.py",
        *(file for name in ("allocator", "data", "commands") for file in (ROOT / name).rglob("*.py")),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                literal = isinstance(node.args[0], ast.Constant)
                if not literal and ast.unparse(node.args[0]) not in SAID_ELSEWHERE:
                    unseen.append(f"{path.relative_to(ROOT)}:{node.lineno}")

    assert unseen == []

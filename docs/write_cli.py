"""Write docs/cli.md from what `--help` says, so that it cannot say anything else."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cli import root

PAGE = Path(__file__).with_name("cli.md")

HEAD = """\
# The command line

Made from `--help` by `make docs`; a test compares the two.

The options of `allocator` itself (`--lang`, `--json`, `-q`, `-v`, `--no-color`) may stand before or
after a command's name. Data goes to stdout, messages and progress to stderr, progress only to a terminal.

| exit status | |
|---|---|
| 0 | done |
| 1 | refused, with the sentence why |
| 2 | wrong usage or unreadable input, everything wrong listed at once |
| 3 | the case is sound, but nothing can be sent |
| 4 | a check found something (`verify`) |

With `--json` every answer is one document with a `schema` (`allocator.plan/1`, `allocator.verify/1`,
`allocator.why/1`, `allocator.sample/1`; a refusal is `allocator.refused/1` with the exit status and
the sentences). Fields may be added within a version; one that changes its meaning raises the number.

## Shell completion

| shell | put this line into |
|---|---|
| bash | `~/.bashrc`: `eval "$(_ALLOCATOR_COMPLETE=bash_source allocator)"` |
| zsh | `~/.zshrc`: `eval "$(_ALLOCATOR_COMPLETE=zsh_source allocator)"` |
| fish | `~/.config/fish/completions/allocator.fish`: `_ALLOCATOR_COMPLETE=fish_source allocator \\| source` |
"""


def help_of(*words: str) -> str:
    """Return what `allocator words… --help` prints in English on a terminal 100 columns wide."""
    settings = {"COLUMNS": "100", "NO_COLOR": ""}
    result = CliRunner().invoke(root, ["--lang", "en", *words, "--help"], env=settings, prog_name="allocator")
    return result.output.rstrip()


def names() -> Iterator[str]:
    """Return every command, those within a group after it."""
    for name in root.entries:
        made = root.get_command(click.Context(root), name)
        if made is not None:
            yield from _within(name, made)


def _within(name: str, made: click.Command) -> Iterator[str]:
    yield name
    for each, inner in made.commands.items() if isinstance(made, click.Group) else ():
        yield from _within(f"{name} {each}", inner)


def page() -> str:
    """Return the whole page."""
    parts = [HEAD, f"## allocator\n\n```text\n{help_of()}\n```\n"]
    parts += [f"## allocator {name}\n\n```text\n{help_of(*name.split())}\n```\n" for name in names()]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    # Who may call the commands is a page of its own, and what programs call is a file; all are written together so that
    # none is forgotten.
    for script in ("write_rights.py", "write_client.py"):
        runpy.run_path(str(PAGE.with_name(script)), run_name="__main__")

"""Who is being spoken to, and how: language, loudness, plain text or JSON.

Data goes to stdout, messages and progress to stderr, progress only to a terminal.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import click

from allocator.sentence import Sentence, say
from commands.quiet_streams import one_line, own_stream

__all__ = ["LANGUAGES", "Refused", "Session", "asked_language", "session_of"]

LANGUAGES = ("zh", "en")


@dataclass
class Session:
    """One run of the command line.

    `loudness`: -1 only errors, 0 messages, 1 also how long each stage took. `db`: the ledger's address,
    "" for the user's own file; `actor`: who acts, "" where nobody said.
    """

    lang: str = "en"
    db: str = ""
    actor: str = ""
    as_json: bool = False
    loudness: int = 0
    color: bool = True
    _words: dict[str, Callable[[Sentence], str]] = field(default_factory=dict)

    def word(self, sentence: Sentence) -> str:
        """Return a sentence in the reader's language."""
        if self.lang not in self._words:
            from data.texts import translator

            self._words[self.lang] = translator(self.lang)
        return self._words[self.lang](one_line(sentence))

    def show(self, text: str = "") -> None:
        """Print data for people on stdout; nothing where JSON was asked for."""
        if not self.as_json:
            click.echo(text)

    def show_json(self, schema: str, content: Mapping[str, Any]) -> None:
        """Print one JSON document on stdout where JSON was asked for; `schema` names its version."""
        if self.as_json:
            click.echo(json.dumps({"schema": schema, **content}, ensure_ascii=False, indent=2))

    def tell(self, sentence: Sentence) -> None:
        """Print a message on stderr, unless quiet."""
        if self.loudness >= 0:
            click.echo(self.word(sentence), err=True)

    def refuse(self, *sentences: Sentence, status: int = 1) -> NoReturn:
        """Stop with these sentences and this exit status (1 refused, 2 unreadable, 3 nothing, 4 found).

        Raises:
            Refused: always.

        """
        raise Refused(self, sentences, status)

    @contextlib.contextmanager
    def stage(self, doing: Sentence) -> Iterator[None]:
        """Show what is being done while it is done: on a terminal only, with its seconds under `-v`."""
        begun = time.perf_counter()
        with self._spinner(doing):
            yield
        if self.loudness > 0:
            seconds = f"{time.perf_counter() - begun:.2f}"
            self.tell(say("{doing}: {seconds} s", doing=doing, seconds=seconds))

    def _spinner(self, doing: Sentence) -> contextlib.AbstractContextManager[Any]:
        if self.loudness < 0 or not sys.stderr.isatty():
            return contextlib.nullcontext()
        from rich.console import Console

        return Console(file=own_stream(sys.stderr), no_color=not self.color).status(self.word(doing))


class Refused(click.ClickException):
    """The command stops here, with the sentences why and an exit status."""

    def __init__(self, session: Session, sentences: Sequence[Sentence], status: int) -> None:
        super().__init__(" ".join(str(sentence) for sentence in sentences))
        self.session = session
        self.sentences = tuple(sentences)
        self.exit_code = status  # type: ignore[misc]  # click reads it from the instance too

    def show(self, file: Any = None) -> None:
        """Print each sentence on stderr, and all of them as JSON on stdout where that was asked for."""
        texts = [self.session.word(sentence) for sentence in self.sentences]
        for text in texts:
            click.echo(text, err=True, file=file)
        self.session.show_json("allocator.refused/1", {"status": self.exit_code, "sentences": texts})


def session_of(context: click.Context) -> Session:
    """Return the session of a running command."""
    return context.find_root().ensure_object(Session)


def asked_language(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> str:
    """Return the language of `--lang`, wherever it stands, else the locale's, else English.

    It is read before anything else, so that a mistake in the command itself is explained in it.

    >>> asked_language(["plan", "county", "--lang", "zh"], {})
    'zh'
    >>> asked_language(["--help"], {"LANG": "zh_CN.UTF-8"})
    'zh'
    >>> asked_language(["--help"], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"})
    'en'
    """
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        asked = following if word == "--lang" else word.removeprefix("--lang=")
        if word.startswith("--lang") and asked in LANGUAGES:
            return asked
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(variable):
            return "zh" if environment[variable].lower().startswith(("zh", "chinese")) else "en"
    return "en"

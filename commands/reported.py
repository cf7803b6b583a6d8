"""How a command is told who reported what is entered, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import option
from commands.moments import wrong_value
from models.report_words import FUNCTIONS, WAYS

__all__ = ["REPORTED"]


class _Word(click.ParamType[str]):
    """One word of a list, by its code or its words in either language; `others`: anything else may stand too."""

    name = "word"

    def __init__(self, words: Mapping[str, Sentence], *, others: bool) -> None:
        self.words = words
        self.others = others

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the code of a word."""
        from data.texts import translator

        for code, says in self.words.items():
            if value in (code, translator("zh")(says), translator("en")(says)):
                return code
        if self.others:
            return value
        sentence = say('"{found}" is none of: {words}.', found=value, words=list(self.words))
        raise wrong_value(sentence, param, ctx)


REPORTED: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    option(
        "--reported-by",
        type=_Word(FUNCTIONS, others=True),
        default="",
        metavar="WHO",
        says=say("Who reported it: a person's id, a site, or one of {functions}.", functions=list(FUNCTIONS)),
    ),
    option(
        "--by",
        "reported_how",
        type=_Word(WAYS, others=False),
        default=None,
        metavar="WAY",
        says=say("How it was reported: {ways}.", ways=list(WAYS)),
    ),
)
"""The options of every document that is entered on behalf of somebody else."""

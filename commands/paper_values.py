"""What is typed into documents: whole numbers of units, and reasons from their lists."""

from __future__ import annotations

from typing import Any

import click

from allocator.sentence import say
from commands.moments import wrong_value
from models.reasons import REASONS

__all__ = ["QUANTITY", "ReasonOf"]


class _Quantity(click.ParamType[int]):
    """A whole number of units; what people write instead is answered with what to write."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a typed number; one that is read already stays."""
        if not isinstance(value, str):
            return value
        from data.quantities import units_in

        read = units_in(value)
        if isinstance(read, int):
            return read
        raise wrong_value(read, param, ctx)


QUANTITY = _Quantity()


class ReasonOf(click.ParamType[str]):
    """A reason from the list of one type of document, by its code or its Chinese words."""

    name = "reason"

    def __init__(self, type_: str) -> None:
        self.type_ = type_

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the code of a reason."""
        from data.texts import translator

        for reason in REASONS[self.type_]:
            if value in (reason.code, translator("zh")(reason.says), translator("en")(reason.says)):
                return reason.code
        sentence = say(
            '"{found}" is none of the reasons: {reasons}.',
            found=value,
            reasons=[reason.code for reason in REASONS[self.type_]],
        )
        raise wrong_value(sentence, param, ctx)

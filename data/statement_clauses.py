"""Whether a part of a statement says nothing but items, numbers and what they mean: only that can be sure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from data.statement_tokens import Token, normalised

__all__ = ["Clauses", "clauses_of"]

_ENDS = "。;；\n!！?？,，、/."
_DOUBTFUL = ("other", "unsure", "enough", "none", "open")
_OTHERWISE = ("other", "unsure", "enough", "got")

# Words that add nothing to what is counted.
_FILLER = re.compile(
    r"[\s:：*×x\-—~·•●]+|目前|现在|今天|今日|我院|我们|我村|我镇|我县|我处|本院|本村|本点|院内|村里|合计|总共|一共|共|"
    r"还|也|再|又|请|特急|急|的|和|及|与|以及|另外|另|非常|特别|医用|一次性|数量|量|为|是|有|确认|谢谢|您好|你好|"
    r"(?<![a-z])(?:and|of|the|please|we|our|us|are|is|to|with|for|urgently|urgent|also|more|only|currently|now|a|an|in)"
    r"(?![a-z])"
)

_TURNED = re.compile(r"[不没未无勿非别如若假会将曾\d]|(?<![a-z])(?:not|no|if|would|could|should|was|were|had)(?![a-z])")
"""What turns a word into its contrary, or speaks of another time."""


@dataclass(frozen=True)
class Clauses:
    """The clauses of a statement: which each token lies in, and which of them are plain.

    `bare`: nothing is said in it but that something is out, or for how long it lasts.
    """

    of_token: Sequence[int]
    plain: Sequence[bool]
    bare: Sequence[bool]

    def sure(self, first: int, last: int) -> bool:
        """Say whether all from one clause to another are plain."""
        return all(self.plain[first : last + 1])


def clauses_of(text: str, tokens: Sequence[Token]) -> Clauses:
    """Part a statement at its commas and stops, and say of each part whether it is plain.

    >>> from data.statement_tokens import read_lexicon, tokens_of
    >>> said = "需要防护服200套，护目镜2个坏了1个"
    >>> clauses_of(said, tokens_of(said, read_lexicon())).plain
    [True, False]
    """
    of_token: list[int] = []
    parts: list[list[Token]] = [[]]
    ends: list[int] = []
    for token in tokens:
        if token.kind == "break" and str(token.value) in _ENDS:
            of_token.append(len(parts) - 1)
            ends.append(token.begin)
            parts.append([])
        else:
            of_token.append(len(parts) - 1)
            parts[-1].append(token)
    begins = [0, *(end + 1 for end in ends)]
    ends.append(len(text))
    parted = list(zip(parts, zip(begins, ends, strict=True), strict=True))
    understood = [_is_understood(text, part, span) for part, span in parted]
    bare = [
        known and not any(token.kind == "cue" and token.value in _OTHERWISE for token in part)
        for known, part in zip(understood, parts, strict=True)
    ]
    plain = [known and _is_plain(part) for known, part in zip(understood, parts, strict=True)]
    return Clauses(of_token, plain, bare)


def _is_plain(tokens: Sequence[Token]) -> bool:
    if any(token.kind == "cue" and token.value in _DOUBTFUL for token in tokens):
        return False
    numbers, items = (sum(token.kind == kind for token in tokens) for kind in ("quantity", "item"))
    return numbers <= max(items, 1)


def _is_understood(text: str, tokens: Sequence[Token], span: tuple[int, int]) -> bool:
    begin, end = span
    if tokens and tokens[0].kind == "cue" and not _TURNED.search(text[begin : tokens[0].begin]):
        begin = tokens[0].begin  # who needs it
    rest: list[str] = []
    for token in tokens:
        if token.kind != "break":
            rest.append(text[begin : token.begin])
            begin = token.end
    rest.append(text[begin:end])
    return not any(_FILLER.sub("", normalised(part)) for part in rest)

"""Draw what results say is to be drawn."""

from __future__ import annotations

from collections.abc import Callable

from allocator.pictured import MovedPicture, Picture, SideBySide, TornadoPicture
from allocator.sentence import Sentence
from data.pictures_bars import bars_side_by_side, gains_and_losses
from data.pictures_drawing import Drawing
from data.pictures_tornado import spread_picture, tornado_picture

__all__ = ["drawing_of"]


def drawing_of(picture: Picture, *, word: Callable[[Sentence], str], lang: str) -> Drawing:
    """Return a picture as a drawing, in the language of its labels."""
    title, name = picture.title, picture.name
    if isinstance(picture, SideBySide):
        return bars_side_by_side(title, picture.labels, picture.panels, word=word, lang=lang, name=name)
    if isinstance(picture, MovedPicture):
        return gains_and_losses(title, picture.parts, word=word, lang=lang, name=name)
    if isinstance(picture, TornadoPicture):
        return tornado_picture(title, picture.mean, picture.bars, holds=picture.holds, word=word, lang=lang, name=name)
    return spread_picture(title, picture.bars, holds=picture.holds, word=word, lang=lang, name=name)

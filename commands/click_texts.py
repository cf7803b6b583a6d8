"""The texts of click itself, so that usage and its errors too come in the reader's language.

click asks gettext for its texts; it gets them from our catalogue. They are listed here because
only what stands in a `say` is extracted.
"""

from __future__ import annotations

import gettext
import os

from allocator.sentence import say

__all__ = ["CLICK_COUNTED", "CLICK_TEXTS", "counted", "speak"]


def counted(one: str, many: str) -> tuple[str, str]:
    """Return a text of click that has a plural; the name is what the catalogue's extraction looks for."""
    return one, many


CLICK_TEXTS = (
    say("Usage:"),
    say("Options"),
    say("Commands"),
    say("Positional arguments"),
    say("Show this message and exit."),
    say("Show the version and exit."),
    say("%(prog)s, version %(version)s"),
    say("Try '{command} {option}' for help."),
    say("Error: {message}"),
    say("Invalid value: {message}"),
    say("Invalid value for {param_hint}: {message}"),
    say("Missing command."),
    say("Missing argument"),
    say("Missing option"),
    say("Missing parameter"),
    say("No such option {name!r}."),
    say("No such command {name!r}."),
    say("No such option: {name}"),
    say("No such command {name}."),
    say("Option {name!r} does not take a value."),
    say("{value!r} is not a valid {number_type}."),
    say("{value} is not in the range {range}."),
    say("{name} {filename!r} does not exist."),
    say("{name} {filename!r} is a file."),
    say("{name} {filename!r} is a directory."),
    say("Aborted!"),
    say("default: {default}"),
    say("required"),
)


CLICK_COUNTED = (
    counted("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    counted("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    counted("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    counted("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
)


def speak(lang: str) -> None:
    """Let click's own texts come in this language, for the rest of this process."""
    from data.texts import DOMAIN, LANGUAGES, LOCALE_FOLDER

    # gettext chooses its catalogue by this variable, whatever the locale says.
    os.environ["LANGUAGE"] = LANGUAGES[lang] or "en"
    gettext.bindtextdomain(DOMAIN, LOCALE_FOLDER)
    gettext.textdomain(DOMAIN)

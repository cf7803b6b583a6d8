"""How commands are declared: help as sentences, worded in the reader's language when it is shown."""

from __future__ import annotations

import gc
import keyword
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from typing import Any, NamedTuple

import click

from allocator import __version__
from allocator.sentence import Sentence, say
from commands.click_texts import speak
from commands.quiet_streams import quiet_streams
from commands.session import LANGUAGES, Session, asked_language, session_of
from commands.typed_words import TEXT, hidden_in, refuse_device
from commands.unavailable import said_where_unavailable

__all__ = ["Entry", "Listing", "Root", "SpokenCommand", "SpokenGroup", "argument", "command", "group", "option"]

Function = Callable[..., Any]


@dataclass(frozen=True)
class Listing:
    """A list in a command's help: its title, and what is in it, loaded only when it is shown."""

    title: Sentence
    rows: Callable[[], Mapping[str, Sentence]]


class SpokenOption(click.Option):
    """An option whose help is a sentence."""

    def __init__(self, *arguments: Any, says: Sentence, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.says = says

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Word the help, then let click lay it out."""
        self.help = session_of(ctx).word(self.says)
        return super().get_help_record(ctx)


class SpokenCommand(click.Command):
    """A command whose help and example are sentences, and which takes the global options too."""

    def __init__(
        self,
        *arguments: Any,
        says: Sentence,
        examples: tuple[str, ...],
        right: str | None = None,
        listing: Listing | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(*arguments, **settings)
        self.says = says
        self.examples = examples
        self.right = right
        self.listing = listing
        self.params += global_options(hidden=True)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **settings: Any) -> click.Context:
        """Word the help option anew: click keeps it in the first language it was shown in."""
        self._help_option = None
        return super().make_context(info_name, args, *rest, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Run it, once its paths are of files and folders: a device never ends, a pipe never begins."""
        for each in self.params:
            if isinstance(each.type, click.Path):
                refuse_device(ctx, each, ctx.params.get(each.name or ""))
        # What its database cannot do is said in a sentence.
        with said_where_unavailable(session_of(ctx)):
            return super().invoke(ctx)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Word the help."""
        self.help = session_of(ctx).word(self.says)
        super().format_help_text(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the list, if there is one, and the examples, one a line."""
        if self.listing:
            word = session_of(ctx).word
            with formatter.section(word(self.listing.title)):
                formatter.write_dl([(name, word(about)) for name, about in self.listing.rows().items()])
        with formatter.section(session_of(ctx).word(say("Example"))):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


@dataclass(frozen=True)
class Entry:
    """One command as `allocator --help` lists it; its module is loaded only when it is called."""

    group: str
    says: Sentence


class Root(click.Group):
    """The command `allocator`: its commands in groups, each loaded from `commands/` when called."""

    def __init__(
        self, *, says: Sentence, examples: tuple[str, ...], groups: dict[str, Sentence], entries: dict[str, Entry]
    ) -> None:
        super().__init__("allocator", params=[*global_options(hidden=False), _version_option()])
        self.says = says
        self.examples = examples
        self.groups = groups
        self.entries = entries

    def main(self, args: Any = None, *rest: Any, **settings: Any) -> Any:
        """Choose the language before anything is parsed, then run."""
        arguments = sys.argv[1:] if args is None else list(args)
        self.lang = asked_language(arguments)
        speak(self.lang)
        # Loading what a command needs makes many objects and no circles: the collector need not look each thousand.
        gc.set_threshold(100_000)
        with quiet_streams():
            return super().main(arguments, *rest, **settings)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **settings: Any) -> click.Context:
        """Open the session in which the language is already known."""
        self._help_option = None  # click keeps it with the words of the first language it was shown in
        settings.setdefault("obj", Session(lang=getattr(self, "lang", "en")))
        for fault in filter(None, map(hidden_in, args)):
            click.Context(self, info_name=info_name, obj=settings["obj"]).fail(settings["obj"].word(fault))
        return super().make_context(info_name, args, *rest, **settings)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return every command's name, in the order of the groups."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Load one command."""
        if cmd_name not in self.entries:
            return None
        loaded = import_module(f"commands.{_module_of(cmd_name)}").run
        if not isinstance(loaded, click.Command):
            raise TypeError(f"commands.{cmd_name}.run is not a command")
        return loaded

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command asked for; where there is none, name the nearest."""
        asked = args[0]
        if asked not in self.entries and not asked.startswith("-"):
            from data.nearest import nearest

            near = nearest(asked, list(self.entries))
            meant = say("Is {near} meant?", near=near) if near else Sentence("")
            ctx.fail(session_of(ctx).word(say("There is no command {asked}. {meant}", asked=asked, meant=meant)))
        return super().resolve_command(ctx, args)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Word the help."""
        self.help = session_of(ctx).word(self.says)
        super().format_help_text(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by group, without loading them."""
        word = session_of(ctx).word
        for group, title in self.groups.items():
            rows = [(name, word(entry.says)) for name, entry in self.entries.items() if entry.group == group]
            with formatter.section(word(title)):
                if rows:
                    formatter.write_dl(rows)
                else:
                    formatter.write_text(word(say("Comes with the stock ledger.")))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the examples, one a line."""
        with formatter.section(session_of(ctx).word(say("Example"))):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def _first_sentence(text: str) -> str:
    """Return a text up to where its first sentence ends.

    >>> [_first_sentence(text) for text in ("Trace a lot. Exit status: 4.", "追溯批号。退出状态：4。", "List")]
    ['Trace a lot.', '追溯批号。', 'List']
    """
    return re.split(r"(?<=[.?!]) |(?<=。)", text, maxsplit=1)[0]


def _module_of(command_name: str) -> str:
    """Return the module of a command: `import` and `return` are words of Python's own.

    >>> _module_of("emergency-issue"), _module_of("return")
    ('emergency_issue', 'return_')
    """
    name = command_name.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


class SpokenGroup(click.Group):
    """A command that is several: `allocator audit check`. Each is declared with `command(…, within=group)`."""

    def __init__(self, *arguments: Any, says: Sentence, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.says = says
        self.params += global_options(hidden=True)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **settings: Any) -> click.Context:
        """Word the help option anew, as a command does."""
        self._help_option = None
        return super().make_context(info_name, args, *rest, **settings)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Word the help."""
        self.help = session_of(ctx).word(self.says)
        super().format_help_text(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order in which they were declared."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the first sentence of what each says."""
        word = session_of(ctx).word
        spoken = (SpokenCommand, SpokenGroup)
        rows = [
            (name, _first_sentence(word(each.says))) for name, each in self.commands.items() if isinstance(each, spoken)
        ]
        with formatter.section(word(say("Commands"))):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the first example of each command."""
        with formatter.section(session_of(ctx).word(say("Example"))):
            for example in self.first_examples():
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")

    def first_examples(self) -> Iterator[str]:
        """Give the first example of each command, of a group within this one that of its first."""
        for each in self.commands.values():
            if isinstance(each, SpokenCommand):
                yield each.examples[0]
            elif isinstance(each, SpokenGroup):
                yield from islice(each.first_examples(), 1)


def _version_option() -> click.Parameter:
    def shown(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
        if value:
            click.echo(f"allocator {__version__}")
            ctx.exit()

    says = say("Show the version and exit.")
    return SpokenOption(["--version"], says=says, is_flag=True, is_eager=True, expose_value=False, callback=shown)


def command(
    says: Sentence,
    *,
    examples: tuple[str, ...],
    right: str | None = None,
    listing: Listing | None = None,
    within: SpokenGroup | None = None,
    name: str | None = None,
) -> Callable[[Function], SpokenCommand]:
    """Declare a command named as its module, or, `within` a group, as `name` says.

    `right`: what it takes, by its name in `models.rights`; None where that is not one right of the ledger.
    """

    def declare(function: Function) -> SpokenCommand:
        own = name or function.__module__.rpartition(".")[2].rstrip("_").replace("_", "-")
        settings: dict[str, Any] = {"says": says, "examples": examples, "right": right, "listing": listing}
        made = click.command(own, cls=SpokenCommand, **settings)(function)
        if within is not None:
            within.add_command(made)
        return made

    return declare


def group(name: str, says: Sentence, *, within: SpokenGroup | None = None) -> SpokenGroup:
    """Make a group of commands; the module that holds it calls it `run`. `within`: the group it belongs to, if any."""
    made = SpokenGroup(name, says=says)
    if within is not None:
        within.add_command(made)
    return made


def option(*names: str, says: Sentence, **settings: Any) -> Callable[[Function], Function]:
    """Declare an option of a command; what is typed is a text unless another type is said."""
    if not {"type", "is_flag", "count", "flag_value"} & settings.keys() and isinstance(
        settings.get("default", ""), str
    ):
        settings["type"] = TEXT
    return click.option(*names, cls=SpokenOption, says=says, **settings)


def argument(name: str, **settings: Any) -> Callable[[Function], Function]:
    """Declare an argument of a command; what is typed is a text unless another type is said."""
    settings.setdefault("type", TEXT)
    return click.argument(name, **settings)


class _Global(NamedTuple):
    """An option of every command: it sets something of the session, to `fixed` or, where that is None, as typed."""

    names: tuple[str, ...]
    says: Sentence
    sets: str
    settings: Mapping[str, Any]
    fixed: Any = None

    def kept(self, context: click.Context, _: click.Parameter, value: Any) -> None:
        """Keep what was said."""
        if value:
            setattr(session_of(context), self.sets, value if self.fixed is None else self.fixed)


_GLOBAL = (
    _Global(
        ("--db",),
        say("The ledger: sqlite:///FILE or postgresql://HOST/NAME; default: ALLOCATOR_DB, else your own."),
        "db",
        {"envvar": "ALLOCATOR_DB", "metavar": "URL"},
    ),
    _Global(
        ("--actor",),
        say("Who is acting; default: ALLOCATOR_ACTOR."),
        "actor",
        {"envvar": "ALLOCATOR_ACTOR", "metavar": "ID"},
    ),
    _Global(
        ("--lang",),
        say("Language of what you read; default: your locale's."),
        "lang",
        {"type": click.Choice(LANGUAGES)},
    ),
    _Global(
        ("--json",),
        say("Print one JSON document, with a versioned schema, instead of text."),
        "as_json",
        {"is_flag": True},
        fixed=True,
    ),
    _Global(("-q", "--quiet"), say("Print errors only on stderr."), "loudness", {"is_flag": True}, fixed=-1),
    _Global(("-v", "--verbose"), say("Say how long each stage took."), "loudness", {"is_flag": True}, fixed=1),
    _Global(
        ("--no-color",),
        say("Use no colour (NO_COLOR is honoured too)."),
        "color",
        {"is_flag": True, "envvar": "NO_COLOR"},
        fixed=False,
    ),
)


def global_options(*, hidden: bool) -> list[click.Parameter]:
    """Return the options every command takes, before or after its name."""
    # After a command's name only what is typed counts: the environment was read before it.
    unread = {"envvar"} if hidden else set()
    return [
        SpokenOption(
            list(each.names),
            says=each.says,
            callback=each.kept,
            expose_value=False,
            hidden=hidden,
            **{name: value for name, value in each.settings.items() if name not in unread},
        )
        for each in _GLOBAL
    ]

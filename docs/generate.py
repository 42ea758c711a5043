# -*- test-case-name: tests.test_documents -*-
"""
Writes the pages that are made from the source: C{messages.md} from the message
catalogue, C{states.md} from the table of member states, C{stages.md} from that of sessions, C{suites.md} from the
table of cipher suites, C{protocol.md} from the commands of the control protocol, C{json.md} from the names
that the tests hold; and from the imports C{architecture.svg} and the rooms of C{architecture.md}.
A command of its own, for developers: C{python docs/generate.py}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, has
from twisted.protocols import amp

from docs.roompicture import picture
from docs.rooms import table
from sslpool.config.suites import SUITES, Suite
from sslpool.messages import CATALOGUE, Said, template
from sslpool.messages.entry import Message
from sslpool.pool.states import Action, Event, Refusal, State, Transition, follow
from sslpool.sessions import phases
from sslpool.wire import vocabulary
from sslpool.wire.arguments import Document
from sslpool.wire.errors import ERRORS, MALFORMED
from tests.jsonnames import COMMANDS, ENTRY, RECORDS

FOLDER = Path(__file__).resolve().parent

SECTIONS = {
    "stack": "The stack",
    "changes": "Changes while the stack runs",
    "history": "History of configurations, backups",
    "pool": "Servers, agent and sessions",
    "serving": "Whether new clients are served",
    "renewal": "REFRESH and session cache",
    "clients": "Limits of clients",
    "configuration": "Configuration files",
    "trust": "Whom applications trust",
    "keydb": "Key database and certificates",
    "reading": "Files of certificates and keys",
    "manyfiles": "Many files that are imported at once",
    "requests": "Certificate requests, signing, and what is fit to be stored",
    "chains": "Chains of certificates",
    "fitness": "What clients refuse certificates for",
    "revocation": "Revocation lists",
    "administration": "Administration",
    "planning": "Planning",
    "policy": "TLS policy",
    "dynamic": "Dynamic SSL",
    "sessions": "Limits within a server",
    "programs": "Programs that hand over connections, and the secure client",
    "ftp": "FTP",
    "tracing": "Traces and consoles",
    "manhole": "Manhole",
    "sockets": "Sockets and who is believed",
}
"""
The modules of L{sslpool.messages} that are sections of the catalogue, and their titles.
"""

NOTICE = "<!-- Made by docs/generate.py; do not change it by hand. -->\n"

MESSAGES_HEAD = """
# Messages

Every message has an id. Those that begin with `SSLP` are sslpool's own, those
that begin with `DTC` are IBM's and have IBM's meaning. The last letter is the
severity: `I` information, `W` warning, `E` error. Words in braces are filled in.
`ssladmin help ID` shows the same on the terminal.
"""

STATES_HEAD = """
# States of a server

A server of the pool is always in one of four states, which `ssladmin query status`
shows together with the reason for it. The tables are made from the one that the
stack itself goes by (`sslpool/pool/states.py`). A process that hangs or is exhausted
changes nothing in the state: see [processes](processes.md#when-a-process-hangs).
"""

STAGES_HEAD = """
# Stages of a session

Each session goes through stages. The tables are made from the one that sessions go by
(`sslpool/sessions/phases.py`); an event for which there is no stage cannot happen. `ssladmin
query sessions` and traces show a stage as the state in the last column.
"""

SUITES_HEAD = """
# Cipher suites

Every suite that `EXEMPT` and `ENABLE` know ([VMSSL operands](configuration.md#vmssl-operands)),
in the order of preference. They take the first name, that of z/VM; the IANA's
and OpenSSL's name mean the same. Whether the TLS library provides a suite is asked of
the library when a server starts: `ssladmin query status details` shows what is in use,
exempt, off, and not provided. A suite that is not provided is accepted in `EXEMPT`,
where it changes nothing, and in `ENABLE` with SSLP258W.

The last 27 suites are those of the source document, with its strengths. The others
came later; by the same rule 256 bits are `HIGH`, 128 bits `MEDIUM`, no encryption
`NONE`, and a shortened check of integrity `LOW`.

"""

PROTOCOL_HEAD = """
# The control protocol

What `ssladmin` and `sslnetstat` say to a stack, any program may say: the protocol is
[AMP](https://amp-protocol.net/) over the stack's UNIX socket (see
[administration](administration.md#finding-the-stack)) or over TLS to its
remote port. A Python program on Twisted uses `sslpool.control.client`, as
[the example](examples/watch.py) does, and never sees the octets.

An AMP box is a sequence of keys and values, each behind its length in two octets (network
order), and ends with two zero octets. A request has the keys `_ask` (a tag), `_command` and its
arguments; the answer has `_answer` (the same tag) and its values, an error `_error`,
`_error_code` and `_error_description`. An error never ends the connection.

Integers are decimal digits, text is UTF-8. A *document* is JSON in ASCII, in parts of at most
60,000 octets under the keys `name`, `name.1`, `name.2` and so on, which are to be joined.
Times are seconds since the epoch, sizes are octets. Lists of sessions and connections
come in pages of at most {page}: ask again with `after` set to the last number, until a page is
empty.

**Versions.** The first command is `ExchangeVersion`. This is protocol {protocol}, which understands
those from {oldest} on. Two ends understand each other if neither's `protocol` is less than the
other's `oldest`. A command, an optional argument, or a field of a record that has a default
may come in any release without a change of `oldest`: whoever does not know a key or a field
ignores it, whoever misses an optional one takes its default. What is removed, or gets another
meaning, raises `oldest`.

**Messages.** A *message* in a document is text: its id, a blank and the filled-in text. The messages
of the document `name` stand once more in the document `name.said`, as a list of objects with `id`,
`text` (without the id) and `fields` (what is filled in, by name), so that nobody has to take a text
apart. The description of an error is such an object for a client whose `protocol` is 7 or more, and
the text for others and before `ExchangeVersion`.

**Authority.** A privileged command is for the user who runs the stack, and for the user IDs of
`:admin_id_list.` and `OBEY`; others get `UNAUTHORIZED`. On the remote port every command is
privileged.

**Liveness.** `NoOp` goes in both directions. A client that has said nothing for 30 seconds gets
one; if nothing comes back for as long, the connection is ended. A client asks in the same way.

**Limits.** A request has at most 256 KiB, four may be under way at once, and answers must be read.
Whoever breaks that, or sends something else, is cut off; that is counted and logged (SSLP413W).
"""

JSON_HEAD = """
# What `--json` prints

The names and types that programs may rely on; tests hold that neither is lost or changed without
notice. Every name of a record is there, whatever its value; a release may add names. Times are
seconds since the epoch, sizes are octets. What the names mean is said where the records are made:
in [the control protocol](protocol.md#records) for those of a pool,
in [certificates](certificates.md#operations) and [planning](planning.md) for the others.

A command that did nothing prints a [Failure](#failure) instead; the message is on standard error as
well, and the [exit code](administration.md#exit-codes) is as without `--json`. With MONITOR a document is on
one line.
"""

JSON_LOG = """
## The log for programs

A line of a [log as JSON](logs.md#json) is an object with these names. What is empty is left out, but for
`time`, `level`, `stack` and `text`, which are always there; a release may add names.

"""


def messagesDocument() -> str:
    """
    Return the page of messages.
    """
    parts = [NOTICE, MESSAGES_HEAD]
    for name, title in SECTIONS.items():
        shown = [message for message in _section(name) if message.id in CATALOGUE]
        if shown:
            parts.append(f"\n## {title}\n")
            parts += [_message(message) for message in sorted(shown, key=lambda each: each.id)]
    return "".join(parts)


def statesDocument() -> str:
    """
    Return the page of states.
    """
    parts = [NOTICE, STATES_HEAD]
    parts.append("\n## States\n\n" + _meanings("State", State, str.capitalize))
    parts.append("\n## Events\n\n" + _meanings("Event", Event, str.lower))
    parts.append("\n## What an event leads to\n\n" + _matrix())
    parts.append("\n## What is done then\n\n" + _meanings("Action", Action, str.lower))
    parts.append("\n## Refusals\n\n" + _refusals())
    return "".join(parts)


def stagesDocument() -> str:
    """
    Return the page of a session's stages.
    """
    parts = [NOTICE, STAGES_HEAD]
    parts.append("\n## Stages\n\n" + _meanings("Stage", phases.Phase, str.lower))
    parts.append("\n## Events\n\n" + _meanings("Event", phases.Event, lambda name: name.lower().replace("_", " ")))
    parts.append("\n## Which stage follows\n\n")
    rows = [(phase.value, *(_following(phase, event) for event in phases.Event), phase.shown) for phase in phases.Phase]
    parts.append(_table(("Stage", *(event.value for event in phases.Event), "State"), rows))
    return "".join(parts)


def _following(phase: phases.Phase, event: phases.Event) -> str:
    to = phases.TABLE[phase].get(event)
    return "" if to is None else to.value


def suitesDocument() -> str:
    """
    Return the page of cipher suites.
    """
    headings = ("`EXEMPT`, `ENABLE`", "strength", "code", "IANA", "OpenSSL", "default", "with `MODE`")
    return NOTICE + SUITES_HEAD + _table(headings, map(_suiteRow, SUITES))


def _suiteRow(suite: Suite) -> Iterable[str]:
    library = f"`{suite.library}`" if suite.library else ""
    default, mode = "in use" if suite.default else "", "yes" if suite.approved else ""
    return (f"`{suite.name}`", suite.strength, f"{suite.code:04X}", f"`{suite.iana}`", library, default, mode)


def protocolDocument() -> str:
    """
    Return the page about the control protocol.
    """
    parts = [NOTICE, PROTOCOL_HEAD.format(protocol=vocabulary.PROTOCOL, oldest=vocabulary.OLDEST, page=vocabulary.PAGE)]
    errors = [(f"`{code.decode()}`", _summary(error)) for error, code in ERRORS.items()]
    errors.append((f"`{MALFORMED.decode()}`", "The arguments of the request cannot be read."))
    errors.append(("`UNHANDLED`", "AMP's own: there is no such command; the other end is of another release."))
    parts.append("\n## Errors\n\n" + _table(("Code", "Meaning"), errors))
    parts.append("\n## Commands\n")
    parts += [_command(command) for command in vocabulary.COMMANDS.values()]
    parts.append("\n## Records\n")
    parts += [_recordType(kind) for kind in _recordTypes()]
    return "".join(parts)


def jsonDocument() -> str:
    """
    Return the page about what is printed as JSON.
    """
    parts = [NOTICE, JSON_HEAD]
    for program, commands in COMMANDS.items():
        rows = [(f"`{command}`", _jsonKind(kind)) for command, kind in commands.items()]
        parts.append(f"\n## {program}\n\n" + _table(("Command", "Document"), rows))
    parts.append("\n## Records\n")
    parts += [f"\n### {name}\n\n" + _jsonNames(names) for name, names in RECORDS.items()]
    return "".join([*parts, JSON_LOG, _jsonNames(ENTRY)])


def _jsonNames(names: dict[str, str]) -> str:
    return _table(("Name", "Type"), [(f"`{name}`", _jsonKind(kind)) for name, kind in names.items()])


def _jsonKind(kind: str) -> str:
    """
    Return a kind of L{tests.jsonnames} in words, records with a link.
    """
    if kind[0] in "[{":
        return f"{'list' if kind[0] == '[' else 'object'} of {_jsonKind(kind[1:-1])}"
    if " | " in kind:
        return " or ".join(map(_jsonKind, kind.split(" | ")))
    return f"[{kind}](#{kind.lower()})" if kind in RECORDS else {"truth": "truth value"}.get(kind, kind)


def architectureDocument(page: str) -> str:
    """
    Return the page about the architecture with the rooms as they are now.
    """
    block = re.compile(r"(<!-- rooms: .*? -->\n).*?(<!-- end of rooms -->\n)", re.DOTALL)
    return block.sub(lambda match: f"{match[1]}\n{table()}\n{match[2]}", page)


def _summary(described: object) -> str:
    """
    Return the beginning of a docstring as one line of Markdown.
    """
    return _code(re.split(r"\n\n|^@", getdoc(described) or "", flags=re.MULTILINE)[0])


def _code(text: str) -> str:
    """
    Return text of a docstring with Markdown's code type.
    """
    return re.sub(r"[CL]{([^}]*)}", r"`\1`", " ".join(text.split()))


def _command(command: type[vocabulary.AdministrationCommand]) -> str:
    name = command.commandName.decode("ascii")
    privileged = "Privileged" if command.privileged else "For everybody"
    text = f"\n### {name}\n\n{_summary(command)}\n\n*{privileged}. In messages: {command.title}.*\n"
    for title, declared in (("Argument", command.arguments), ("Answer", command.response)):
        rows = [(f"`{key.decode()}`", _argumentType(argument)) for key, argument in declared]
        text += "\n" + _table((title, "Type"), rows) if rows else ""
    return text


def _argumentType(argument: amp.Argument) -> str:
    """
    Return what an argument is.
    """
    if isinstance(argument, Document):
        return f"document: {_kindName(argument.kind)}"
    name = {amp.Unicode: "text", amp.Integer: "integer", amp.Boolean: "`True` or `False`"}[type(argument)]
    return f"{name}, optional" if argument.optional else name


def _kindName(kind: Any) -> str:
    """
    Return a kind of value, records with a link.
    """
    if kind is Said:
        return "message"
    if has(kind):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    arguments = get_args(kind)
    if get_origin(kind) in (list, tuple):
        return f"list of {_kindName(arguments[0])}"
    if get_origin(kind) is dict:
        return f"object of {_kindName(arguments[1])}"
    if arguments:
        return " or ".join(_kindName(each) for each in arguments)
    return {str: "text", int: "integer", float: "number", bool: "truth value", type(None): "null"}[kind]


def _recordTypes() -> list[Any]:
    """
    Return the records that commands carry, and those within them, in the order of their names.
    """
    kinds = [
        argument.kind
        for command in vocabulary.COMMANDS.values()
        for _, argument in (*command.arguments, *command.response)
        if isinstance(argument, Document)
    ]
    found: set[Any] = set()
    while kinds:
        kind = kinds.pop()
        kinds += get_args(kind)
        if has(kind) and kind not in (*found, Said):
            found.add(kind)
            kinds += get_type_hints(kind).values()
    return sorted(found, key=lambda each: str(each.__name__))


def _recordType(kind: Any) -> str:
    described = re.split(r"^@ivar (\w+):", getdoc(kind) or "", flags=re.MULTILINE)
    texts = dict(zip(described[1::2], described[2::2], strict=True))
    hints = get_type_hints(kind)
    rows = [
        (
            f"`{each.name}`",
            _kindName(hints[each.name]) + ("" if each.default is NOTHING else ", optional"),
            _code(texts.get(each.name, "")),
        )
        for each in fields(kind)
    ]
    return f"\n### {kind.__name__}\n\n{_summary(kind)}\n\n" + _table(("Field", "Type", "Meaning"), rows)


def documents() -> dict[Path, str]:
    """
    Return the content of each generated page.
    """
    return {
        FOLDER / "architecture.md": architectureDocument((FOLDER / "architecture.md").read_text("utf-8")),
        FOLDER / "architecture.svg": picture(),
        FOLDER / "json.md": jsonDocument(),
        FOLDER / "messages.md": messagesDocument(),
        FOLDER / "protocol.md": protocolDocument(),
        FOLDER / "stages.md": stagesDocument(),
        FOLDER / "states.md": statesDocument(),
        FOLDER / "suites.md": suitesDocument(),
    }


def _section(name: str) -> tuple[Message, ...]:
    messages: tuple[Message, ...] = import_module(f"sslpool.messages.{name}").MESSAGES
    return messages


def _message(message: Message) -> str:
    return (
        f"\n### {message.id}\n\n**{_prose(template(message))}**\n\n"
        f"{_prose(message.explanation)}\n\n*What to do:* {_prose(message.action)}\n"
    )


def _prose(text: str) -> str:
    """
    Escape what Markdown would take as its own.
    """
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*")


def _meanings(title: str, kind: type[Enum], spell: Callable[[str], str]) -> str:
    """
    Return a table of an enumeration's members, from the C{@cvar} fields of its docstring.
    """
    fields = re.split(r"^@cvar (\w+):", getdoc(kind) or "", flags=re.MULTILINE)[1:]
    rows = [(spell(name), " ".join(text.split())) for name, text in zip(fields[::2], fields[1::2], strict=True)]
    return _table((title, "Meaning"), rows)


def _matrix() -> str:
    rows = [(event.value, *(_outcome(follow(state, event)) for state in State)) for event in Event]
    return _table(("Event", *(state.value for state in State)), rows)


def _outcome(outcome: Transition | Refusal) -> str:
    if isinstance(outcome, Refusal):
        return f"refused: [{outcome.messageId}](messages.md#{outcome.messageId.lower()})"
    done = "" if outcome.action is Action.NOTHING else f", {outcome.action.value}"
    return f"{outcome.to.value}{done}"


def _refusals() -> str:
    used = {each.messageId for state in State for event in Event if isinstance(each := follow(state, event), Refusal)}
    return _table(("Message", "Text"), [(name, CATALOGUE[name].text) for name in sorted(used)])


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(headings)
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")

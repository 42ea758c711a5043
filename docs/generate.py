# -*- test-case-name: tests.test_documents -*-
"""
Writes the pages that are made from the source: C{messages.md} from the message
catalogue, C{states.md} from the table of member states, and C{suites.md} from the
table of cipher suites.  A command of its own, for developers: C{python docs/generate.py}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum
from importlib import import_module
from inspect import getdoc
from pathlib import Path

from sslpool.config.suites import SUITES, Suite
from sslpool.messages import CATALOGUE, template
from sslpool.messages.entry import Message
from sslpool.pool.states import Action, Event, Refusal, State, Transition, follow

FOLDER = Path(__file__).resolve().parent

SECTIONS = {
    "stack": "The stack",
    "pool": "Servers, agent and sessions",
    "renewal": "REFRESH and session cache",
    "configuration": "Configuration files",
    "keydb": "Key database and certificates",
    "administration": "Administration",
    "planning": "Planning",
    "policy": "TLS policy",
    "dynamic": "Dynamic SSL",
    "programs": "Programs that hand over connections, and the secure client",
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
stack itself goes by (`sslpool/pool/states.py`).
"""

SUITES_HEAD = """
# Cipher suites

Every suite that `EXEMPT` and `ENABLE` know ([VMSSL operands](configuration.md#vmssl-operands)),
in the order of preference. They take the first name, that of the original; the IANA's
and OpenSSL's name mean the same. Whether the TLS library provides a suite is asked of
the library when a server starts: `ssladmin query status details` shows what is in use,
exempt, off, and not provided. A suite that is not provided is accepted in `EXEMPT`,
where it changes nothing, and in `ENABLE` with SSLP258W.

The last 27 suites are those of the source document, with its strengths. The others
came later; by the same rule 256 bits are `HIGH`, 128 bits `MEDIUM`, no encryption
`NONE`, and a shortened check of integrity `LOW`.

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


def documents() -> dict[Path, str]:
    """
    Return the content of each generated page.
    """
    return {
        FOLDER / "messages.md": messagesDocument(),
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

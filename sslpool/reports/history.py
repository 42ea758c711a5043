# -*- test-case-name: tests.reports.test_history -*-
"""
The history of configurations as NETSTAT OBEYFILE shows it.  Used by the commands; pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff

from sslpool.messages import Said
from sslpool.reports.units import Times, plural
from sslpool.wire.history import AcceptedRecord

_SHOWN = 3
"""
Messages of each configuration in the list.
"""

_OBEYED = "what was obeyed"
"""
What stands for a file's name where all statements that were obeyed are shown as one.
"""


def historyLines(stack: str, records: Sequence[AcceptedRecord], times: Times) -> list[str]:
    """
    Return the list of configurations, the newest first.

    @param records: without texts, the oldest first.
    """
    if not records:
        return [f"Stack {stack} has no history of configurations"]
    newest = records[-1].number
    lines = [f"Configurations of stack {stack}, the newest first; number {newest} is in effect"]
    for record in reversed(records):
        lines += ["", _title(record, times), *_summary(record.messages)]
    return lines


def configurationLines(stack: str, record: AcceptedRecord, present: AcceptedRecord, times: Times) -> list[str]:
    """
    Return what one configuration was like: how it differs from the present one, or the texts of that.
    """
    lines = [f"Configuration of stack {stack}", _title(record, times), *map(_indented, record.messages), ""]
    if record.number == present.number:
        return [*lines, "It is in effect.  Its texts:", *_texts(record)]
    differences = list(_differences(record, present))
    if not differences:
        return [*lines, f"Its texts are those of number {present.number}, which is in effect."]
    head = f"Number {present.number}, which is in effect, has the lines with -, this one has those with +:"
    return [*lines, head, *differences]


def _title(record: AcceptedRecord, times: Times) -> str:
    who = f" by {record.by}" if record.by else ""
    return f"{record.number:5}  {times.full(record.when)}  {_plain(record.how)}{_plain(who)}"


def _summary(messages: Sequence[Said]) -> Iterator[str]:
    # One more is shown in the place of the line that says so.
    shown = messages if len(messages) <= _SHOWN + 1 else messages[:_SHOWN]
    yield from map(_indented, shown)
    if hidden := len(messages) - len(shown):
        yield f"       and {plural(hidden, 'more message')}"


def _indented(message: Said) -> str:
    return f"       {_plain(str(message).partition(chr(10))[0])}"


def _texts(record: AcceptedRecord) -> Iterator[str]:
    for name, text in _all(record).items():
        yield from ("", f"=== {_plain(name)}", *map(_plain, text.splitlines()))


def _differences(record: AcceptedRecord, present: AcceptedRecord) -> Iterator[str]:
    before, after = _all(present), _all(record)
    for name in dict.fromkeys((*before, *after)):
        old, new = (each.get(name, "").splitlines() for each in (before, after))
        names = [f"{name}, number {each.number}" for each in (present, record)]
        yield from map(_plain, unified_diff(old, new, names[0], names[1], lineterm=""))


def _all(record: AcceptedRecord) -> Mapping[str, str]:
    """
    Return the texts by name, what was obeyed as one text.
    """
    obeyed = "".join(f"; OBEY {each.name}\n{each.text.rstrip()}\n" for each in record.obeyed)
    return {**dict(sorted(record.files.items())), **({_OBEYED: obeyed} if obeyed else {})}


def _plain(text: str) -> str:
    """
    Return a line with what would control a terminal made visible.
    """
    return "".join(each if each.isprintable() or each == "\t" else ascii(each)[1:-1] for each in text)

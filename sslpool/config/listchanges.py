# -*- test-case-name: tests.config.test_listchanges -*-
"""
How the lists of the profile change where the configuration does not: an entry that the stack does nothing for,
such as a port in cleartext, is in its list all the same.  Pure; used in the stack process.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from sslpool.config.configuration import Configuration, SecurePort
from sslpool.config.portlist import PortEntry
from sslpool.config.profilelists import Profile

Lists = Mapping[str, Mapping[str, bool]]
"""
The entries of lists, by statement, and whether the stack does something for each.
"""


@frozen
class ListChange:
    """
    What a list gets and loses of entries that the stack does nothing for.

    @ivar statement: the statement.
    @ivar added: the entries that it gets.
    @ivar removed: the entries that it loses.
    """

    statement: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


def listsOf(profile: Profile, configuration: Configuration | None) -> Lists:
    """
    Return the lists of a profile that can have such entries.

    @param configuration: what the profile comes to; without one there is nothing to say.
    """
    if configuration is None:
        return {}
    secure = {_place(port) for port in configuration.ports}
    return {
        "PORT": {str(each): each.protocol == "TCP" and _entryPlace(each) in secure for each in profile.ports},
        "AUTOLOG": {each.userid: each.userid in configuration.autolog for each in profile.autolog},
        "HOME": {f"{each.address} {each.link}": False for each in profile.home},
    }


def _place(port: SecurePort) -> tuple[int, int, str | None]:
    return port.number, port.number, port.bind


def _entryPlace(entry: PortEntry) -> tuple[int, int, str | None]:
    return entry.first, entry.last, entry.bind


def listChanges(before: Lists, after: Lists) -> list[ListChange]:
    """
    Return what no difference of two configurations tells of their lists.
    """
    found = []
    for statement in after if before else ():
        old, new = before[statement], after[statement]
        added, removed = _idle(new, old), _idle(old, new)
        if added or removed:
            found.append(ListChange(statement, added, removed))
    return found


def _idle(entries: Mapping[str, bool], others: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(entry for entry, used in entries.items() if not used and entry not in others)

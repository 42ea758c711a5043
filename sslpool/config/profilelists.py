# -*- test-case-name: tests.config.test_amendment -*-
"""
What a profile says, as records, and how its lists change: what a statement replaces, adds and takes away.
Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from attrs import define, evolve, field, frozen

from sslpool.config.configuration import Position
from sslpool.config.internalclient import InternalClient
from sslpool.config.limits import Limits
from sslpool.config.portlist import PortEntry, readDeletion
from sslpool.config.tokens import Findings, Token, TokenReader
from sslpool.config.values import USERID, isUserid


@frozen
class ServerId:
    """
    SSLSERVERID.

    @ivar userid: the one server's userid, or C{*} for the pool.
    @ivar timeout: seconds for which AUTOLOG waits for it.
    @ivar position: where it stands.
    """

    userid: str
    timeout: int
    position: Position


@frozen
class HomeAddress:
    """
    An entry of HOME.

    @ivar address: the address.
    @ivar link: the link's name.
    @ivar position: where its statement stands.
    """

    address: str
    link: str
    position: Position


@frozen
class ListedUser:
    """
    A userid in AUTOLOG or OBEY.

    @ivar userid: the userid in upper case.
    @ivar position: where it stands.
    """

    userid: str
    position: Position


@define
class Amending:
    """
    What is known of statements that are read on top of a profile.

    @ivar file: their file.
    @ivar again: they have been obeyed before.
    @ivar adding: the statement that is read begins with ADD.
    @ivar replaced: the statements that replace what was there, and where the first of each stands.
    @ivar replacing: those of them that begin with REPLACE.
    @ivar deleted: the entries that DELETE has taken away.
    @ivar wrong: the statements that were read with errors.
    """

    file: str
    again: bool = False
    adding: bool = False
    replaced: dict[str, Position] = field(factory=dict)
    replacing: set[str] = field(factory=set)
    deleted: list[PortEntry | ListedUser] = field(factory=list)
    wrong: set[str] = field(factory=set)


@define
class Profile:
    """
    What a profile says.

    @ivar file: its name.
    @ivar ports: the entries of PORT, in order.
    @ivar serverId: SSLSERVERID, or C{None}.
    @ivar limits: SSLLIMITS; the defaults where it is missing.
    @ivar total: MAXSESSIONS is given, and does not follow the size of the pool.
    @ivar limitsPosition: where SSLLIMITS says how many sessions there may be, or the file as a whole.
    @ivar autolog: the entries of AUTOLOG, in order.
    @ivar obey: the entries of OBEY.
    @ivar home: the entries of HOME.
    @ivar internalClient: INTERNALCLIENTPARMS, or C{None}.
    @ivar exempt: the networks of LIMITEXEMPT.
    @ivar amending: what is known of the statements that are read on top of it; C{None} where it is read itself.
    """

    file: str
    limitsPosition: Position
    ports: list[PortEntry] = field(factory=list)
    serverId: ServerId | None = None
    limits: Limits = Limits()
    total: bool = False
    autolog: list[ListedUser] = field(factory=list)
    obey: list[ListedUser] = field(factory=list)
    home: list[HomeAddress] = field(factory=list)
    internalClient: InternalClient | None = None
    exempt: list[str] = field(factory=list)
    amending: Amending | None = None

    @property
    def whole(self) -> Position:
        """
        The file as a whole, for what is missing in it.
        """
        return Position(self.file, 0)


LISTS = {"AUTOLOG": "autolog", "HOME": "home", "LIMITEXEMPT": "exempt", "OBEY": "obey", "PORT": "ports"}
"""
The statements that are lists, and where their entries are kept.
"""

_SINGLE = {"INTERNALCLIENTPARMS": "internalClient", "SSLSERVERID": "serverId"}
#: The lists whose entries can be added and deleted.
_CHANGED = ("PORT", "OBEY", "AUTOLOG")


def begun(reader: TokenReader, keyword: Token, profile: Profile) -> bool:
    """
    Begin a statement: take ADD or REPLACE; what it replaces goes where it stands for the first time.

    @return: whether it can be read; there has been a finding otherwise.
    """
    statement, amending = keyword.upper, profile.amending
    word = reader.peekUpper() if reader.onSameLine() and statement in _CHANGED else ""
    if word in ("ADD", "REPLACE"):
        reader.take()
    if amending is None:
        if word in ("ADD", "REPLACE") or statement == "DELETE":
            reader.findings.add("SSLP068E", keyword.position, what=f"{statement} {word}" if word else statement)
            reader.skipLine()
            return False
        return True
    if word == "DELETE":
        reader.findings.add("SSLP076E", keyword.position, found=f"{statement} DELETE", form=f"DELETE {statement}")
        reader.skipLine()
        return False
    amending.adding = word == "ADD"
    if word == "REPLACE":
        amending.replacing.add(statement)
    if not amending.adding and statement not in amending.replaced:
        amending.replaced[statement] = keyword.position
        if statement in LISTS:
            setattr(profile, LISTS[statement], [])
        elif statement in _SINGLE:
            setattr(profile, _SINGLE[statement], None)
    return True


def misplaced(reader: TokenReader, keyword: Token, profile: Profile) -> bool:
    """
    Whether a word that is no statement is ADD or REPLACE, which stands behind the keyword of a list; there has been
    a finding then.
    """
    statement = reader.peekUpper() if reader.onSameLine() else ""
    if profile.amending is None or keyword.upper not in ("ADD", "REPLACE") or statement not in _CHANGED:
        return False
    found, form = f"{keyword.upper} {statement}", f"{statement} {keyword.upper}"
    reader.findings.add("SSLP076E", keyword.position, found=found, form=form)
    reader.skipLine()
    return True


def addPorts(entries: Iterable[PortEntry], profile: Profile) -> None:
    """
    Put entries into the list of ports.  Of those that are added one that is there already changes nothing, unless
    the profile has got it since with other operands: what is obeyed goes before.
    """
    amending = profile.amending
    if amending is None or not amending.adding:
        profile.ports += entries
        return
    for entry in entries:
        same = [each for each in profile.ports if each.place == entry.place]
        if amending.again:
            profile.ports = [each for each in profile.ports if each not in same]
        if amending.again or all(evolve(each, position=entry.position) != entry for each in same):
            profile.ports.append(entry)


def listedUser(reader: TokenReader, statement: str) -> ListedUser | None:
    """
    Take a user ID; C{None} after a finding.
    """
    token = reader.take()
    if token is None or not isUserid(token.text):
        found = "" if token is None else token.text
        reader.findings.add("SSLP202E", reader.last, statement=statement, found=found, expected=USERID)
        return None
    return ListedUser(token.upper, token.position)


def addUser(user: ListedUser, users: list[ListedUser], profile: Profile) -> None:
    """
    Put a user into a list; one that is added only where it is not in it.
    """
    adding = profile.amending is not None and profile.amending.adding
    if not adding or all(each.userid != user.userid for each in users):
        users.append(user)


def delete(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    """
    Take away entries of a list: one of PORT, or users that stand on the same line.
    """
    what = reader.choice("DELETE", _CHANGED)
    if what == "PORT":
        deletion = readDeletion(reader)
        if deletion is not None:
            _remove(keyword, what, str(deletion), deletion.concerns, profile, reader.findings)
    elif what is not None:
        if not reader.onSameLine():
            reader.unexpected(f"DELETE {what}", USERID)
        while reader.onSameLine():
            user = listedUser(reader, f"DELETE {what}")
            if user is not None:
                _remove(keyword, what, user.userid, partial(_isUser, user), profile, reader.findings)
    reader.skipLine()


def _isUser(user: ListedUser, other: ListedUser) -> bool:
    return user.userid == other.userid


def _remove(
    keyword: Token, what: str, name: str, chosen: Callable[[Any], bool], profile: Profile, findings: Findings
) -> None:
    """
    Take the C{chosen} entries away from a list.

    @param name: what they have in common, as messages name it.
    """
    assert profile.amending is not None
    entries = getattr(profile, LISTS[what])
    gone = [each for each in entries if chosen(each)]
    if not gone and not profile.amending.again:
        findings.add("SSLP067E", keyword.position, statement=what, entry=name)
    setattr(profile, LISTS[what], [each for each in entries if each not in gone])
    profile.amending.deleted += gone

# -*- test-case-name: tests.config.test_profile -*-
"""
PROFILE TCPIP, the stack's configuration file: its statements in one table, and what is
read from them.  Pure; used in the stack process and by C{sslpool check}.

Tokens are free-form: line ends matter only where they help to say what is wrong.
Source: the source document's "Configure PROFILE TCPIP"; z/VM TCP/IP Planning and Customization.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from sslpool.config.configuration import Position
from sslpool.config.internalclient import readInternalClient
from sslpool.config.limits import Routing
from sslpool.config.networks import isMask
from sslpool.config.portlist import readPorts
from sslpool.config.profilelists import (
    HomeAddress,
    Profile,
    ServerId,
    addPorts,
    addUser,
    begun,
    delete,
    listedUser,
    misplaced,
)
from sslpool.config.tokens import Findings, Token, TokenReader, tokenize
from sslpool.config.unused import PROFILE_BLOCKS, PROFILE_NAMING, PROFILE_STATEMENTS
from sslpool.config.values import ADDRESS, USERID, ipAddress

#: SSLSERVERID without TIMEOUT, in seconds.
DEFAULT_TIMEOUT = 30
#: The most sessions one server may own (the source document).
MOST_PER_SERVER = 1000

_DAY = 86400

Parse = Callable[[TokenReader, Token, Profile], None]
"""
Reads the operands of a statement, whose keyword is given, into a profile.
"""


def parseProfile(file: str, text: str, findings: Findings) -> Profile:
    """
    Return what C{text}, the content of C{file}, says; what is wrong with it goes to C{findings}.
    """
    profile = Profile(file, Position(file, 0))
    readStatements(profile, text, findings)
    return profile


def readStatements(profile: Profile, text: str, findings: Findings) -> None:
    """
    Read statements into C{profile}, on top of what is there where it is being amended.
    """
    file = profile.file if profile.amending is None else profile.amending.file
    reader = TokenReader(tokenize(file, text), findings, Position(file, 0))
    while (token := reader.take()) is not None:
        parse = STATEMENTS.get(token.upper)
        if parse is None:
            if not misplaced(reader, token, profile):
                _unknownStatement(reader, token)
        elif profile.amending is None:
            _statement(reader, token, profile, parse)
        else:
            earlier = findings.errors
            _statement(reader, token, profile, parse)
            if findings.errors > earlier:
                profile.amending.wrong.add(token.upper)


def _statement(reader: TokenReader, keyword: Token, profile: Profile, parse: Parse) -> None:
    if begun(reader, keyword, profile):
        parse(reader, keyword, profile)


def _unknownStatement(reader: TokenReader, token: Token) -> None:
    reader.findings.add("SSLP201E", token.position, found=token.text, kind="PROFILE TCPIP")
    reader.skipLine()
    while reader.peekUpper()[:1].isdigit():  # the entries of a misspelled list
        reader.take()
        reader.skipLine()


def _port(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    addPorts(readPorts(reader, STATEMENTS), profile)


# SSLSERVERID and SSLLIMITS


def _serverId(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    userid = reader.userid("SSLSERVERID", ("*",))
    timeout: int | None = DEFAULT_TIMEOUT
    if reader.peekUpper() == "TIMEOUT":
        reader.take()
        timeout = reader.number("SSLSERVERID TIMEOUT", 0, _DAY)
    reader.endOfStatement("SSLSERVERID", "TIMEOUT seconds", STATEMENTS)
    if profile.serverId is not None:
        reader.findings.add("SSLP206W", keyword.position, what="SSLSERVERID", other=profile.serverId.position.line)
    if userid is not None and timeout is not None:
        profile.serverId = ServerId(userid, timeout, keyword.position)


#: Operand, attribute of L{Limits}, lowest and highest value.
LIMIT_OPERANDS: dict[str, tuple[str, int, int]] = {
    "MAXSESSIONS": ("maxSessions", 1, 999_999_999),
    "MAXPERSSLSERVER": ("maxPerServer", 1, 999_999_999),
    "QUIESCE": ("quiesce", 0, _DAY),
    "HANDSHAKE": ("handshake", 1, 3600),
    "CONNECT": ("connect", 1, 3600),
    "IDLE": ("idle", 0, 30 * _DAY),
    "WAIT": ("wait", 0, 3600),
    "LIVENESS": ("liveness", 1, 60),
    "PEERRATE": ("peerRate", 0, 1_000_000),
    "HANDSHAKERATE": ("handshakeRate", 0, 1_000_000),
}

#: Statements that are a limit each, and its attribute.
SINGLE_LIMITS: dict[str, str] = {"FOREIGNIPCONLIMIT": "foreign", "PENDINGCONNECTIONLIMIT": "pending"}


def _limits(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    operands = [*LIMIT_OPERANDS, "ROUTING"]
    if reader.peekUpper() not in operands and not reader.onSameLine():
        reader.unexpected("SSLLIMITS", " or ".join(operands))
    given: set[str] = set()
    while (operand := reader.peekUpper()) in operands:
        reader.take()
        reader.once(f"SSLLIMITS {operand}", given)
        _limitOperand(reader, operand, profile)
        if operand in ("MAXSESSIONS", "MAXPERSSLSERVER"):
            profile.limitsPosition = keyword.position
    reader.endOfStatement("SSLLIMITS", " or ".join(operands), STATEMENTS)


def _limitOperand(reader: TokenReader, operand: str, profile: Profile) -> None:
    if operand == "ROUTING":
        routing = reader.choice("SSLLIMITS ROUTING", [each.value for each in Routing])
        if routing is not None:
            profile.limits = evolve(profile.limits, routing=Routing(routing))
        return
    attribute, low, high = LIMIT_OPERANDS[operand]
    value = reader.number(f"SSLLIMITS {operand}", low, high)
    if value is None:
        return
    if operand == "MAXPERSSLSERVER" and value > MOST_PER_SERVER:
        reader.findings.add("SSLP212E", reader.last, found=value, most=MOST_PER_SERVER)
        return
    changed: dict[str, Any] = {attribute: value}
    profile.limits = evolve(profile.limits, **changed)
    profile.total = profile.total or operand == "MAXSESSIONS"


def _single(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    """
    A limit with a statement of its own; 0 is none (z/VM TCP/IP Planning and Customization).
    """
    value = reader.number(keyword.upper, 0, 999_999_999)
    if value is not None:
        changed: dict[str, Any] = {SINGLE_LIMITS[keyword.upper]: value}
        profile.limits = evolve(profile.limits, **changed)
    reader.endOfStatement(keyword.upper, "nothing more", STATEMENTS)


# Lists


def _inBlock(reader: TokenReader, keyword: Token, end: str, profile: Profile | None = None) -> bool:
    """
    Whether the next token belongs to the block of C{keyword}; takes C{end}.

    @param profile: the profile that is read, where the block need not be ended while entries are added.
    """
    if reader.peekUpper() == end:
        reader.take()
        return False
    if reader.peek() is None or (not reader.onSameLine() and reader.peekUpper() in STATEMENTS):
        if profile is None or profile.amending is None or not profile.amending.adding:
            reader.findings.add("SSLP205E", keyword.position, statement=keyword.upper, end=end)
        return False
    return True


def _obey(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    given = 0
    while _inBlock(reader, keyword, "ENDOBEY", profile):
        given += 1
        user = listedUser(reader, "OBEY")
        if user is not None:
            addUser(user, profile.obey, profile)
    _checkAdded(reader, keyword, given, profile)


def _autolog(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    given = 0
    while _inBlock(reader, keyword, "ENDAUTOLOG", profile):
        given += 1
        user = listedUser(reader, "AUTOLOG")
        if user is None:
            reader.skipLine()
        else:
            addUser(user, profile.autolog, profile)
            _autologOperands(reader)
    _checkAdded(reader, keyword, given, profile)


def _checkAdded(reader: TokenReader, keyword: Token, given: int, profile: Profile) -> None:
    """
    Check that ADD was not all: there is something to be added.
    """
    if not given and profile.amending is not None and profile.amending.adding:
        reader.unexpected(f"{keyword.upper} ADD", USERID)


def _autologOperands(reader: TokenReader) -> None:
    """
    The password, or 0 in its place, which may be on the next line or missing; ON and what follows it.
    """
    if reader.peekUpper() == "0":
        reader.take()
    elif reader.onSameLine() and reader.peekUpper() not in ("ENDAUTOLOG", "ON"):
        reader.take()
        reader.findings.add("SSLP214W", reader.last)
    if reader.onSameLine() and reader.peekUpper() == "ON":
        reader.findings.add("SSLP200I", reader.last, what="ON in AUTOLOG")
        reader.skipLine()


def _exempt(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    """
    Networks: C{address/length}, C{address/mask}, or C{address mask} as in HOME.
    """
    while _inBlock(reader, keyword, "ENDLIMITEXEMPT"):
        token = reader.take()
        assert token is not None
        text, mask = token.text, reader.peek()
        if mask is not None and reader.onSameLine() and "/" not in text and isMask(mask.text):
            reader.take()
            text += f"/{mask.text}"
        found = reader.network("LIMITEXEMPT", text)
        if found in profile.exempt:
            reader.findings.add("SSLP288W", reader.last, network=found, where="LIMITEXEMPT")
        elif found is not None:
            profile.exempt.append(found)


def _home(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    while (token := reader.peek()) is not None and ("." in token.text or ":" in token.text):
        reader.take()
        address = ipAddress(token.text.partition("/")[0])
        link = reader.take() if reader.onSameLine() else None
        if reader.onSameLine():
            link = reader.take()  # before it stood the subnet mask, or HOST
        if address is None:
            reader.wrong("HOME", token, ADDRESS)
        elif link is None or ipAddress(link.text) is not None:
            reader.unexpected("HOME", "the name of a link")
        else:
            profile.home.append(HomeAddress(address, link.upper, keyword.position))
    reader.endOfStatement("HOME", "an IP address and the name of a link", STATEMENTS)


def _internalClient(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    profile.internalClient = readInternalClient(
        reader, keyword, lambda: _inBlock(reader, keyword, "ENDINTERNALCLIENTPARMS")
    )


# Statements that are not used here


def _unused(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    reader.findings.add("SSLP200I", keyword.position, what=keyword.upper)
    for _ in range(PROFILE_NAMING.get(keyword.upper, 0)):
        if reader.onSameLine():
            reader.take()
    while reader.peek() is not None and reader.peekUpper() not in STATEMENTS:
        reader.take()


def _unusedBlock(reader: TokenReader, keyword: Token, profile: Profile) -> None:
    reader.findings.add("SSLP200I", keyword.position, what=keyword.upper)
    while _inBlock(reader, keyword, f"END{keyword.upper}"):
        reader.take()


#: The language: each keyword, and what reads its operands into a profile when it has been taken.
STATEMENTS: dict[str, Parse] = {
    **dict.fromkeys(PROFILE_STATEMENTS, _unused),
    **dict.fromkeys(PROFILE_BLOCKS, _unusedBlock),
    **dict.fromkeys(SINGLE_LIMITS, _single),
    "AUTOLOG": _autolog,
    "DELETE": delete,
    "HOME": _home,
    "INTERNALCLIENTPARMS": _internalClient,
    "LIMITEXEMPT": _exempt,
    "OBEY": _obey,
    "PORT": _port,
    "SSLLIMITS": _limits,
    "SSLSERVERID": _serverId,
}

# -*- test-case-name: tests.config.test_directory -*-
"""
USER DIRECT, the CP directory: how many servers there can be, and what each of them is granted.
Pure; used in the stack process and by C{sslpool check}.

One statement for each line, continued on the next where it ends with a comma; lines that begin
with C{*} are comments.  Source: the source document's directory examples; CP Planning and Administration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, evolve, field, fields, frozen

from sslpool.config.configuration import Machine, Position
from sslpool.config.tokens import Findings, Token, TokenReader, numberedLines
from sslpool.config.unused import DIRECTORY_STATEMENTS
from sslpool.config.values import SIZE, size


@frozen
class Pool:
    """
    A POOL statement.

    @ivar low: the first member's number.
    @ivar high: the last member's number, or C{None} after a finding about it.
    @ivar profile: the directory profile of the members, or C{None}.
    @ivar position: where it stands.
    """

    low: int
    high: int | None
    profile: str | None
    position: Position


@define
class DirectoryEntry:
    """
    A USER, IDENTITY or PROFILE entry.

    @ivar name: the userid or profile name, in upper case.
    @ivar position: where it begins.
    @ivar storage: storage in octets, or C{None} where not given.
    @ivar maximum: the most storage in octets, or C{None} where not given.
    @ivar classes: the privilege classes, such as C{GE}.
    @ivar pool: its POOL statement, or C{None}.
    @ivar includes: the profiles of INCLUDE.
    @ivar nameSave: the segments of NAMESAVE.
    @ivar nameSavePosition: where NAMESAVE stands.
    @ivar options: the words of OPTION.
    @ivar connections: OPTION MAXCONN, or C{None} where not given.
    @ivar connectionsPosition: where that stands.
    @ivar uid: POSIXINFO UID.
    @ivar gid: POSIXINFO GID.
    @ivar group: POSIXINFO GNAME, as written.
    @ivar share: the relative share.
    """

    name: str
    position: Position
    storage: int | None = None
    maximum: int | None = None
    classes: str = ""
    pool: Pool | None = None
    includes: list[str] = field(factory=list)
    nameSave: list[str] = field(factory=list)
    nameSavePosition: Position | None = None
    options: list[str] = field(factory=list)
    connections: int | None = None
    connectionsPosition: Position | None = None
    uid: int | None = None
    gid: int | None = None
    group: str | None = None
    share: int | None = None

    def machine(self, profile: DirectoryEntry | None) -> Machine:
        """
        Return what the entry grants, with the profile's word where it has none itself.
        """
        entries = (self,) if profile is None else (self, profile)

        def granted(name: str) -> Any:
            return next((value for each in entries if (value := getattr(each, name)) is not None), None)

        return Machine(**{each.name: granted(each.name) for each in fields(Machine)})


@define
class Directory:
    """
    What a CP directory says.

    @ivar file: its name.
    @ivar users: the USER and IDENTITY entries by userid.
    @ivar profiles: the PROFILE entries by name.
    """

    file: str
    users: dict[str, DirectoryEntry] = field(factory=dict)
    profiles: dict[str, DirectoryEntry] = field(factory=dict)

    @property
    def whole(self) -> Position:
        """
        The file as a whole, for what is missing in it.
        """
        return Position(self.file, 0)


def parseDirectory(file: str, text: str, findings: Findings) -> Directory:
    """
    Return what C{text}, the content of C{file}, says; what is wrong with it goes to C{findings}.
    """
    directory = Directory(file)
    entry: DirectoryEntry | None = None
    reported: set[str] = set()
    for words in _statements(file, text):
        reader = TokenReader(words, findings, words[0].position)
        keyword = words[0].upper
        reader.take()
        if keyword in ENTRIES:
            entry = ENTRIES[keyword](reader, directory)
        elif keyword in STATEMENTS:
            _within(reader, words[0], entry)
        elif keyword not in reported:
            # Once for each keyword: a real directory has thousands of LINK and MDISK statements.
            reported.add(keyword)
            _other(findings, words[0])
    return directory


def _other(findings: Findings, keyword: Token) -> None:
    if keyword.upper in DIRECTORY_STATEMENTS:
        findings.add("SSLP200I", keyword.position, what=f"{keyword.upper} in USER DIRECT")
    else:
        findings.add("SSLP268W", keyword.position, found=keyword.text)


def _statements(file: str, text: str) -> Iterator[list[Token]]:
    """
    Yield the words of each statement, all with the position of its first line.
    """
    words: list[Token] = []
    for line in numberedLines(file, text):
        if line.text.lstrip().startswith("*"):
            continue
        start = words[0].position if words else line.position
        words.extend(Token(word.text, start) for word in line.words())
        if words and words[-1].text.endswith(","):
            last = words.pop()
            if last.text != ",":
                words.append(Token(last.text[:-1], start))
        elif words:
            yield words
            words = []
    if words:
        yield words


def _within(reader: TokenReader, keyword: Token, entry: DirectoryEntry | None) -> None:
    if entry is None:
        reader.findings.add("SSLP269E", keyword.position, found=keyword.upper)
    else:
        STATEMENTS[keyword.upper](reader, entry)


def _user(reader: TokenReader, directory: Directory) -> DirectoryEntry | None:
    position = reader.last
    name = reader.userid("USER")
    if name is None:
        return None
    entry = DirectoryEntry(name, position)
    reader.take()  # the password
    entry.storage = _size(reader)
    entry.maximum = _size(reader)
    classes = reader.peek()
    entry.classes = "" if classes is None else classes.upper
    return _added(reader, directory.users, entry)


def _size(reader: TokenReader) -> int | None:
    token = reader.peek()
    if token is None or not token.text[:1].isdigit():
        return None
    octets = size(token.text)
    if octets is None:
        reader.wrong("USER", token, SIZE)
    reader.take()
    return octets


def _profile(reader: TokenReader, directory: Directory) -> DirectoryEntry | None:
    position = reader.last
    name = reader.userid("PROFILE")
    return None if name is None else _added(reader, directory.profiles, DirectoryEntry(name, position))


def _added(reader: TokenReader, entries: dict[str, DirectoryEntry], entry: DirectoryEntry) -> DirectoryEntry:
    first = entries.setdefault(entry.name, entry)
    if first is not entry:
        reader.findings.add("SSLP233W", entry.position, nick=entry.name, other=first.position.line)
    return entry


def _pool(reader: TokenReader, entry: DirectoryEntry) -> None:
    pool, hasHigh = Pool(1, None, None, reader.last), False
    while (operand := reader.take()) is not None:
        if operand.upper == "LOW":
            low = reader.number("POOL LOW", 0, 99999)
            pool = evolve(pool, low=1 if low is None else low)
        elif operand.upper == "HIGH":
            pool, hasHigh = evolve(pool, high=reader.number("POOL HIGH", 0, 99999)), True
        elif operand.upper == "PROFILE":
            pool = evolve(pool, profile=reader.userid("POOL PROFILE"))
        else:
            reader.wrong("POOL", operand, "LOW, HIGH or PROFILE")
    if hasHigh:
        entry.pool = pool
    else:
        reader.unexpected("POOL", "HIGH number")


def _userids(reader: TokenReader, statement: str) -> list[str]:
    found = [userid] if (userid := reader.userid(statement)) is not None else []
    while reader.peek() is not None:
        userid = reader.userid(statement)
        if userid is not None:
            found.append(userid)
    return found


def _include(reader: TokenReader, entry: DirectoryEntry) -> None:
    entry.includes.extend(_userids(reader, "INCLUDE"))


def _nameSave(reader: TokenReader, entry: DirectoryEntry) -> None:
    entry.nameSavePosition = reader.last
    entry.nameSave.extend(_userids(reader, "NAMESAVE"))


def _option(reader: TokenReader, entry: DirectoryEntry) -> None:
    while (token := reader.take()) is not None:
        entry.options.append(token.upper)
        if token.upper == "MAXCONN":
            entry.connections = reader.number("OPTION MAXCONN", 1, 65535)
            entry.connectionsPosition = token.position


def _posixInfo(reader: TokenReader, entry: DirectoryEntry) -> None:
    while (operand := reader.take()) is not None:
        if operand.upper == "UID":
            entry.uid = reader.number("POSIXINFO UID", 0, 999_999_999)
        elif operand.upper == "GID":
            entry.gid = reader.number("POSIXINFO GID", 0, 999_999_999)
        elif operand.upper == "GNAME" and (name := reader.take()) is not None:
            entry.group = name.text
        elif operand.upper in ("IWDIR", "IUPGM", "FSROOT") and reader.take() is not None:
            reader.findings.add("SSLP200I", operand.position, what=f"POSIXINFO {operand.upper}")
        else:
            reader.wrong("POSIXINFO", operand, "UID, GID, GNAME, IWDIR, IUPGM or FSROOT and a value")


def _share(reader: TokenReader, entry: DirectoryEntry) -> None:
    kind = reader.choice("SHARE", ("RELATIVE", "REL", "ABSOLUTE", "ABS"))
    if kind is not None and kind.startswith("REL"):
        entry.share = reader.number("SHARE RELATIVE", 1, 10000)
    elif kind is not None:
        reason = "Linux has no absolute shares, only weights; use SHARE RELATIVE"
        reader.findings.add("SSLP203I", reader.last, what="SHARE ABSOLUTE", reason=reason)
        return
    if reader.peek() is not None:
        reason = "a weight limits nobody while the processor is idle"
        reader.findings.add("SSLP203I", reader.last, what="the limit of SHARE", reason=reason)


#: Statements that begin an entry.
ENTRIES: dict[str, Callable[[TokenReader, Directory], DirectoryEntry | None]] = {
    "USER": _user,
    "IDENTITY": _user,
    "PROFILE": _profile,
    "SUBCONFIG": _profile,
}
#: Statements within an entry.
STATEMENTS: dict[str, Callable[[TokenReader, DirectoryEntry], None]] = {
    "POOL": _pool,
    "INCLUDE": _include,
    "NAMESAVE": _nameSave,
    "OPTION": _option,
    "POSIXINFO": _posixInfo,
    "SHARE": _share,
}

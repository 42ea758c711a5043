# -*- test-case-name: tests.config.test_dtcparms -*-
"""
A DTCPARMS file: a CMS NAMES file whose entries describe servers and classes of servers.
Pure; used in the stack process and by C{sslpool check}.

C{:tag.value} pairs; an entry begins with C{:nick.}; a value goes on, over line ends, until the next tag; lines that
begin with C{.*} are comments.  Source: the source document's "Configure DTCPARMS".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import define, field, frozen

from sslpool.config.configuration import Position
from sslpool.config.portpolicy import TRUNCATION
from sslpool.config.tokens import Findings, Token, numberedLines
from sslpool.config.values import upperCase

_USED_TAGS = """
    ADDRESS ADMIN_ID_LIST ADMIN_PORT CLASS CLIENTCERT CLIENTCERTCHECK COMMAND DCSS_PARMS DYNAMIC FOR
    MIXEDCASEPARMS MOUNT NICK OWNER PARMS PASSIVE PROXY SANDBOX SECURECONNECTION SECURECONTROL SECUREDATA SOURCE
    STACK TIMESTAMP TIMEZONE TLSLABEL TRUNCATION TYPE USER VMLINK
"""
#: Tags that mean something here.
USED_TAGS: frozenset[str] = frozenset(_USED_TAGS.split())
_DEVICES = "the network interfaces are those of the system"
_SECURITY = "there is no external security manager; file permissions and the two lists of user IDs apply"
#: Tags of z/VM that have no effect here, and why.
UNUSED_TAGS: dict[str, str] = {
    "ANONYMOUS": "it is for z/VM's FTP server",
    "ATTACH": _DEVICES,
    "AUTHLOG": "the stack's log shows who used a privileged command",
    "CONFIG": "it is for other servers of z/VM",
    "DISKWARN": "no server has a minidisk",
    "ESM_ENABLE": _SECURITY,
    "ESM_RACROUTE": _SECURITY,
    "ESM_VALIDATE": _SECURITY,
    "EXIT": "no exit is called",
    "MEMORY": "USER.DIRECT sets the memory of a server",
    "NAME": "it is a comment",
    "RUNTIME": "every server has the same",
    "VCTC": _DEVICES,
    "VNIC": _DEVICES,
}
#: Tags whose value is never folded to upper case: there it would change what is meant.
KEPT_TAGS: frozenset[str] = frozenset({"ADDRESS", "CLIENTCERT", "COMMAND", "MOUNT", "SOURCE", "USER"})
#: Tags of which only some values make sense.
CHOICES: dict[str, tuple[str, ...]] = {
    "TYPE": ("SERVER", "CLASS"),
    "MIXEDCASEPARMS": ("YES", "NO"),
    "TIMESTAMP": ("ON", "OFF", "MS"),
    "SANDBOX": ("YES", "NO"),
    "TRUNCATION": TRUNCATION,
}

_TAG = re.compile(r"(?<!\S):([A-Za-z][A-Za-z0-9_]*)\.")


@define
class Tag:
    """
    A tag and its value.

    @ivar name: the tag's name in upper case.
    @ivar position: where it stands.
    @ivar parts: the value as written, a part for each line.
    """

    name: str
    position: Position
    parts: list[Token] = field(factory=list)

    @property
    def text(self) -> str:
        """
        The value as written, with a blank for each line end.
        """
        return " ".join(part.text for part in self.parts)

    def words(self) -> list[Token]:
        """
        Return the words of the value.
        """
        return [word for part in self.parts for word in part.words()]

    def quotedWords(self) -> list[Token]:
        """
        Return the words of the value, of which some may stand in quotation marks.
        """
        return [word for part in self.parts for word in part.quotedWords()]


@frozen
class Entry:
    """
    A server or a class of servers.

    @ivar nick: its name in upper case; with a trailing C{*} it is a pool.
    @ivar kind: C{SERVER} or C{CLASS}.
    @ivar tags: its tags by name.
    @ivar position: where it begins.
    """

    nick: str
    kind: str
    tags: Mapping[str, Tag]
    position: Position

    def place(self, name: str) -> Position:
        """
        Return where tag C{name} stands, or where the entry begins.
        """
        tag = self.tags.get(name)
        return self.position if tag is None else tag.position

    def wrong(self, name: str, found: str, expected: str, findings: Findings) -> None:
        """
        Note that tag C{name} does not have what is expected.
        """
        findings.add("SSLP202E", self.place(name), statement=f":{name.lower()}.", found=found, expected=expected)

    def value(self, name: str) -> str | None:
        """
        Return the value of tag C{name}, folded to upper case unless C{:mixedcaseparms.YES} or
        the tag's nature forbids it; C{None} where the tag is missing or empty.
        """
        tag = self.tags.get(name)
        if tag is None or not tag.text:
            return None
        return tag.text if name in KEPT_TAGS or self._mixedCase else upperCase(tag.text)

    def name(self, name: str) -> str | None:
        """
        Return the value of a tag that holds a name, which is upper case in any event.
        """
        value = self.value(name)
        return None if value is None else upperCase(value)

    @property
    def _mixedCase(self) -> bool:
        tag = self.tags.get("MIXEDCASEPARMS")
        return tag is not None and upperCase(tag.text) == "YES"

    def withDefaults(self, other: Entry) -> Entry:
        """
        Return the entry with the tags of C{other} where it has none itself.
        """
        return Entry(self.nick, self.kind, {**other.tags, **self.tags}, self.position)


def parseDtcparms(file: str, text: str, findings: Findings) -> list[Entry]:
    """
    Return the entries of C{text}, the content of C{file}; what is wrong goes to C{findings}.
    """
    groups: list[list[Tag]] = []
    for tag in _tags(file, text, findings):
        if tag.name == "NICK":
            groups.append([tag])
        elif groups:
            groups[-1].append(tag)
        else:
            findings.add("SSLP230E", tag.position, found=f":{tag.name.lower()}.")
    entries = [entry for group in groups if (entry := _entry(group, findings)) is not None]
    return _firstOfEach(entries, findings)


def _tags(file: str, text: str, findings: Findings) -> list[Tag]:
    tags: list[Tag] = []
    for line in numberedLines(file, text):
        if not line.text.lstrip().startswith(".*"):
            _tagsOfLine(line, tags, findings)
    return tags


def _tagsOfLine(line: Token, tags: list[Tag], findings: Findings) -> None:
    matches = list(_TAG.finditer(line.text))
    ends = [match.start() for match in matches[1:]] + [len(line.text)]
    lead = line.text[: matches[0].start() if matches else len(line.text)].strip()
    if lead and tags:
        tags[-1].parts.append(Token(lead, line.position))
    elif lead:
        findings.add("SSLP230E", line.position, found=lead)
    for match, end in zip(matches, ends, strict=False):
        tag = Tag(upperCase(match[1]), line.position)
        value = line.text[match.end() : end].strip()
        if value:
            tag.parts.append(Token(value, line.position))
        tags.append(tag)


def _entry(group: list[Tag], findings: Findings) -> Entry | None:
    tags: dict[str, Tag] = {}
    for tag in group:
        if tag.name in tags:
            findings.add("SSLP207W", tag.position, tag=f":{tag.name.lower()}.", other=tags[tag.name].position.line)
        elif _plausible(tag, findings):
            tags[tag.name] = tag
    nick, kind = tags.get("NICK"), tags.get("TYPE")
    if nick is None:
        return None
    if kind is None:
        if not any(tag.name == "TYPE" for tag in group):
            findings.add("SSLP231E", nick.position, nick=nick.text)
        return None
    return Entry(upperCase(nick.text), upperCase(kind.text), tags, nick.position)


def _plausible(tag: Tag, findings: Findings) -> bool:
    shownName = f":{tag.name.lower()}."
    if tag.name not in USED_TAGS and tag.name not in UNUSED_TAGS:
        findings.add("SSLP232E", tag.position, tag=shownName)
        return False
    if tag.name in UNUSED_TAGS:
        findings.add("SSLP203I", tag.position, what=shownName, reason=UNUSED_TAGS[tag.name])
    choices = CHOICES.get(tag.name, ())
    wrong = upperCase(tag.text) not in choices if choices else not _isName(tag) or not tag.text.isprintable()
    if wrong:
        expected = " or ".join(choices) or ("one name" if tag.name == "NICK" else "printable text")
        findings.add("SSLP202E", tag.position, statement=shownName, found=tag.text or "nothing", expected=expected)
    return not wrong


def _isName(tag: Tag) -> bool:
    return tag.name != "NICK" or len(tag.words()) == 1


def _firstOfEach(entries: list[Entry], findings: Findings) -> list[Entry]:
    first: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        earlier = first.setdefault((entry.kind, entry.nick), entry)
        if earlier is not entry:
            findings.add("SSLP233W", entry.position, nick=entry.nick, other=earlier.position.line)
    return list(first.values())

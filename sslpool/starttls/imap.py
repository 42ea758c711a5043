# -*- test-case-name: tests.starttls.test_imap,tests.starttls.test_properties -*-
"""
IMAP: STARTTLS (RFC 3501 section 6.2.1, RFC 9051), announced among the capabilities.  Pure; used in the servers.

Replies are told apart by their tags, so that ours may come whenever the application is between
two of its own.  Literals, and the lines of a login, are no commands.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import ClassVar

from sslpool.starttls.contract import Refusal, Security, StartTls
from sslpool.starttls.dialogue import UNANSWERED, Dialogue

LONGEST = 65536
"""
The most octets in a line of the client: as much as servers take.
"""

_LITERAL = re.compile(rb"\{([0-9]{1,10})(\+?)\}\r?\n\Z")
_COMMAND = re.compile(rb"([^\s(){%*\"\\+]+) +([A-Za-z]+)\s")
_CAPABILITIES = re.compile(rb"(?:\* CAPABILITY |\S+ (?:OK|PREAUTH|NO|BAD) \[CAPABILITY )([^\]\r\n]*)", re.IGNORECASE)
_BEFORE_TLS = (b"CAPABILITY", b"LOGOUT")
#: What the application may say of its own accord before TLS, where TLS is required.
_STATUS = re.compile(rb"\* (?:OK|NO|BAD|BYE|CAPABILITY)[ \r\n]", re.IGNORECASE)

_FIRST = b" NO [PRIVACYREQUIRED] Must issue a STARTTLS command first\r\n"


class _Wait(Enum):
    """
    What the application's continuation is waited for.
    """

    NOTHING = "nothing"
    LITERAL = "literal"
    LOGIN = "login"
    IDLE = "idle"


class Imap(Dialogue):
    """
    An IMAP dialogue.
    """

    WORDS: ClassVar = {
        Refusal.INJECTION: b"* BYE Nothing may follow STARTTLS\r\n",
        Refusal.UNASKED: b"* BYE TLS begins after STARTTLS\r\n",
        Refusal.MALFORMED: b"* BYE Command too long\r\n",
        Refusal.DECLINED: b"* BYE [PRIVACYREQUIRED] TLS is required\r\n",
        Refusal.LATE: b"* BYE Command not complete in time\r\n",
        Refusal.APPLICATION: b"* BYE [UNAVAILABLE] Mail system out of step\r\n",
        Refusal.GONE: b"* BYE [UNAVAILABLE] Mail system not available\r\n",
    }
    CLOSING = WORDS[Refusal.GONE]

    def __init__(self, security: Security) -> None:
        super().__init__(security, LONGEST)
        self.open.clear()
        self._greeted = self._authenticated = False
        self._tags: dict[bytes, bytes] = {}
        self._current = b""
        self._continued = self._raw = False
        self._swallowed = b""
        self._wait = _Wait.NOTHING
        self._literal = 0
        self._inReply = False
        self._replyOctets = 0
        self._answers: list[bytes] = []
        self._upgrade: StartTls | None = None

    @property
    def paused(self) -> bool:
        return self.held or len(self._tags) + len(self._answers) > UNANSWERED

    # From the client

    def _heardClient(self, octets: bytes) -> None:
        if self._upgrade is not None:
            self.refuse(Refusal.INJECTION)
        else:
            super()._heardClient(octets)

    def toApplication(self, octets: bytes) -> None:
        """
        Pass octets on, unless they belong to a command that has been refused.
        """
        if not self._swallowed:
            super().toApplication(octets)

    def _overlong(self) -> None:
        super()._overlong()
        self._continued = True

    def _request(self, line: bytes) -> None:
        raw, self._raw = self._raw, False
        if raw and not self._continued:
            self.toApplication(line)
            self.held = self._wait is _Wait.LOGIN
            return
        if not self._continued:
            self._command(line)
        else:
            self.toApplication(line)
        literal = _LITERAL.search(line)
        self._continued = literal is not None and not self.over
        if literal is not None:
            self._literalFollows(int(literal[1]), bool(literal[2]))
        elif self._swallowed:
            self._refuseCommand()

    def _literalFollows(self, length: int, atOnce: bool) -> None:
        if self._swallowed and (not atOnce or length > LONGEST):
            # It is not sent before it is asked for; or it is more than is worth waiting for.
            self._continued = False
            if atOnce:
                self._swallowed = b""
                self.refuse(Refusal.MALFORMED)
            else:
                self._refuseCommand()
        elif atOnce:
            self._octets = length
        else:
            self._literal, self._wait, self.held = length, _Wait.LITERAL, True

    def _refuseCommand(self) -> None:
        """
        A command has come to its end whose answer, C{_swallowed}, is ours.
        """
        text, self._swallowed = self._swallowed, b""
        self.deny(text)

    def _command(self, line: bytes) -> None:
        match = _COMMAND.match(line)
        tag, name = (match[1], match[2].upper()) if match is not None else (b"*", b"")
        # Literals are arguments, and what comes in them would be commands to an application that expects none.
        bare = len(line.split()) == 2
        if name == b"STARTTLS" and bare:
            self._startTls(tag)
        elif name == b"STARTTLS":
            self._swallowed = tag + b" BAD STARTTLS has no arguments\r\n"
        elif not self.demanded or (name in _BEFORE_TLS and bare):
            self._pass(tag, name, line)
        elif name == b"NOOP" and bare:
            self.answer(tag + b" OK NOOP completed\r\n")
        else:
            self._swallowed = tag + (b" BAD Invalid command\r\n" if tag == b"*" else _FIRST)

    def _startTls(self, tag: bytes) -> None:
        if self.secure:
            self.deny(tag + b" BAD TLS is active already\r\n")
        elif self._authenticated:
            self.deny(tag + b" BAD STARTTLS is not permitted after login\r\n")
        elif len(self._client):
            self.refuse(Refusal.INJECTION)
        else:
            unavailable = b" NO [UNAVAILABLE] TLS not available due to temporary reason\r\n"
            self._upgrade = StartTls(tag + b" OK Begin TLS negotiation now\r\n", tag + unavailable)
            self.held = True
            self._flush()

    def _pass(self, tag: bytes, name: bytes, line: bytes) -> None:
        if tag != b"*":
            self._tags[tag] = name
        self._current = tag
        self.toApplication(line)
        if name in (b"AUTHENTICATE", b"IDLE"):
            self._wait = _Wait.LOGIN if name == b"AUTHENTICATE" else _Wait.IDLE
        self.held = name in (b"AUTHENTICATE", b"IDLE", b"COMPRESS")

    # Our own answers

    def answer(self, octets: bytes) -> None:
        """
        Answer as soon as the application is between two replies.
        """
        self._answers.append(octets)
        self._flush()

    def _flush(self) -> None:
        if self._inReply or self._replyOctets or not self._greeted:
            return
        answers, self._answers = self._answers, []
        self.toClient(b"".join(answers))
        if self._upgrade is not None and not self._tags:
            upgrade, self._upgrade = self._upgrade, None
            self.startTls(upgrade)

    # From the application

    def _takeReply(self) -> bool:
        if self._replyOctets:
            octets = self._application.takeOctets(self._replyOctets)
            self._replyOctets -= len(octets)
            self.toClient(octets)
            return True
        if self._application.tooLong and self.demanded:
            self._outOfTurn(self._application.takeAll())
            return False
        if self._application.tooLong:
            # Lists of numbers may be long, and have nothing in them that concerns us.
            self._inReply = True
            self.toClient(self._application.takeAll())
            return True
        line = self._application.takeLine()
        if line is None:
            return False
        if self._inReply:
            self.toClient(line)
        else:
            self._reply(line)
        literal = _LITERAL.search(line)
        self._inReply = literal is not None
        self._replyOctets = int(literal[1]) if literal is not None else 0
        self._flush()
        return True

    def _reply(self, line: bytes) -> None:
        if not self._greeted:
            self._greeting(line)
        elif line.startswith(b"* ") and (not self.demanded or _STATUS.match(line)):
            self.toClient(self._announced(line))
        elif line.startswith(b"+"):
            self._goOn(line)
        else:
            self._completion(line)

    def _greeting(self, line: bytes) -> None:
        self._greeted = True
        kind = line[:9].upper()
        if kind.startswith(b"* PREAUTH"):
            self._authenticated = True
            if self.demanded:
                self.refuse(Refusal.DECLINED)
        elif not kind.startswith((b"* OK", b"* BYE")):
            self._outOfTurn(b"")
        self.toClient(self._announced(line))

    def _goOn(self, line: bytes) -> None:
        wait, self._wait = self._wait, _Wait.NOTHING
        if wait is _Wait.NOTHING:
            self._outOfTurn(line)
            return
        self.toClient(line)
        self.held = False
        if wait is _Wait.LITERAL:
            self._octets, self._literal = self._literal, 0
        else:
            self._raw = True
            self._wait = _Wait.LOGIN if wait is _Wait.LOGIN else _Wait.NOTHING

    def _completion(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        name = self._tags.pop(tag, None)
        if name is None:
            self._outOfTurn(line)
            return
        fine = rest[:2].upper() == b"OK"
        self._authenticated |= fine and name in (b"LOGIN", b"AUTHENTICATE")
        self.toClient(self._announced(line))
        if tag == self._current and (self._wait is not _Wait.NOTHING or name in (b"AUTHENTICATE", b"COMPRESS")):
            # What was waited for is not wanted.
            self._wait, self._raw, self._continued = _Wait.NOTHING, False, False
            self.held = self._upgrade is not None
        if fine and name == b"COMPRESS":
            # What follows is compressed (RFC 4978).
            self.becomeTransparent()

    def _announced(self, line: bytes) -> bytes:
        """
        Return a reply with what there is here, where it announces capabilities.
        """
        match = _CAPABILITIES.match(line)
        if match is None:
            return line
        kept = [each for each in match[1].split() if not self._isHidden(each.upper())]
        if not self.secure and not self._authenticated:
            kept += [b"STARTTLS", b"LOGINDISABLED"] if self.demanded else [b"STARTTLS"]
        return line[: match.start(1)] + b" ".join(kept) + line[match.end(1) :]

    def _isHidden(self, capability: bytes) -> bool:
        if capability == b"STARTTLS":
            return True
        return self.demanded and (capability in (b"LOGINDISABLED", b"SASL-IR") or capability.startswith(b"AUTH="))

    def _applicationLeft(self) -> None:
        rest = self._application.takeAll()
        if not self.demanded:
            self.toClient(rest)
        if not self.secure and (not self._greeted or any(name != b"LOGOUT" for name in self._tags.values())):
            self.refuse(Refusal.GONE)

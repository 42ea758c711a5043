"""
Where TLS is required, only what is known to be harmless gets to the application before it, whatever else the
application would understand; and nothing that the application says of its own accord gets to the client.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.ber import encoded
from sslpool.starttls.contract import Refusal, Security
from sslpool.starttls.ldap import response
from sslpool.starttls.protocols import PROTOCOLS
from tests.starttls.play import APPLICATION, CLIENT, Play, Step
from tests.starttls.scripts import (
    DO,
    FEATURES,
    GSS_REQUEST,
    LDAP_BIND,
    LDAP_START,
    STARTTLS,
    STARTUP,
    STREAM,
    WILL,
    ldap,
    ldapSearch,
    mysqlAnswer,
    mysqlGreeting,
    packet,
    startup,
)

SECRET = b"WORD-OF-THE-APPLICATION"
ROUNDS = 400


@frozen
class Case:
    """
    A protocol whose client must ask for TLS.

    @ivar protocol: the protocol.
    @ivar begin: what is said before.
    @ivar harmless: all that the application may ever hear, as a pattern.
    @ivar attempts: what a client may try.
    @ivar unasked: what the application says though nobody has asked.
    """

    protocol: str
    begin: tuple[Step, ...]
    harmless: re.Pattern[bytes]
    attempts: tuple[bytes, ...]
    unasked: tuple[bytes, ...]


def pattern(text: bytes) -> re.Pattern[bytes]:
    """
    Return a pattern of any number of requests.
    """
    return re.compile(rb"(?:" + text + rb")*", re.IGNORECASE | re.DOTALL)


def lines(*texts: bytes) -> tuple[bytes, ...]:
    """
    Return lines.
    """
    return tuple(text + b"\r\n" for text in texts)


_MAIL = lines(
    b"MAIL FROM:<a@b>",
    b"AUTH PLAIN AGEAYg==",
    b"XCLIENT LOGIN=a",
    b"XFORWARD ADDR=1.2.3.4",
    b"EXPN a",
    b"VRFY a",
    b"BDAT 13 LAST\r\nMAIL FROM:<a>",
    b"HELO c\rMAIL FROM:<a>",
    b"EHLO c\rMAIL FROM:<a>",
    b"EHLO c\r\0MAIL FROM:<a>",
    b"EHLO c\0\nMAIL FROM:<a>",
    b"EHLO c\x0bMAIL FROM:<a>",
    b"EHLO c\x85MAIL FROM:<a>",
    b"QUIT\rAUTH PLAIN x",
    b"\x08EHLO c",
    b"X-DATA",
    b"ATRN",
    b"ETRN a",
    b"SEND FROM:<a>",
    b"TURN",
    b"BURL imap://a",
)

CASES = (
    Case(
        "SMTP",
        ((APPLICATION, b"220 mail\r\n"),),
        pattern(rb" *(?:EHLO|LHLO|QUIT)(?: [ -~]*)?\r\n"),
        _MAIL,
        lines(b"250 " + SECRET, b"235 " + SECRET, b"220-" + SECRET + b"\r\n220 x", b"334 " + SECRET, SECRET),
    ),
    Case(
        "LMTP",
        ((APPLICATION, b"220 mail\r\n"),),
        pattern(rb" *(?:EHLO|LHLO|QUIT)(?: [ -~]*)?\r\n"),
        _MAIL,
        lines(b"250 " + SECRET),
    ),
    Case(
        "POP3",
        ((APPLICATION, b"+OK ready\r\n"),),
        pattern(rb" *(?:CAPA|QUIT)(?: [ -~]*)?\r\n"),
        lines(
            b"USER a",
            b"PASS a",
            b"APOP a 0123456789abcdef0123456789abcdef",
            b"XOIP 1.2.3.4",
            b"XCLIENT ADDR=1.2.3.4",
            b"AUTH",
            b"AUTH PLAIN AGEAYg==",
            b"LANG en",
            b"UTF8",
            b"RPOP a",
            b"CAPA\rUSER a",
            b"CAPA\x0cUSER a",
            b"CAPA\0USER a",
            b"CAPA\tUSER a",
            b"QUIT\r\0USER a",
        ),
        lines(b"+OK " + SECRET, b"-ERR " + SECRET, b"+ " + SECRET, SECRET),
    ),
    Case(
        "NNTP",
        ((APPLICATION, b"200 news\r\n"),),
        pattern(rb" *(?:CAPABILITIES|QUIT)(?: [ -~]*)?\r\n"),
        lines(
            b"AUTHINFO USER a",
            b"AUTHINFO SASL PLAIN AGEAYg==",
            b"AUTHINFO GENERIC a",
            b"MODE READER",
            b"MODE STREAM",
            b"XAUTHINFO a",
            b"IHAVE <a>",
            b"TAKETHIS <a>\r\nx\r\n.",
            b"POST",
            b"XHDR from 1",
            b"CAPABILITIES\rAUTHINFO USER a",
            b"CAPABILITIES\x1eAUTHINFO USER a",
            b"QUIT\0AUTHINFO USER a",
        ),
        lines(b"281 " + SECRET, b"215 " + SECRET, b"101 " + SECRET, SECRET),
    ),
    Case(
        "IMAP",
        ((APPLICATION, b"* OK ready\r\n"),),
        pattern(rb"[^\s(){%*\"\\+]+ +(?:CAPABILITY|LOGOUT) *\r\n"),
        lines(
            b"a LOGIN a b",
            b"a LOGIN {1+}\r\na {1+}\r\nb",
            b"a AUTHENTICATE PLAIN AGEAYg==",
            b"a UID LOGIN a b",
            b'a ID ("x" "y")',
            b"a XOIP 1.2.3.4",
            b"a X-LOGIN a b",
            b"a SELECT INBOX",
            b"a NOOP {13+}\r\nb LOGIN a b\r\n",
            b"a CAPABILITY {13+}\r\nb LOGIN a b\r\n",
            b"a LOGOUT {13+}\r\nb LOGIN a b\r\n",
            b"a CAPABILITY {13}\r\nb LOGIN a b\r\n",
            b"a STARTTLS {13+}\r\nb LOGIN a b\r\n",
            b"a CAPABILITY ~{13+}\r\nb LOGIN a b\r\n",
            b"a CAPABILITY\rb LOGIN a b",
            b"a CAPABILITY\x0bb LOGIN a b",
            b"a NOOP\rb LOGIN a b",
            b"a\tLOGIN a b",
            b"* LOGIN a b",
            b"+ LOGIN a b",
            b'a "LOGIN" a b',
            b"a CAPABILITY b LOGIN",
        ),
        lines(
            b"* 1 FETCH (BODY[] " + SECRET + b")",
            b"* LIST () " + SECRET,
            b"a OK " + SECRET,
            b"+ " + SECRET,
            b"* FLAGS {1}\r\n" + SECRET,
            b"* SEARCH " + SECRET + b" 1" * 60000,
        ),
    ),
    Case(
        "FTP",
        ((APPLICATION, b"220 files\r\n"),),
        pattern(rb"(?:FEAT|QUIT)(?: [ -~]*)?\r\n"),
        lines(
            b"USER a",
            b"PASS a",
            b"PASV",
            b"P@SW",
            b" PASV",
            b"pasv",
            b"XPASV",
            b"LPSV",
            b"SPSV",
            b"PORT 192,0,2,1,19,137",
            b"LPRT 4,4,192,0,2,1,2,19,137",
            b"SITE EXEC x",
            b"STAT",
            b"ABOR",
            b"FEAT\rUSER a",
            b"FEAT\r\0USER a",
            b"FEAT\0USER a",
            b"\xff\xf4\xffUSER a",
            b"\xff\xf4\xff\xf2ABOR",
            b"US\xff\xf1ER a",
        ),
        lines(b"230 " + SECRET, b"150 " + SECRET, b"227 " + SECRET, b"230-" + SECRET, SECRET),
    ),
    Case(
        "LDAP",
        (),
        pattern(rb"\x30.\x02\x01.\x63.\x04\0\x0a\x01\0.{0,60}(?:supportedExtension|\+)|\x30\x05\x02\x01.\x42\0"),
        (
            LDAP_BIND,
            ldap(2, 0x60, encoded(2, b"\3"), encoded(4), encoded(0xA3, encoded(4, b"EXTERNAL"))),
            b"\x30\x84\0\0\0\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0",
            b"\x30\x81\x0c\2\1\1\x60\x81\x06\2\1\3\4\0\x80",
            b"\x30\x0e\2\4\0\0\0\1\x60\x06\2\1\3\4\0\x80",
            ldapSearch(3, b"dc=a", 2, b"cn"),
            ldapSearch(3, b"", 2, b"supportedExtension"),
            ldapSearch(3, b"", 0, b"supportedExtension").replace(b"\x04\0\x0a\x01\0", b"\x0c\0\x0a\x01\0"),
            encoded(0x30, encoded(2, b"\3"), encoded(0x42, LDAP_BIND)),
            encoded(0x30, encoded(2, b"\3"), encoded(0x42), LDAP_BIND),
            encoded(0x30, encoded(2, b"\3"), ldapSearch(3, b"", 0, b"+")[5:], LDAP_BIND),
            ldap(4, 0x77, encoded(0x80, b"1.3.6.1.4.1.4203.1.11.3")),
            ldap(5, 0x77, encoded(0x80, b"1.3.6.1.4.1.1466.20037"), encoded(0x81, b"x" * 70000)),
            ldap(6, 0x4A, b"cn=a"),
            ldap(7, 0x7F, b"x"),
        ),
        (
            ldap(9, 0x64, encoded(4, SECRET), encoded(0x30)),
            ldap(0, 0x64, encoded(4, SECRET), encoded(0x30)),
            ldap(0, 0x61, encoded(10, b"\0"), encoded(4), encoded(4, SECRET)),
            SECRET,
        ),
    ),
    Case(
        "POSTGRESQL",
        (),
        re.compile(rb"(?:\0\0[\0\1].\x04\xd2\x16\x2e.*)?", re.DOTALL),
        (
            STARTUP,
            startup(131072, b"user"),
            startup(196610, b"user\0a\0\0"),
            GSS_REQUEST + STARTUP,
            startup(80877102, bytes(8)) + STARTUP,
            startup(80877102, bytes(400)),
            startup(80877103, b"x"),
            b"Q\0\0\0\x06;\0",
            b"p\0\0\0\x06a\0",
            STARTUP[:9],
        ),
        (b"R\0\0\0\x08" + SECRET, b"N" + SECRET, b"S" + SECRET, SECRET),
    ),
    Case(
        "MYSQL",
        ((APPLICATION, mysqlGreeting(0xF7FF)),),
        re.compile(rb""),
        (
            mysqlAnswer(1, 0xFF),
            mysqlAnswer(1, 0x8FF),
            mysqlAnswer(2, 0xFF),
            mysqlAnswer(0, 0xFF),
            packet(1, b"\x05\x00\0\0\1a\0b"),
            packet(1, b"\x8d\x00\0\0\1" + b"a" * 40),
            packet(0, b"\x11user\0" + bytes(30)),
            packet(0, b"\x03SELECT 1" + bytes(30)),
            packet(1, bytes(70000)),
        ),
        (packet(2, b"\0" + SECRET), packet(1, b"\xff\x15\x04" + SECRET), SECRET),
    ),
    Case(
        "XMPP",
        ((CLIENT, STREAM), (APPLICATION, STREAM + FEATURES)),
        re.compile(re.escape(STREAM) + rb"(?:</stream:stream>)?"),
        (
            b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>",
            b"<iq type='set'><query xmlns='jabber:iq:auth'><username>a</username></query></iq>",
            b"<db:result xmlns:db='jabber:server:dialback' to='a' from='b'>k</db:result>",
            b"</stream:stream><stream:stream><auth/>",
            b"</stream:stream>text",
            b"</x>" + b"<auth/>",
            b"</stream:features><auth/>",
            b"text<message/>",
            b"text",
            b"<a:starttls xmlns:a='urn:other'/>",
            b"<starttls/>",
            b"<![CDATA[<auth/>]]>",
            b"<?xml version='1.0'?><auth/>",
            STREAM,
            b"<authenticate xmlns='urn:xmpp:sasl:2'/>",
            b"<message",
        ),
        (
            b"<success>" + SECRET,
            b"<message><body>" + SECRET + b"</body></message>",
            SECRET,
            b"<stream:features>" + SECRET,
            STREAM + SECRET,
        ),
    ),
    Case(
        "TELNET",
        (),
        re.compile(rb""),
        (b"me\r\n", b"\xff\xfb\x18", b"\xff\xfa\x18\0x\xff\xf0", b"\xff\xf4", WILL + b"me\r\n", DO, b"\0\r\n", b"\xff"),
        (SECRET, b"\xff\xfd\x18" + SECRET),
    ),
)


def pieces(octets: bytes, dice: random.Random) -> Iterator[bytes]:
    """
    Yield octets in pieces.
    """
    while octets:
        length = dice.randint(1, len(octets))
        yield octets[:length]
        octets = octets[length:]


def mutated(octets: bytes, dice: random.Random) -> bytes:
    """
    Return octets with some changes that applications differ about.
    """
    changed = bytearray(octets)
    for _ in range(dice.randint(0, 3)):
        at = dice.randint(0, len(changed))
        kind = dice.randrange(5)
        if kind == 0:
            changed[at:at] = dice.choice(
                (b"\0", b"\r", b"\n", b" ", b"\t", b"\x0b", b"\x7f", b"\xff", b"\x85", b"\x1b")
            )
        elif kind == 1:
            changed[at : at + 1] = bytes(changed[at : at + 1]).swapcase()
        elif kind == 2:
            changed = bytearray(bytes(changed).replace(b"\r\n", dice.choice((b"\n", b"\r\r\n", b"\r", b"\r\0"))))
        elif kind == 3:
            del changed[at : at + 1]
        else:
            changed[at:at] = dice.randbytes(2)
    return bytes(changed)


class RequiredTests(SynchronousTestCase):
    """
    Every protocol with REQUIRED.
    """

    def begun(self, case: Case) -> Play:
        """
        Return a dialogue that has begun.
        """
        play = Play(PROTOCOLS[case.protocol](Security.REQUIRED)).play(case.begin)
        self.assertIsNone(play.refusal)
        return play

    def harmless(self, case: Case, play: Play, about: object) -> None:
        """
        The application has heard nothing but what is known.
        """
        self.assertEqual(play.secured, 0, (case.protocol, about))
        self.assertIsNotNone(case.harmless.fullmatch(play.application), (case.protocol, about, play.application))
        self.assertFalse(play.negotiator.transparent, (case.protocol, about))

    def test_everyProtocol(self) -> None:
        """
        There is a case for each; TN3270 is Telnet.
        """
        self.assertEqual({case.protocol for case in CASES} | {"TN3270"}, set(PROTOCOLS))

    def test_attempts(self) -> None:
        """
        Each attempt, whole and octet by octet, alone and after another, and at the end of the client's output.
        """
        for case in CASES:
            for attempt in case.attempts:
                for parts in ([attempt], [attempt[i : i + 1] for i in range(len(attempt))], [attempt, *case.attempts]):
                    play = self.begun(case)
                    for part in parts:
                        if not play.starting:
                            play.say(CLIENT, part)
                    self.harmless(case, play, attempt[:80])
                    play._do(play.negotiator.clientEnded())
                    self.harmless(case, play, attempt[:80])

    def test_unfinished(self) -> None:
        """
        What has no end when the client ends its output does not get to the application.
        """
        for case in CASES:
            for attempt in case.attempts:
                for length in range(1, min(len(attempt), 100)):
                    play = self.begun(case)
                    play.say(CLIENT, attempt[:length])
                    play._do(play.negotiator.clientEnded())
                    self.harmless(case, play, attempt[:length])

    def test_mutations(self) -> None:
        """
        Attempts with changes, some in a row, in any pieces.
        """
        dice = random.Random(673)
        for case in CASES:
            for _ in range(ROUNDS):
                said = b"".join(mutated(dice.choice(case.attempts), dice) for _ in range(dice.randint(1, 4)))
                play = self.begun(case)
                for piece in pieces(said, dice):
                    if not play.starting:
                        play.say(CLIENT, piece)
                if not play.starting:
                    play._do(play.negotiator.clientEnded())
                self.harmless(case, play, said[:200])

    def test_unasked(self) -> None:
        """
        What the application says before TLS though nobody has asked ends the dialogue, and the client hears
        nothing of it; neither does it of half a word with which the application leaves.
        """
        for case in CASES:
            for said in case.unasked:
                play = self.begun(case).play([(APPLICATION, said)])
                self.assertIs(play.refusal, Refusal.APPLICATION, (case.protocol, said[:80]))
                self.assertNotIn(SECRET, play.client, (case.protocol, said[:80]))
                play = self.begun(case).play([(APPLICATION, said[:-2])])
                play._do(play.negotiator.applicationEnded())
                self.assertNotIn(SECRET, play.client, (case.protocol, said[:80]))

    def test_afterRefusal(self) -> None:
        """
        The same after attempts that were refused.
        """
        for case in CASES:
            for attempt in case.attempts:
                play = self.begun(case).play([(CLIENT, attempt)])
                play.heard()
                play.play([(APPLICATION, case.unasked[0])])
                if not re.search(rb"EHLO|LHLO|QUIT|CAPA|FEAT|LOGOUT", attempt, re.IGNORECASE):
                    self.assertNotIn(SECRET, play.client, (case.protocol, attempt[:80]))

    def test_stillWorks(self) -> None:
        """
        A notice with which a directory leaves gets to the client, as does the farewell of others; and a client may
        have a name in letters of its own.
        """
        notice = response(b"\0", 0x78, 52, b"bye", b"1.3.6.1.4.1.1466.20036")
        for protocol, farewell in (
            ("LDAP", notice),
            ("SMTP", b"421 bye\r\n"),
            ("IMAP", b"* BYE bye\r\n"),
            ("FTP", b"421 bye\r\n"),
            ("NNTP", b"400 bye\r\n"),
            ("XMPP", b"<stream:error><conflict/></stream:error></stream:stream>"),
        ):
            [case] = [each for each in CASES if each.protocol == protocol]
            play = self.begun(case)
            play.heard()
            play.play([(APPLICATION, farewell)])
            self.assertEqual((play.client, play.refusal), (farewell, None), protocol)
        play = Play(PROTOCOLS["SMTP"](Security.REQUIRED)).play([(APPLICATION, b"220 mail\r\n")])
        self.assertEqual(play.play([(CLIENT, b"EHLO \xc3\x85land\n")]).application, b"EHLO ??land\r\n")
        self.assertEqual(Play(PROTOCOLS["LDAP"](Security.REQUIRED)).play([(CLIENT, LDAP_START)]).secured, 1)
        play = Play(PROTOCOLS["XMPP"](Security.REQUIRED)).play(
            [(CLIENT, b" " + STREAM), (APPLICATION, STREAM + FEATURES)]
        )
        self.assertEqual(play.play([(CLIENT, b"\n" + STARTTLS)]).secured, 1)

"""
Dialogues of every protocol, as both sides say them.  Tests only.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.starttls.contract import Security
from tests.starttls.play import APPLICATION, CLIENT, Step

ALLOWED, PREFERRED, REQUIRED = Security.ALLOWED, Security.PREFERRED, Security.REQUIRED


@frozen
class Script:
    """
    A dialogue.

    @ivar name: what it is about.
    @ivar protocol: its protocol.
    @ivar steps: who says what, TLS beginning after the step in which it is agreed.
    @ivar securities: what the application's entry may say for it.
    @ivar request: for an injection: the last of the request for TLS.
    @ivar extra: for an injection: what follows it.
    """

    name: str
    protocol: str
    steps: tuple[Step, ...]
    securities: tuple[Security, ...] = (ALLOWED, REQUIRED)
    request: bytes = b""
    extra: bytes = b""


def script(name: str, protocol: str, *steps: Step, securities: tuple[Security, ...] = (ALLOWED, REQUIRED)) -> Script:
    """
    Return a dialogue.
    """
    return Script(name, protocol, steps, securities)


def c(octets: bytes) -> Step:
    """
    The client says something.
    """
    return CLIENT, octets


def a(octets: bytes) -> Step:
    """
    The application says something.
    """
    return APPLICATION, octets


MAIL = (
    c(b"EHLO c\r\n"),
    a(b"250-mail\r\n250-AUTH PLAIN\r\n250 SIZE 1000\r\n"),
    c(b"MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"),
    a(b"250 ok\r\n250 ok\r\n354 go\r\n"),
    c(b"STARTTLS\r\n..\r\n.\r\n"),
    a(b"250 taken\r\n"),
    c(b"QUIT\r\n"),
    a(b"221 bye\r\n"),
)

SCRIPTS = (
    script(
        "SMTP",
        "SMTP",
        a(b"220-mail\r\n220 ready\r\n"),
        c(b"EHLO c\r\n"),
        a(b"250-mail\r\n250 STARTTLS\r\n"),
        c(b"STARTTLS\r\n"),
        *MAIL,
    ),
    script("SMTP in cleartext", "SMTP", a(b"220 mail\r\n"), *MAIL, securities=(ALLOWED,)),
    script(
        "LMTP",
        "LMTP",
        a(b"220 mail\r\n"),
        c(b"LHLO c\r\n"),
        a(b"250 mail\r\n"),
        c(b"STARTTLS\r\n"),
        *((side, octets.replace(b"EHLO", b"LHLO")) for side, octets in MAIL),
    ),
    script(
        "POP3",
        "POP3",
        a(b"+OK ready\r\n"),
        c(b"CAPA\r\n"),
        a(b"+OK\r\nTOP\r\nUSER\r\n.\r\n"),
        c(b"STLS\r\n"),
        c(b"USER a\r\n"),
        a(b"+OK\r\n"),
        c(b"PASS b\r\nRETR 1\r\nSTLS\r\n"),
        a(b"+OK\r\n+OK\r\na\r\n..\r\n.\r\n"),
        c(b"QUIT\r\n"),
        a(b"+OK\r\n"),
    ),
    script(
        "NNTP",
        "NNTP",
        a(b"200 news\r\n"),
        c(b"CAPABILITIES\r\n"),
        a(b"101 list\r\nVERSION 2\r\nAUTHINFO USER\r\n.\r\n"),
        c(b"STARTTLS\r\n"),
        c(b"GROUP a\r\nLISTGROUP a\r\nPOST\r\n"),
        a(b"211 1 1 1 a\r\n211 1\r\n1\r\n.\r\n340 go\r\n"),
        c(b"STARTTLS\r\n.\r\n"),
        a(b"240 taken\r\n"),
    ),
)


def injection(
    protocol: str,
    *steps: Step,
    request: bytes,
    extra: bytes,
    securities: tuple[Security, ...] = (ALLOWED, REQUIRED),
) -> Script:
    """
    Return an attempt to have cleartext taken for what came over TLS.
    """
    return Script(f"injection into {protocol}", protocol, steps, securities, request, extra)


INJECTIONS = (
    injection("SMTP", a(b"220 mail\r\n"), request=b"STARTTLS\r\n", extra=b"MAIL FROM:<evil>\r\n"),
    injection("LMTP", a(b"220 mail\r\n"), request=b"STARTTLS\r\n", extra=b"MAIL FROM:<evil>\r\n"),
    injection("POP3", a(b"+OK ready\r\n"), request=b"STLS\r\n", extra=b"USER evil\r\n"),
    injection("NNTP", a(b"200 news\r\n"), request=b"STARTTLS\r\n", extra=b"GROUP evil\r\n"),
)

GARBAGE = (
    b"x" * 4096,
    b"\xff" * 4096,
    b"\0" * 4096,
    b"\x16\x03\x01\xff\xff" * 800,
    b"x\r\n" * 1000,
    b"<" * 4096,
    b"a LOGIN {1000000000+}\r\n" * 100,
    b"\x30\x84\xff\xff\xff\xff" + b"\x02" * 4096,
    b"\x00\x00\x27\x10\x00\x03\x00\x00" + b"x" * 4096,
    b"\xff\xff\xff\x01" + b"x" * 4096,
    b"\xff\xfa\x18" + b"y" * 4096,
)

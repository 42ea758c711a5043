"""
Dialogues of every protocol, as both sides say them.  Tests only.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.starttls.ber import encoded
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


def startup(code: int, *rest: bytes) -> bytes:
    """
    Return a first packet of PostgreSQL.
    """
    body = code.to_bytes(4, "big") + b"".join(rest)
    return (len(body) + 4).to_bytes(4, "big") + body


def packet(sequence: int, body: bytes) -> bytes:
    """
    Return a packet of MySQL.
    """
    return len(body).to_bytes(3, "little") + bytes([sequence]) + body


def mysqlGreeting(flags: int) -> bytes:
    """
    Return the first packet of a MySQL server.
    """
    return packet(0, b"\x0a10.11\0" + b"\x01\0\0\0" + b"nonce678\0" + flags.to_bytes(2, "little") + b"\x21" * 20)


def mysqlAnswer(sequence: int, flags: int, rest: bytes = b"user\0") -> bytes:
    """
    Return a MySQL client's answer to it.
    """
    return packet(sequence, flags.to_bytes(4, "little") + b"\0\0\0\1\x21" + bytes(23) + rest)


def ldap(identifier: int, kind: int, *contents: bytes) -> bytes:
    """
    Return an LDAP message.
    """
    return encoded(0x30, encoded(2, bytes([identifier])), encoded(kind, *contents))


def ldapResult(identifier: int, kind: int, code: int = 0) -> bytes:
    """
    Return an LDAP response.
    """
    return ldap(identifier, kind, encoded(10, bytes([code])), encoded(4), encoded(4))


START_TLS_OID = b"1.3.6.1.4.1.1466.20037"
LDAP_START = ldap(1, 0x77, encoded(0x80, START_TLS_OID))
LDAP_BIND = ldap(2, 0x60, encoded(2, b"\3"), encoded(4, b"cn=a"), encoded(0x80, b"secret"))


def ldapSearch(identifier: int, base: bytes, scope: int, *attributes: bytes) -> bytes:
    """
    Return a search.
    """
    names = [encoded(4, each) for each in attributes]
    limits = [encoded(10, b"\0"), encoded(2, b"\0"), encoded(2, b"\0"), encoded(1, b"\0")]
    filtering = encoded(0x87, b"objectClass")
    head = [encoded(4, base), encoded(10, bytes([scope]))]
    return ldap(identifier, 0x63, *head, *limits, filtering, encoded(0x30, *names))


def ldapEntry(identifier: int, name: bytes, **attributes: list[bytes]) -> bytes:
    """
    Return an entry that was found.
    """
    pairs = [
        encoded(0x30, encoded(4, key.encode()), encoded(0x31, *(encoded(4, each) for each in values)))
        for key, values in attributes.items()
    ]
    return ldap(identifier, 0x64, encoded(4, name), encoded(0x30, *pairs))


SSL_REQUEST, GSS_REQUEST = startup(80877103), startup(80877104)
STARTUP = startup(196608, b"user\0a\0\0")
TLS12_HELLO = b"\x16\x03\x01\0\x05hello"
DO, WILL, FOLLOWS = b"\xff\xfd\x2e", b"\xff\xfb\x2e", b"\xff\xfa\x2e\x01\xff\xf0"
STREAM = b"<?xml version='1.0'?><stream:stream to='a>b' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
FEATURES = (
    b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    b"<mechanism>PLAIN</mechanism></mechanisms></stream:features>"
)
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

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
        "FTP",
        "FTP",
        a(b"220-files\r\nhere\r\n220 ready\r\n"),
        c(b"FEAT\r\n"),
        a(b"211-Features:\r\n SIZE\r\n AUTH SSL\r\n211 End\r\n"),
        c(b"AUTH TLS\r\n"),
        c(b"PBSZ 0\r\nPROT P\r\nUSER a\r\nPASS b\r\nCCC\r\nEPSV\r\nRETR x\r\n"),
        a(b"331 word\r\n230 in\r\n229 go (|||2000|)\r\n150 here\r\n226 done\r\n"),
        c(b"PORT 192,0,2,1,19,137\r\nSTOR x\r\n"),
        a(b"200 ok\r\n150 here\r\n"),
        c(b"\xff\xf4\xffABOR\r\nPASV\r\nQUIT\r\n"),
        a(b"426 no\r\n226 done\r\n227 go (192,0,2,7,7,208).\r\n221 bye\r\n"),
    ),
    script(
        "FTP in cleartext",
        "FTP",
        a(b"220 files\r\n"),
        c(b"USER a\r\nPASS b\r\nEPSV ALL\r\nEPSV 1\r\nLIST\r\n"),
        a(b"331 word\r\n230 in\r\n200 all\r\n229 (|||2000|)\r\n125 here\r\n"),
        c(b"STAT\r\nNOOP\r\n"),
        a(b"211-now\r\n 211 some\r\n211 end\r\n226 done\r\n200 ok\r\n"),
        securities=(ALLOWED,),
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
    script(
        "IMAP",
        "IMAP",
        a(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n"),
        c(b"a CAPABILITY\r\n"),
        a(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na OK done\r\n"),
        c(b"b STARTTLS\r\n"),
        c(b"c LOGIN {8}\r\n"),
        a(b"+ go\r\n"),
        c(b"STARTTLS {5+}\r\nx\r\nyz\r\n"),
        a(b"* CAPABILITY IMAP4rev1\r\nc OK in\r\n"),
        c(b"d FETCH 1 BODY[]\r\ne STARTTLS\r\n"),
        a(b"* 1 FETCH (BODY[] {12}\r\ne OK no\r\n* x)\r\nd OK done\r\n"),
        c(b"f IDLE\r\n"),
        a(b"+ idling\r\n* 2 EXISTS\r\n"),
        c(b"DONE\r\ng LOGOUT\r\n"),
        a(b"f OK done\r\n* BYE\r\ng OK\r\n"),
    ),
    script(
        "PostgreSQL",
        "POSTGRESQL",
        c(GSS_REQUEST),
        c(SSL_REQUEST),
        c(STARTUP),
        a(b"R\0\0\0\x08\0\0\0\0"),
        c(b"Q\0\0\0\x06;\0"),
    ),
    script("PostgreSQL in cleartext", "POSTGRESQL", c(SSL_REQUEST), c(STARTUP), a(b"R"), securities=(ALLOWED,)),
    script("TLS at once", "POSTGRESQL", c(TLS12_HELLO), c(STARTUP), a(b"R")),
    script(
        "MySQL",
        "MYSQL",
        a(mysqlGreeting(0xF7FF)),
        c(mysqlAnswer(1, 0x8FF, b"")),
        c(mysqlAnswer(2, 0x8FF)),
        a(packet(2, b"\xfeplugin\0data")),
        c(packet(4, b"digest")),
        a(packet(4, b"\0\0\0\2\0\0\0")),
        c(packet(0, b"\x03SELECT 1")),
        a(packet(1, b"\1")),
    ),
    script(
        "MySQL in cleartext",
        "MYSQL",
        a(mysqlGreeting(0xF7FF)),
        c(mysqlAnswer(1, 0x0FF)),
        a(packet(2, b"\0\0\0\2\0\0\0")),
        securities=(ALLOWED,),
    ),
    script(
        "LDAP",
        "LDAP",
        c(ldapSearch(1, b"", 0, b"supportedExtension")),
        a(ldapEntry(1, b"", supportedExtension=[b"1.2.3"]) + ldapResult(1, 0x65)),
        c(LDAP_START),
        c(LDAP_BIND),
        a(ldapResult(2, 0x61)),
        c(LDAP_START + ldapSearch(3, b"dc=a", 2)),
        a(ldapEntry(3, b"cn=a,dc=a", cn=[b"a"]) + ldapResult(3, 0x65)),
        c(ldap(4, 0x42)),
    ),
    script(
        "XMPP", "XMPP", c(STREAM), a(STREAM + FEATURES), c(STARTTLS), c(STREAM), a(STREAM + FEATURES), c(b"<auth/>")
    ),
    script(
        "XMPP in cleartext",
        "XMPP",
        c(STREAM),
        a(STREAM + b"<stream:features/>"),
        c(b"<auth>" + STARTTLS + b"</auth>"),
        a(b"<success/>"),
        securities=(ALLOWED,),
    ),
    script(
        "Telnet asks",
        "TELNET",
        c(WILL + FOLLOWS),
        a(b"login: "),
        c(b"me\r\n\xff\xff" + WILL),
        securities=(PREFERRED, REQUIRED),
    ),
    script("Telnet in two steps", "TELNET", c(WILL), c(FOLLOWS), c(b"me"), securities=(PREFERRED, REQUIRED)),
    script("Telnet is asked", "TELNET", a(b"login: "), c(b"m" + WILL), c(FOLLOWS), c(b"e"), securities=(ALLOWED,)),
    script("Telnet declines", "TELNET", c(b"x\xff\xfc\x2ey"), a(b"login: "), securities=(PREFERRED, REQUIRED)),
    script("TN3270", "TN3270", c(WILL + FOLLOWS), a(b"\xff\xfd\x28"), securities=(PREFERRED, REQUIRED)),
)


def injection(
    protocol: str, *steps: Step, request: bytes, extra: bytes, securities: tuple[Security, ...] = (ALLOWED, REQUIRED)
) -> Script:
    """
    Return an attempt to have cleartext taken for what came over TLS.
    """
    return Script(f"injection into {protocol}", protocol, steps, securities, request, extra)


INJECTIONS = (
    injection("SMTP", a(b"220 mail\r\n"), request=b"STARTTLS\r\n", extra=b"MAIL FROM:<evil>\r\n"),
    injection("FTP", a(b"220 files\r\n"), request=b"AUTH TLS\r\n", extra=b"USER evil\r\n"),
    injection("LMTP", a(b"220 mail\r\n"), request=b"STARTTLS\r\n", extra=b"MAIL FROM:<evil>\r\n"),
    injection("POP3", a(b"+OK ready\r\n"), request=b"STLS\r\n", extra=b"USER evil\r\n"),
    injection("NNTP", a(b"200 news\r\n"), request=b"STARTTLS\r\n", extra=b"GROUP evil\r\n"),
    injection("IMAP", a(b"* OK ready\r\n"), request=b"a STARTTLS\r\n", extra=b"b LOGIN evil evil\r\n"),
    injection("POSTGRESQL", request=SSL_REQUEST, extra=STARTUP),
    injection("MYSQL", a(mysqlGreeting(0xF7FF)), request=mysqlAnswer(1, 0x8FF, b""), extra=mysqlAnswer(2, 0xFF)),
    injection("LDAP", request=LDAP_START, extra=LDAP_BIND),
    injection("XMPP", c(STREAM), a(STREAM + FEATURES), request=STARTTLS, extra=STREAM),
    injection("XMPP", request=STREAM + STARTTLS, extra=b"<auth/>"),
    injection("TELNET", request=WILL + FOLLOWS, extra=b"evil\r\n", securities=(PREFERRED, REQUIRED)),
    injection("TELNET", request=b"evil\r\n" + WILL, extra=FOLLOWS, securities=(PREFERRED, REQUIRED)),
    injection("TELNET", a(b"login: "), request=WILL, extra=b"evil\r\n" + FOLLOWS, securities=(ALLOWED,)),
    injection("TN3270", request=WILL + FOLLOWS, extra=b"\xff\xfb\x28", securities=(PREFERRED, REQUIRED)),
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

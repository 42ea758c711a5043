"""
Clients and remote hosts whose certificates have odd names, from authorities that are trusted and from none:
the TLS library and the rules decide, and whatever is in the certificate is shown.
"""

from __future__ import annotations

import ssl
from itertools import count

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armor import enclosed
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Credential
from sslpool.tls import verification
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.detail import detailOf
from sslpool.tls.outbound import mismatch
from sslpool.tls.peers import PeerCertificate, Trust, peerCertificateOf
from tests.derwriting import (
    BMP,
    CN,
    CRL_POINTS,
    NAME_CONSTRAINTS,
    ORGANIZATION,
    OU,
    PRINTABLE,
    TELETEX,
    UTF8,
    Draft,
    Written,
    alternatives,
    name,
    nameOf,
)
from tests.doubles.certificates import Authority, makeAuthority, makeServer, newKey
from tests.tls.meeting import VERSIONS, authority
from tests.tls.reception import POLICY, Received, portPolicy, reception, showing

KEY = newKey()
CLIENTS = makeAuthority("Clients CA")
SERVER = makeServer(authority(), label="A")
SERIALS = count(256)
ODD_NAME = enclosed(0xA4, name((CN, PRINTABLE, b"a_b")))
MARIA = (CN, UTF8, b"maria")

SUBJECTS: tuple[tuple[bytes, str], ...] = (
    (name((ORGANIZATION, PRINTABLE, b"a_&@*"), MARIA), "CN=maria,O=a_&@*"),
    (name((ORGANIZATION, TELETEX, b"Gr\xfcn"), MARIA), "CN=maria,O=Grün"),
    (name((ORGANIZATION, 3, b"\0ab"), MARIA), "CN=maria,O=#0303006162"),
    (name((ORGANIZATION, 9, b"ab"), MARIA), "CN=maria,O=#09026162"),
    (name((ORGANIZATION, BMP, b"\0\0\0a"), MARIA), "CN=maria,O=\\00a"),
    (nameOf([[], [MARIA], []]), "CN=maria"),
)
"""
Subjects with the common name maria, and how they are shown.
"""

EXTENSIONS: tuple[Written, ...] = (
    alternatives((0xA4, name((CN, PRINTABLE, b"a_b")))),
    alternatives((0xA3, b"\x30\0")),
    alternatives((0xA5, b"\xa1\3\x0c\1a")),
    alternatives((0x82, "grün.example".encode())),
    alternatives((0x88, b"\x2a\3\4")),
    (CRL_POINTS, False, enclosed(0x30, enclosed(0x30, enclosed(0xA0, enclosed(0xA0, ODD_NAME))))),
    (f"2.{10**80}.1", False, b"x"),
)
"""
Extensions, to each of which something is odd.
"""


class ClientTests(SynchronousTestCase):
    """
    Clients.
    """

    def meet(
        self,
        draft: Draft,
        level: str = "PREFERRED",
        version: ssl.TLSVersion = VERSIONS[1],
        issuer: Authority | None = CLIENTS,
        rules: tuple[tuple[str, str], ...] = (("CN", "maria"),),
    ) -> tuple[PeerCertificate, str, dict[str, object]]:
        """
        Have a client show its certificate; return what is known of it, as what it was shown before and
        what programs hear.
        """
        draft = evolve(draft, serial=next(SERIALS).to_bytes(2, "big"))
        certificate = draft.selfSigned() if issuer is None else draft.issuedBy(issuer)
        client = Credential("CLIENT", readOr(certificate), (), KEY)
        at = reception(portPolicy("A", check=level, rules=rules), SERVER, trust=Trust((CLIENTS.certificate,)))
        anchor = makeAnchor(POLICY)
        context = showing(client, self.mktemp(), version)
        first = Received(at, context, anchor=anchor)
        self.addCleanup(first.close)
        standing = peerCertificateOf(first.shake().server)
        again = Received(at, context, session=first.client.session, anchor=anchor)
        self.addCleanup(again.close)
        self.assertEqual(peerCertificateOf(again.shake().server), standing)
        self.assertTrue(again.client.session_reused)
        self.assertEqual(verification.takeFaults(), [])
        detail = detailOf(first.server)["certificate"]
        return standing, client.certificate.shown, detail

    def test_subjects(self) -> None:
        """
        Of a trusted authority they are as all others, at each level and in each version, and their rule is found.
        """
        for subject, shown in SUBJECTS:
            for level in ("PREFERRED", "REQUIRED"):
                for version in VERSIONS:
                    standing, _, detail = self.meet(Draft(KEY, subject), level, version)
                    self.assertEqual((standing, detail["subject"]), (PeerCertificate(shown), shown))

    def test_extensions(self) -> None:
        """
        Nor does an extension in which nobody can read all.
        """
        for each in EXTENSIONS:
            standing, _, _ = self.meet(Draft(KEY, name(MARIA), (each,)), "REQUIRED")
            self.assertEqual(standing, PeerCertificate("CN=maria"))

    def test_constraints(self) -> None:
        """
        Nor what an authority says of names that are odd.
        """
        key = newKey()
        constraints = (NAME_CONSTRAINTS, False, enclosed(0x30, enclosed(0xA1, enclosed(0x30, ODD_NAME))))
        draft = Draft(key, name((CN, PRINTABLE, b"a_b")), (constraints,))
        middle = Certificate.of(draft.asAuthority().issuedBy(CLIENTS))
        below = Authority(middle, key)
        der = Draft(KEY, name(MARIA)).issuedBy(below)
        at = reception(portPolicy("A", check="REQUIRED"), SERVER, trust=Trust((CLIENTS.certificate,)))
        meeting = Received(at, showing(Credential("C", Certificate.of(der), (middle,), KEY), self.mktemp()))
        self.addCleanup(meeting.close)
        self.assertEqual(peerCertificateOf(meeting.shake().server), PeerCertificate("CN=maria"))

    def test_anonymous(self) -> None:
        """
        Of no authority they are not trusted, shown, and let in where that is not asked for.
        """
        for subject, shown in SUBJECTS:
            standing, _, _ = self.meet(Draft(KEY, subject), issuer=None)
            self.assertEqual((standing.subject, standing.objection), (shown, "self-signed certificate"))

    def test_rules(self) -> None:
        """
        A name that can be read in two ways, or in none, fits no rule; one beside it does.
        """
        fit, none = "", "no rule of :clientcert. matches its names"
        host, odd = (0x82, b"host.example"), (0x82, b"\xff.example")
        for draft, rule, expected in (
            (Draft(KEY, name((CN, 3, b"\0maria"))), ("CN", "*"), none),
            (Draft(KEY, name((CN, UTF8, b"maria\0x"))), ("CN", "maria*"), none),
            (Draft(KEY, name((CN, PRINTABLE, b"maria\xfc"))), ("CN", "maria*"), none),
            (Draft(KEY, name((CN, 3, b"\0maria"), MARIA)), ("CN", "maria"), fit),
            (Draft(KEY, name((OU, TELETEX, b"Gr\xfcn"))), ("OU", "Grün"), fit),
            (Draft(KEY, name(MARIA), (alternatives(odd),)), ("DNS", "*"), none),
            (Draft(KEY, name(MARIA), (alternatives((0xA3, b""), odd, host),)), ("DNS", "host.example"), fit),
            (Draft(KEY, name(MARIA), (alternatives((0x86, b"spiffe://a\0b")),)), ("URI", "*"), none),
        ):
            standing, _, _ = self.meet(draft, rules=(rule,))
            self.assertEqual(standing.objection, expected, standing)

    def test_unread(self) -> None:
        """
        What only the library can read is decided by the library; rules know no names in it.
        """
        draft = Draft(KEY, name(MARIA), indefinite=True)
        for rules, objection in (((), ""), ((("CN", "*"),), "no rule of :clientcert. matches its names")):
            standing, shown, detail = self.meet(draft, rules=rules)
            self.assertEqual(standing, PeerCertificate(shown, objection))
            self.assertEqual((shown[:8], detail["notAfter"], detail["names"]), ("SHA-256 ", None, []))

    def test_large(self) -> None:
        """
        Of a very long name the beginning is shown; one that no authority would write is not read.
        """
        for size, begin, objection in ((3000, "CN=maria,O=xx", ""), (9000, "#30", "no rule of :clientcert.")):
            standing, _, detail = self.meet(Draft(KEY, name((ORGANIZATION, UTF8, b"x" * size), MARIA)))
            self.assertEqual((len(standing.subject), standing.subject[: len(begin)]), (256, begin))
            self.assertEqual(detail["subject"], standing.subject)
            self.assertEqual(standing.objection[: len(objection) or 1], objection)


class RemoteHostTests(SynchronousTestCase):
    """
    Who a remote host is.
    """

    def test_names(self) -> None:
        """
        A name that is odd is nobody's, and spoils no other.
        """
        odd = ((0xA3, b""), (0x82, b"\xff"), (0x87, b"abc"), (0x82, b"a.example\0.b"))
        found = Certificate.of(Draft(KEY, extensions=(alternatives(*odd, (0x82, b"a.example")),)).selfSigned())
        self.assertEqual(mismatch(found, "a.example"), "")
        found = Certificate.of(Draft(KEY, extensions=(alternatives(*odd),)).selfSigned())
        self.assertEqual(mismatch(found, "a.example"), "it names no host, and is not for a.example")
        unread = Certificate.unread(found.der)
        self.assertEqual(mismatch(unread, "a.example"), "it names no host, and is not for a.example")


def readOr(der: bytes) -> Certificate:
    """
    Return a certificate as it is known of a client.
    """
    try:
        return Certificate.of(der)
    except ValueError:
        return Certificate.unread(der)

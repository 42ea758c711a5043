# -*- test-case-name: tests.tls.test_peers -*-
"""
Tests for L{sslpool.tls.peers}: certificates of clients at each level of CLIENTCERTCHECK,
with Python's own TLS as the client.
"""

from __future__ import annotations

import ssl

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Credential
from sslpool.keydb.revocationcheck import Revoked
from sslpool.keydb.revocationlist import RevocationList
from sslpool.tls import binding, peers, verification
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.clienthello import NAMELESS
from sslpool.tls.peers import ClientCheck, PeerCertificate, Trust, peerCertificateOf, reasonFor
from tests.doubles.certificates import Authority, makeAuthority, makeClient, makeRevocations, makeServer
from tests.tls.meeting import VERSIONS, authority
from tests.tls.reception import POLICY, Received, portPolicy, reception, showing

RULE = (("CN", "client*"),)


class LevelTests(SynchronousTestCase):
    """
    Good, expired, revoked, unknown, wrong names and none, at each level and in each version.
    """

    def setUp(self) -> None:
        """
        Have two authorities of clients, one of them with a revocation list.
        """
        self.trusted = makeAuthority("Clients CA")
        self.listing = makeAuthority("Listing CA")
        self.revoked = makeClient(self.listing)
        self.trust = self.listed(makeRevocations(self.listing, self.revoked.certificate))
        self.server = makeServer(authority(), label="A")

    def listed(self, *lists: RevocationList) -> Trust:
        """
        Return the trust in both authorities, with revocation lists.
        """
        authorities = (self.trusted.certificate, self.listing.certificate)
        return Trust(authorities, Revoked(lists, authorities))

    def meet(
        self, level: str, client: Credential | None, version: ssl.TLSVersion, rules: tuple[tuple[str, str], ...] = RULE
    ) -> PeerCertificate:
        """
        Return what is known of a client after its handshake.
        """
        at = reception(portPolicy("A", check=level, rules=rules), self.server, trust=self.trust)
        meeting = Received(at, showing(client, self.mktemp(), version))
        self.addCleanup(meeting.close)
        try:
            meeting.shake()
        except (SSL.Error, ssl.SSLError) as error:
            raise Refused(str(error), verification.result(meeting.server)) from error
        return peerCertificateOf(meeting.server)

    def judged(self, client: Credential | None, objection: str) -> None:
        """
        See what becomes of a client at each level, in each version.

        @param objection: what is wrong with its certificate.
        """
        for version in VERSIONS:
            self.assertEqual(self.meet("NONE", client, version), PeerCertificate())
            standing = self.meet("PREFERRED", client, version)
            self.assertIn(objection, standing.objection)
            self.assertEqual(bool(standing.objection), bool(objection))
            self.assertEqual(bool(standing.subject), client is not None)
            if client is not None and not objection:
                self.assertEqual(self.meet("REQUIRED", client, version).objection, "")
                continue
            refused = self.assertRaises(Refused, self.meet, "REQUIRED", client, version)
            if client is None:
                self.assertIn("peer did not return a certificate", refused.args[0])
            else:
                self.assertIn("certificate verify failed", refused.args[0])
                self.assertIn(objection, reasonFor(refused.args[1]))

    def test_good(self) -> None:
        """
        Of either authority.
        """
        self.judged(makeClient(self.trusted), "")
        self.judged(makeClient(self.listing), "")

    def test_chain(self) -> None:
        """
        With an authority between.
        """
        self.judged(makeClient(makeAuthority("Middle", self.trusted)), "")

    def test_expired(self) -> None:
        """
        Expired.
        """
        self.judged(makeClient(self.trusted, days=-1), "certificate has expired")

    def test_revoked(self) -> None:
        """
        Revoked.
        """
        self.judged(self.revoked, "certificate revoked")

    def test_unknownAuthority(self) -> None:
        """
        Of an authority that nobody trusts, also one with the name of one that is.
        """
        self.judged(makeClient(makeAuthority("Other CA")), "unable to get local issuer certificate")
        self.judged(makeClient(makeAuthority("Clients CA")), "certificate")

    def test_wrongName(self) -> None:
        """
        With a name that no rule has.
        """
        self.judged(makeClient(self.trusted, "somebody"), "no rule of :clientcert. matches its names")

    def test_none(self) -> None:
        """
        No certificate at all.
        """
        self.judged(None, "")

    def test_wrongPurpose(self) -> None:
        """
        A server's certificate is none of a client.
        """
        server = makeClient(self.trusted, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
        self.judged(server, "certificate purpose")

    def test_selfSigned(self) -> None:
        """
        Signed by itself.
        """
        own = makeAuthority("client")
        self.judged(Credential("C", own.certificate, (), own.key), "self-signed certificate")

    def test_staleList(self) -> None:
        """
        A revocation list that should have been replaced counts against everybody of its authority, and nobody else.
        """
        self.trust = self.listed(makeRevocations(self.listing, days=-1))
        self.judged(makeClient(self.listing), "CRL has expired")
        self.judged(makeClient(self.trusted), "")

    def test_severalWrong(self) -> None:
        """
        Of several things that are wrong the first one counts, and what is right after it does not help.
        """
        self.judged(makeClient(makeAuthority("Other CA"), "somebody", -1), "unable to get local issuer")

    def test_depth(self) -> None:
        """
        So many authorities may stand between, and no more.
        """
        chain: list[Authority] = [self.trusted]
        for number in range(3):
            chain.append(makeAuthority(f"CA {number}", chain[-1]))
        for version in VERSIONS:
            for between, depth, good in ((0, 0, True), (1, 0, False), (1, 1, True), (3, 2, False), (3, 3, True)):
                policy = portPolicy("A", check="PREFERRED", depth=depth)
                meeting = Received(
                    reception(policy, self.server, trust=self.trust),
                    showing(makeClient(chain[between]), self.mktemp(), version),
                )
                self.addCleanup(meeting.close)
                standing = peerCertificateOf(meeting.shake().server)
                self.assertEqual(standing.objection == "", good, (between, depth, standing))

    def test_trustedIntermediate(self) -> None:
        """
        Who is trusted need not be a root.
        """
        middle = makeAuthority("Middle", makeAuthority("Nobody knows"))
        self.trust = Trust((middle.certificate,))
        self.judged(makeClient(middle), "")

    def test_otherOctets(self) -> None:
        """
        An authority is one to the end of a chain also where the library writes its certificate otherwise than it was
        read: what revokes those above it keeps its clients out.
        """
        middle = makeAuthority("Middle", self.listing)
        lower = makeAuthority("Lower", middle)
        octets = lower.certificate.der
        long = Certificate.of(octets[:1] + b"\x83\0" + octets[2:])
        self.assertEqual(Certificate.of(long.der).der, long.der)
        known = (self.listing.certificate, middle.certificate, long)
        for revoked, objection in (((), ""), ((middle.certificate,), "certificate revoked")):
            self.trust = Trust((long,), Revoked((makeRevocations(self.listing, *revoked),), known))
            found = self.meet("PREFERRED", makeClient(lower), ssl.TLSVersion.TLSv1_3)
            self.assertEqual(found, PeerCertificate("CN=client", objection))

    def test_asked(self) -> None:
        """
        Clients are told which authorities count; those that are not asked, nothing.
        """
        at = reception(portPolicy("A", check="PREFERRED"), self.server, trust=self.trust)
        context = at.contextFor(NAMELESS, 0)
        assert context is not None
        names = SSL.Connection(context).get_client_ca_list()
        self.assertEqual([name.CN for name in names], ["Clients CA", "Listing CA"])

    def test_deprecated(self) -> None:
        """
        Nothing that is told to the library is told in a way that it is going to lose.
        """
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self.trust.give(context)
        self.trust.tell(context)
        self.assertEqual(self.flushWarnings(), [])

    def test_withoutBinding(self) -> None:
        """
        Without the binding's names everything comes to the same.
        """
        self.patch(binding, "lib", None)
        self.patch(peers, "verifyWords", lambda error: WORDS[error])
        self.judged(makeClient(self.trusted), "")
        self.judged(makeClient(self.trusted, days=-1), "certificate has expired")
        self.judged(self.revoked, "certificate revoked")
        self.judged(makeClient(self.trusted, "somebody"), "no rule of :clientcert.")
        self.judged(None, "")

    def test_fault(self) -> None:
        """
        A mistake of ours in the callback fails the handshake, and is not lost.
        """
        mistake = ZeroDivisionError("ours")

        def judge(*arguments: object) -> int:
            raise mistake

        for private in (True, False):
            if not private:
                self.patch(binding, "lib", None)
            self.patch(ClientCheck, "judge", judge)
            for level in ("PREFERRED", "REQUIRED"):
                self.assertRaises(Refused, self.meet, level, makeClient(self.trusted), VERSIONS[1])
                faults = verification.takeFaults()
                self.assertIs(faults[0], mistake)
                self.assertEqual(verification.takeFaults(), [])


WORDS = {10: "certificate has expired", 23: "certificate revoked"}


class Refused(Exception):
    """
    A handshake failed; the arguments are the library's words and the result of the verification.
    """


class ResumptionTests(SynchronousTestCase):
    """
    What a resumed session knows of the client.
    """

    def test_standing(self) -> None:
        """
        A bad certificate does not become a good one by resumption, nor a good one a bad one.
        """
        trusted = makeAuthority("Clients CA")
        server = makeServer(authority(), label="A")
        for version in VERSIONS:
            for days in (30, -1):
                for checked in ("PREFERRED", "REQUIRED")[: 2 if days > 0 else 1]:
                    policy = portPolicy("A", check=checked)
                    trust = Trust((trusted.certificate,))
                    client = showing(makeClient(trusted, days=days), self.mktemp(), version)
                    anchor = makeAnchor(POLICY)
                    first = Received(reception(policy, server, trust=trust), client, anchor=anchor).shake()
                    again = Received(
                        reception(policy, server, trust=trust), client, session=first.client.session, anchor=anchor
                    ).shake()
                    for meeting in (first, again):
                        self.addCleanup(meeting.close)
                        standing = peerCertificateOf(meeting.server)
                        self.assertEqual(standing.subject, "CN=client")
                        self.assertEqual(standing.objection, "" if days > 0 else "certificate has expired")
                    self.assertTrue(again.client.session_reused)


class RuleTests(SynchronousTestCase):
    """
    Patterns for names.
    """

    def permits(self, *rules: tuple[tuple[str, str], ...]) -> bool:
        """
        Tell whether the rules permit a certificate with names of all kinds.
        """
        names = (
            x509.DNSName("Host.Example.COM"),
            x509.DNSName("other.example.org"),
            x509.UniformResourceIdentifier("spiffe://example.org/Web[1]"),
        )
        certificate = makeClient(authority(), "Jane Doe", 30, *names, unit="Operations").certificate
        policies = [portPolicy("A", rules=rule).rules for rule in rules]
        check = ClientCheck(True, Trust(), rules=tuple(rule for policy in policies for rule in policy))
        return check.permits(certificate)

    def test_kinds(self) -> None:
        """
        Each kind of name; DNS names in any case, the others as they are written.
        """
        for kind, pattern, fits in (
            ("CN", "Jane Doe", True),
            ("CN", "jane doe", False),
            ("CN", "Jane*", True),
            ("CN", "Jane", False),
            ("OU", "Oper?tions", True),
            ("OU", "Operation", False),
            ("DNS", "host.example.com", True),
            ("DNS", "*.EXAMPLE.org", True),
            ("DNS", "example.org", False),
            ("URI", "spiffe://example.org/*", True),
            ("URI", "spiffe://example.org/Web[1]", True),
            ("URI", "spiffe://example.org/Web[0-9]*", False),
            ("URI", "SPIFFE://example.org/*", False),
        ):
            self.assertEqual(self.permits(((kind, pattern),)), fits, pattern)

    def test_together(self) -> None:
        """
        All patterns of a rule have to fit, and any rule will do.
        """
        self.assertTrue(self.permits((("CN", "Jane Doe"), ("OU", "Operations"))))
        self.assertFalse(self.permits((("CN", "Jane Doe"), ("OU", "Sales"))))
        self.assertTrue(self.permits((("CN", "Jane Doe"), ("OU", "Sales")), (("DNS", "other.example.org"),)))

    def test_nothing(self) -> None:
        """
        Without rules any name will do; a certificate without alternative names has none of them.
        """
        self.assertTrue(self.permits())
        bare = makeClient(authority()).certificate
        check = ClientCheck(True, Trust(), rules=portPolicy("A", rules=(("DNS", "*"),)).rules)
        self.assertFalse(check.permits(bare))

"""
Tests for L{sslpool.tls.usable}; what servers do with it is in L{tests.server.test_labelling}.
"""

from __future__ import annotations

from attrs import evolve
from OpenSSL import SSL, crypto
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Authority, Credential, KeyMaterial
from sslpool.keydb.revocationcheck import Revoked
from sslpool.keydb.stapling import staplePath
from sslpool.messages import Said, said
from sslpool.tls import usable
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from sslpool.tls.usable import tried
from tests.derwriting import CN, VISIBLE, Draft, name
from tests.doubles.certificates import makeAuthority, makeRevocations, makeServer, newKey, respond


class UsableTests(SynchronousTestCase):
    """
    A key file with a server and two authorities.
    """

    def setUp(self) -> None:
        """
        Make what is in it.
        """
        self.good, self.bad = makeAuthority("Good"), makeAuthority("Bad")
        self.server = makeServer(self.good)
        authorities = [Authority(name, each.certificate) for name, each in (("Bad", self.bad), ("Good", self.good))]
        lists = (makeRevocations(self.bad), makeRevocations(self.good))
        known = (self.bad.certificate, self.good.certificate)
        self.material = KeyMaterial((self.server,), tuple(authorities), lists, known=known)
        self.keyFile = self.mktemp() + ".kdb"

    def test_all(self) -> None:
        """
        Where nothing is wrong, everything is there; what was damaged is named with the rest.
        """
        found = tried(evolve(self.material, unusable=(("ENTRY", Said("SSLP316E")),)), self.keyFile, Policy())
        self.assertEqual((list(found.labels), found.reasons), (["TEST"], {"ENTRY": Said("SSLP316E")}))
        certificates = (self.bad.certificate, self.good.certificate)
        self.assertEqual(found.trust, Trust(certificates, Revoked(self.material.revocations, certificates)))

    def test_authority(self) -> None:
        """
        An authority that the TLS library refuses vouches for nobody, and is named.
        """
        give = Trust.give

        def refusing(trust: Trust, context: SSL.Context) -> None:
            if self.bad.certificate in trust.authorities:
                raise crypto.Error([("asn1", "", "mstring wrong tag")])
            give(trust, context)

        self.patch(Trust, "give", refusing)
        found = tried(self.material, self.keyFile, Policy())
        self.assertEqual(found.trust.authorities, (self.good.certificate,))
        self.assertEqual(len(found.trust.revoked.lists), 2)
        self.assertEqual(found.reasons, {"Bad": said("SSLP130E", label="Bad", reason="mstring wrong tag")})
        self.assertEqual(list(found.labels), ["TEST"])

    def test_unread(self) -> None:
        """
        One that the library does not read, and a label with such a name, are named with the reason; the rest is there.
        """
        key = newKey()
        odd = Draft(key, name((CN, VISIBLE, b"localhost")))
        authority = Certificate.of(odd.asAuthority().selfSigned())
        label = Credential("ODD", Certificate.of(odd.issuedBy(self.good)), (), key)
        material = evolve(
            self.material,
            credentials=(label, self.server),
            authorities=(Authority("Odd", authority), *self.material.authorities),
        )
        found = tried(material, self.keyFile, Policy())
        reason = "CN has the string type VisibleString, which the TLS library cannot read"
        self.assertEqual(sorted(found.reasons), ["ODD", "Odd"])
        for each, message in found.reasons.items():
            self.assertEqual(message, said("SSLP130E", label=each, reason=f"in the name of its subject, {reason}"))
        self.assertEqual((list(found.labels), len(found.trust.authorities)), (["TEST"], 2))

    def test_staple(self) -> None:
        """
        A label has its OCSP response; that none can be found for a malformed certificate costs nothing else.
        """
        with open(staplePath(self.keyFile, "TEST"), "wb") as file:
            file.write(respond(self.good, self.server.certificate))
        self.assertIsNotNone(tried(self.material, self.keyFile, Policy()).labels["TEST"].staple)

        def malformed(*arguments: object) -> None:
            raise ValueError("not a name")

        self.patch(usable, "stapleFor", malformed)
        self.assertIsNone(tried(self.material, self.keyFile, Policy()).labels["TEST"].staple)

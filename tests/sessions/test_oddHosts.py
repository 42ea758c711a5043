"""
Remote hosts whose certificates have odd names.
"""

from __future__ import annotations

from attrs import evolve

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Credential
from sslpool.sessions.outcome import Outcome
from tests.derwriting import CN, PRINTABLE, Draft, alternatives, name
from tests.doubles.certificates import makeAuthority, newKey
from tests.server.scene import authority
from tests.sessions.test_remote import OutboundCase

KEY = newKey()
HOSTS = alternatives((0xA3, b"\x30\0"), (0x82, b"\xff"), (0x82, b"localhost"))
ODD = Draft(KEY, name((CN, PRINTABLE, b"a_b"), (CN, 3, b"\0a")), (HOSTS,))


class OddHostTests(OutboundCase):
    """
    The library and the names that decide say who it is.
    """

    def present(self, draft: Draft, known: bool = True) -> None:
        """
        Have a remote host with a certificate.

        @param known: it is of the authority that is trusted.
        """
        der = draft.issuedBy(authority() if known else makeAuthority("Nobody"))
        try:
            found = Certificate.of(der)
        except ValueError:
            found = Certificate.unread(der)
        self.remote = self.host(Credential("ODD", found, (), KEY))
        self.port(self.remote.address)

    def test_good(self) -> None:
        """
        One that is who it should be is talked to.
        """
        self.present(ODD)
        local, peer = self.secured(self.remote)
        local.send(b"hello")
        self.scene.until(lambda: peer.received == b"hello")
        self.assertEqual(self.scene.observer.faults, [])

    def test_bad(self) -> None:
        """
        One that is not is refused with the reason.
        """
        self.present(evolve(ODD, extensions=(alternatives((0xA3, b""), (0x82, b"a\0b")),)))
        self.refused(Outcome.REMOTE_UNVERIFIED, "it names no host, and is not for localhost")
        self.assertEqual(self.scene.observer.faults, [])

    def test_unread(self) -> None:
        """
        One that only the library can read names no host.
        """
        self.present(evolve(ODD, indefinite=True))
        self.refused(Outcome.REMOTE_UNVERIFIED, "it names no host, and is not for localhost")
        self.assertEqual(self.scene.observer.faults, [])

    def test_unknown(self) -> None:
        """
        One of nobody who is trusted is refused by the library's word.
        """
        self.present(ODD, known=False)
        self.refused(Outcome.REMOTE_UNVERIFIED, "unable to get local issuer certificate")
        self.assertEqual(self.scene.observer.faults, [])

"""
Tests for L{sslpool.starttls.ldap}, L{sslpool.starttls.rootdse} and L{sslpool.starttls.ber}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sslpool.starttls import ber
from sslpool.starttls.ber import encoded
from sslpool.starttls.contract import Refusal
from sslpool.starttls.ldap import DISCONNECTION, RESPONSES, Ldap, response
from tests.starttls.play import APPLICATION, CLIENT, Play
from tests.starttls.scripts import LDAP_BIND, LDAP_START, START_TLS_OID, ldap, ldapEntry, ldapResult, ldapSearch
from tests.starttls.test_mail import ALLOWED, REQUIRED, DialogueCase

STARTED = response(b"\1", 0x78, 0, b"", START_TLS_OID)
SASL_BIND = ldap(5, 0x60, encoded(2, b"\3"), encoded(4), encoded(0xA3, encoded(4, b"GSSAPI")))


def startTls(identifier: int) -> bytes:
    """
    Return a request for TLS.
    """
    return ldap(identifier, 0x77, encoded(0x80, START_TLS_OID))


class BerTests(DialogueCase):
    """
    As much of BER as is needed.
    """

    @given(st.integers(0, 255), st.binary(max_size=70000))
    def test_roundTrip(self, tag: int, octets: bytes) -> None:
        """
        What is encoded is found again.
        """
        element = ber.head(encoded(tag, octets))
        assert element is not None
        self.assertEqual((element.tag, ber.content(encoded(tag, octets), element)), (tag, octets))

    def test_malformed(self) -> None:
        """
        Lengths that LDAP does not know are none.
        """
        for octets in (b"\x30\x80", b"\x30\x85\0\0\0\0\0"):
            self.assertRaises(ber.Malformed, ber.head, octets)


class LdapTests(DialogueCase):
    """
    StartTLS of LDAP.
    """

    def test_upgrade(self) -> None:
        """
        StartTLS is answered here; after TLS everything goes through, but for a second one.
        """
        for security in (ALLOWED, REQUIRED):
            play = Play(Ldap(security))
            refused = response(b"\7", 0x78, 1, b"TLS is active already", START_TLS_OID)
            self.check(
                play,
                ((CLIENT, LDAP_START), STARTED, b""),
                ((CLIENT, LDAP_BIND), b"", LDAP_BIND),
                ((APPLICATION, ldapResult(2, 0x61)), ldapResult(2, 0x61), b""),
                ((CLIENT, startTls(7)), refused, b""),
            )
            self.assertEqual(play.secured, 1)

    def test_required(self) -> None:
        """
        Where TLS is required, each kind of request is refused in its own response, the search for the root DSE is not.
        """
        for kind, answer in RESPONSES.items():
            if kind in (0x63, 0x77):
                continue
            play = Play(Ldap(REQUIRED)).play([(CLIENT, ldap(9, kind, b"secret"))])
            self.assertEqual(play.heard(), (response(b"\x09", answer, 13, b"TLS is required"), b""), kind)
        search = ldapSearch(3, b"", 0, b"+")
        other = ldapSearch(3, b"dc=a", 2)
        self.check(
            Play(Ldap(REQUIRED)),
            ((CLIENT, other), response(b"\3", 0x65, 13, b"TLS is required"), b""),
            ((CLIENT, search), b"", search),
            ((CLIENT, ldap(4, 0x50, b"\1")), b"", b""),
            ((CLIENT, ldap(5, 0x42)), b"", ldap(5, 0x42)),
        )

    def test_announced(self) -> None:
        """
        The root DSE lists StartTLS once where it is asked for the extensions, and not after TLS.
        """
        for attributes, values, expected in [
            ((b"supportedExtension",), [b"1.2"], [b"1.2", START_TLS_OID]),
            ((b"+",), [START_TLS_OID, b"1.2"], [b"1.2", START_TLS_OID]),
            ((b"SUPPORTEDEXTENSION",), [], [START_TLS_OID]),
            ((b"namingContexts",), [], []),
        ]:
            search = ldapSearch(3, b"", 0, *attributes)
            play = Play(Ldap(ALLOWED)).play([(CLIENT, search)])
            given = {"supportedExtension": values} if values else {}
            wanted = {"supportedExtension": expected} if expected else {}
            entry = ldapEntry(3, b"", cn=[b"x"], **given)
            self.check(play, ((APPLICATION, entry), ldapEntry(3, b"", cn=[b"x"], **wanted), b""))
            play = Play(Ldap(ALLOWED)).play([(CLIENT, LDAP_START), (CLIENT, search)])
            without = [value for value in values if value != START_TLS_OID]
            left = {"supportedExtension": without} if without else {}
            self.check(play, ((APPLICATION, entry), ldapEntry(3, b"", cn=[b"x"], **left), b""))

    def test_outstanding(self) -> None:
        """
        StartTLS waits for nobody: while something is outstanding it is refused, and works after that.
        """
        refused = response(b"\1", 0x78, 1, b"StartTLS is not permitted while operations are outstanding", START_TLS_OID)
        self.check(
            Play(Ldap(ALLOWED)),
            ((CLIENT, LDAP_BIND + LDAP_START), refused, LDAP_BIND),
            ((APPLICATION, ldapResult(2, 0x61, 14)), ldapResult(2, 0x61, 14), b""),
            ((CLIENT, LDAP_START), refused, b""),
            ((CLIENT, LDAP_BIND), b"", LDAP_BIND),
            ((APPLICATION, ldapResult(2, 0x61, 49)), ldapResult(2, 0x61, 49), b""),
            ((CLIENT, LDAP_START), STARTED, b""),
        )

    def test_large(self) -> None:
        """
        A large message goes through in pieces and is not kept; where TLS is required it is refused.
        """
        large = ldap(2, 0x68, b"x" * 200000)
        play = Play(Ldap(ALLOWED)).play([(CLIENT, large[:1000])])
        self.assertEqual(len(play.application), 1000)
        play.play([(CLIENT, large[1000:] + LDAP_BIND)])
        self.assertEqual(play.application, large + LDAP_BIND)
        self.assertIs(Play(Ldap(REQUIRED)).play([(CLIENT, large)]).refusal, Refusal.MALFORMED)

    def test_longStartTls(self) -> None:
        """
        A request for TLS that is too long for one does not get to the application either.
        """
        long = ldap(7, 0x77, encoded(0x80, START_TLS_OID), encoded(0x81, b"x" * 70000))
        refused = response(b"\7", 0x78, 1, b"StartTLS has no value", START_TLS_OID)
        for play in (Play(Ldap(ALLOWED)), Play(Ldap(REQUIRED)).play([(CLIENT, LDAP_START)])):
            self.check(play, ((CLIENT, long[:100]), refused, b""), ((CLIENT, long[100:] + LDAP_BIND), b"", LDAP_BIND))
        other = ldap(7, 0x77, encoded(0x80, b"1.2.3"), encoded(0x81, b"x" * 70000))
        self.check(Play(Ldap(ALLOWED)), ((CLIENT, other), b"", other))

    def test_refused(self) -> None:
        """
        What is no LDAP ends with a notice of disconnection.
        """
        for octets, refusal in [
            (b"GET / HTTP/1.0\r\n", Refusal.MALFORMED),
            (b"\x16\x03\x01", Refusal.UNASKED),
            (b"\x30\x80", Refusal.MALFORMED),
            (encoded(0x30, b"\4\1x", b"\x60\0"), Refusal.MALFORMED),
            (encoded(0x30, b"\2\1\1", b"\x60\5"), Refusal.MALFORMED),
            (LDAP_START + b"x", Refusal.INJECTION),
        ]:
            play = Play(Ldap(ALLOWED)).play([(CLIENT, octets)])
            self.assertEqual((play.refusal, play.application), (refusal, b""), octets)
            self.assertIn(DISCONNECTION, play.client)

    def test_application(self) -> None:
        """
        A response that nobody asked for ends the dialogue before TLS; a notice goes through.
        """
        play = Play(Ldap(ALLOWED)).play([(APPLICATION, ldapResult(3, 0x65))])
        self.assertIs(play.refusal, Refusal.APPLICATION)
        notice = response(b"\0", 0x78, 52, b"bye", DISCONNECTION)
        self.check(Play(Ldap(ALLOWED)), ((APPLICATION, notice), notice, b""))

    def test_layered(self) -> None:
        """
        When a login has put a layer of its own around the messages, they are relayed.
        """
        play = Play(Ldap(ALLOWED)).play([(CLIENT, SASL_BIND), (APPLICATION, ldapResult(5, 0x61))])
        play.heard()
        wrapped = b"\0\0\0\x05abcde"
        self.check(play, ((CLIENT, wrapped), b"", wrapped), ((APPLICATION, wrapped), wrapped, b""))
        self.assertIsNone(play.refusal)

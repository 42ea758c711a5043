# -*- test-case-name: tests.tls.test_groups -*-
"""
Tests for L{sslpool.tls.groups}: groups in real handshakes.
"""

from __future__ import annotations

import ssl

from cryptography.hazmat.primitives.asymmetric.dh import DHParameters
from cryptography.hazmat.primitives.serialization import load_pem_parameters
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import ServerParameters
from sslpool.tls import binding
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.groups import FFDHE2048, LIBRARYS_CHOICE, setGroups
from sslpool.tls.policy import GROUPS, Policy
from tests.tls.meeting import (
    HELLO_RETRY,
    VERSIONS,
    Meeting,
    Modern,
    contextOf,
    elliptic,
    groupOf,
    meet,
    meetLibrary,
    offering,
    trusting,
    withRsa,
)


class GroupTests(SynchronousTestCase):
    """
    Which group is agreed upon.
    """

    def meeting(self, groups: str) -> Modern:
        """
        Return a meeting with a client that offers C{groups}.
        """
        return meetLibrary(self, Policy(), elliptic(), offering(groups))

    def test_hybrid(self) -> None:
        """
        A client that sends a share of X25519MLKEM768 gets it, also where it prefers another.
        """
        for offered in ("X25519MLKEM768:X25519", "*X25519:*X25519MLKEM768", "*P-256/*X25519MLKEM768"):
            meeting = self.meeting(offered)
            self.assertEqual(meeting.client.get_group_name(), "X25519MLKEM768", offered)
            self.assertNotIn(HELLO_RETRY, meeting.seen)

    def test_default(self) -> None:
        """
        A client of the same library that has no wish of its own gets it as well.
        """
        self.assertEqual(meetLibrary(self, Policy(), elliptic()).client.get_group_name(), "X25519MLKEM768")

    def test_others(self) -> None:
        """
        Others get X25519, P-256 or P-384, in this order.
        """
        for offered, agreed in (
            ("*P-384:*P-256:*X25519", "x25519"),
            ("*P-384:*P-256", "secp256r1"),
            ("P-384", "secp384r1"),
        ):
            self.assertEqual(groupOf(self, Policy(), offered), agreed, offered)
        self.assertRaises(SSL.Error, groupOf, self, Policy(), "P-521")

    def test_noRetry(self) -> None:
        """
        Nobody without ML-KEM has to begin again whose share of any group has come, though he could do better.
        """
        for offered, agreed in (("*P-256:X25519", "secp256r1"), ("*P-384:P-256", "secp384r1")):
            meeting = self.meeting(offered)
            self.assertNotIn(HELLO_RETRY, meeting.seen, offered)
            self.assertEqual(meeting.client.get_group_name(), agreed)

    def test_retry(self) -> None:
        """
        Who has ML-KEM and has sent no share of it has to, and who has sent no share of use; they get in.
        """
        for offered, agreed in (
            ("*X25519:X25519MLKEM768", "X25519MLKEM768"),
            ("*P-256:X25519:X25519MLKEM768", "X25519MLKEM768"),
            ("*P-521:P-256", "secp256r1"),
        ):
            meeting = self.meeting(offered)
            self.assertIn(HELLO_RETRY, meeting.seen, offered)
            self.assertEqual(meeting.client.get_group_name(), agreed)

    def test_asClient(self) -> None:
        """
        As clients we are not asked to begin again, be it by a remote host with ML-KEM or by one without.
        """
        policy = Policy()
        for theirs, agreed in (("X25519", "x25519"), ("X25519MLKEM768/X25519", "X25519MLKEM768")):
            host, ours = SSL.Context(SSL.TLS_SERVER_METHOD), SSL.Context(SSL.TLS_CLIENT_METHOD)
            offering(theirs)(host)
            policy.restrict(ours)
            meeting = Modern(host, contextOf(policy), ours)
            self.addCleanup(meeting.close)
            meeting.shake()
            self.assertEqual(meeting.client.get_group_name(), agreed)
            self.assertNotIn(HELLO_RETRY, meeting.seen)

    def test_ordinaryClient(self) -> None:
        """
        Python's own TLS does not have to begin again.
        """
        meeting = Meeting(makeAnchor(Policy()), contextOf(Policy()), trusting(ssl.TLSVersion.TLSv1_3))
        self.addCleanup(meeting.close)
        sent: list[bytes] = []
        write = meeting._incoming.write
        meeting._incoming = _Recording(write, sent)  # type: ignore[assignment]
        meeting.shake()
        self.assertNotIn(HELLO_RETRY, b"".join(sent))
        self.assertTrue(sent)

    def test_oldVersion(self) -> None:
        """
        TLS 1.2 has the groups as well, as far as it knows them.
        """
        meeting = Meeting(makeAnchor(Policy()), contextOf(Policy()), trusting(VERSIONS[0])).shake()
        self.addCleanup(meeting.close)
        self.assertEqual(meeting.server.get_group_name(), "x25519")


class _Recording:
    """
    A memory BIO's way in, with a memory of its own.
    """

    def __init__(self, write: object, sent: list[bytes]) -> None:
        self._write, self._sent = write, sent

    def write(self, data: bytes) -> int:
        """
        Write and remember.
        """
        self._sent.append(data)
        return self._write(data)  # type: ignore[operator,no-any-return]


class SettingTests(SynchronousTestCase):
    """
    What the library takes, and what there is without it.
    """

    def test_unknown(self) -> None:
        """
        A group that the library does not have is left out; where none is left, its own order holds.
        """
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self.assertEqual(setGroups(context, ("X25519", "NOBODYS")), ("X25519",))
        self.assertEqual(setGroups(context, ("NOBODYS",)), LIBRARYS_CHOICE)

    def test_groups(self) -> None:
        """
        All groups that are asked for are there.
        """
        self.assertEqual(Policy().effectiveGroups(), GROUPS)
        restricted = Policy(mode="FIPS-140-2")
        self.assertEqual(restricted.effectiveGroups(), restricted.groups)

    def test_without(self) -> None:
        """
        Without the binding's names handshakes go on with the library's order, and that is what is shown.
        """
        self.patch(binding, "lib", None)
        policy = Policy(mode="FIPS-140-2")
        self.assertEqual(policy.effectiveGroups(), LIBRARYS_CHOICE)
        meetLibrary(self, policy, elliptic())


E_OF_2048 = 560316
"""
What RFC 7919 appendix A.1 adds to the digits of e.
"""


class FiniteFieldTests(SynchronousTestCase):
    """
    The group of RFC 7919.
    """

    def test_prime(self) -> None:
        """
        The prime is the one that the RFC defines: p = 2^2048 - 2^1984 + ([2^1918 e] + 560316) 2^64 - 1.
        """
        parameters = load_pem_parameters(FFDHE2048)
        assert isinstance(parameters, DHParameters)
        numbers = parameters.parameter_numbers()
        self.assertEqual(numbers.g, 2)
        # e by its series, with more digits than are needed.
        term = scale = 1 << 2100
        total, count = 0, 0
        while term:
            total += term
            count += 1
            term //= count
        e = (total << 1918) // scale
        self.assertEqual(numbers.p, 2**2048 - 2**1984 + (e + E_OF_2048) * 2**64 - 1)

    def test_handshake(self) -> None:
        """
        Suites with DHE work where they are enabled.
        """
        policy = Policy.of(ServerParameters(enable=("DHE_RSA_AES_256",)))
        meeting = meet(policy, trusting(VERSIONS[0], "DHE-RSA-AES256-SHA"), withRsa())
        self.addCleanup(meeting.close)
        self.assertEqual((meeting.client.cipher() or ("",))[0], "DHE-RSA-AES256-SHA")

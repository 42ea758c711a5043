# -*- test-case-name: tests.tls.test_finitefield -*-
"""
Tests for L{sslpool.tls.finitefield}.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.dh import DHParameters
from cryptography.hazmat.primitives.serialization import load_pem_parameters
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import ServerParameters
from sslpool.tls.finitefield import FFDHE2048
from sslpool.tls.policy import Policy
from tests.tls.meeting import VERSIONS, meet, trusting, withRsa

E_OF_2048 = 560316
"""
What RFC 7919 appendix A.1 adds to the digits of e.
"""


class GroupTests(SynchronousTestCase):
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

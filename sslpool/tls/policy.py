# -*- test-case-name: tests.tls.test_policy -*-
"""
What the TLS library is asked for: protocol versions, cipher suites, options.
Agent and servers.

The default suites are the forward-secret AEAD ones (RFC 9325 section 4.2).
"""

from __future__ import annotations

from attrs import frozen
from OpenSSL import SSL

from sslpool.config.configuration import ServerParameters
from sslpool.messages import operatorError
from sslpool.tls.ciphers import Suite, suitesInUse

_VERSIONS = {
    "TLSV1_0": (SSL.TLS1_VERSION, "TLSv1"),
    "TLSV1_1": (SSL.TLS1_1_VERSION, "TLSv1.1"),
    "TLSV1_2": (SSL.TLS1_2_VERSION, "TLSv1.2"),
    "TLSV1_3": (SSL.TLS1_3_VERSION, "TLSv1.3"),
}

_REFUSED = {
    "TLSV1_0": SSL.OP_NO_TLSv1,
    "TLSV1_1": SSL.OP_NO_TLSv1_1,
    "TLSV1_2": SSL.OP_NO_TLSv1_2,
    "TLSV1_3": SSL.OP_NO_TLSv1_3,
}

PRIORITIZE_CHACHA = 1 << 21
"""
OpenSSL's C{SSL_OP_PRIORITIZE_CHACHA}, which pyOpenSSL does not name.
"""

OPTIONS = SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE | PRIORITIZE_CHACHA
"""
No compression (RFC 9325 section 3.3), no renegotiation (a client could make the
server work for nothing).  Our order of suites is taken, but ChaCha20 for a
client that has no AES in hardware, and says so by putting ChaCha20 first.
"""


@frozen
class Policy:
    """
    The protocol policy of a pool.

    @ivar protocols: the versions in use, of C{TLSV1_0} to C{TLSV1_3}.
    @ivar suites: the suites in use, in order of preference.
    @ivar cacheLife: how long a session may be resumed, in seconds; 0 is never.
    """

    protocols: tuple[str, ...] = ("TLSV1_2", "TLSV1_3")
    suites: tuple[Suite, ...] = suitesInUse()
    cacheLife: int = 86400

    @classmethod
    def of(cls, parameters: ServerParameters) -> Policy:
        """
        Return the policy that the VMSSL operands ask for.

        @raise sslpool.messages.OperatorError: they leave no suite that could
            be used with any of the protocol versions.
        """
        suites = suitesInUse(parameters.exempt, parameters.exemptStrength, parameters.enable)
        policy = cls(parameters.protocols, suites, parameters.cacheLife)
        modern = "TLSV1_3" in policy.protocols and policy.modernSuites()
        classic = set(policy.protocols) - {"TLSV1_3"} and policy.classicSuites()
        if not modern and not classic:
            raise operatorError("SSLP131E")
        return policy

    def protocolNames(self) -> tuple[str, ...]:
        """
        The versions in use as the library names them, oldest first.
        """
        return tuple(name for version, (_, name) in _VERSIONS.items() if version in self.protocols)

    def modernSuites(self) -> tuple[str, ...]:
        """
        The suites of TLS 1.3, by the library's names.
        """
        return tuple(suite.library for suite in self.suites if suite.tls13)

    def classicSuites(self) -> tuple[str, ...]:
        """
        The suites up to TLS 1.2, by the library's names.
        """
        return tuple(suite.library for suite in self.suites if not suite.tls13)

    def restrict(self, context: SSL.Context) -> None:
        """
        Apply versions, suites and options to a context that is not yet in use.
        """
        present = [number for version, (number, _) in _VERSIONS.items() if version in self.protocols]
        context.set_min_proto_version(min(present))
        context.set_max_proto_version(max(present))
        refused = 0
        for version, option in _REFUSED.items():
            if version not in self.protocols:
                refused |= option
        context.set_options(OPTIONS | refused)
        # A list that names no suite is an error to the library, "none of TLS 1.3" is not.
        context.set_cipher_list(":".join(self.classicSuites() or _anyClassic()).encode("ascii"))
        context.set_tls13_ciphersuites(":".join(self.modernSuites()).encode("ascii"))
        if not self.classicSuites():
            context.set_min_proto_version(SSL.TLS1_3_VERSION)


def _anyClassic() -> tuple[str, ...]:
    return tuple(suite.library for suite in suitesInUse() if not suite.tls13)

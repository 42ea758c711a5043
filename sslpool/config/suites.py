# -*- test-case-name: tests.config.test_suites -*-
"""
The one table of cipher suites: the original's names, their strength, and what the TLS
library calls them.  Pure; in the stack process, agent, servers and commands.

The names and strengths of the second part are those of the source document
(z/VM 5.4 and 6.1); most of these suites no library has any more, and those that
it has are off unless ENABLE names them.  Before them stand today's suites, in the
order of Mozilla's "intermediate" recommendation: AES-128 first, since it is as
safe as the P-256 and X25519 keys it comes with, and cheaper.
"""

from __future__ import annotations

from attrs import frozen

STRENGTHS = ("NONE", "LOW", "MEDIUM", "HIGH")
"""
The strength sets, weakest first.  Exempting one exempts all weaker ones.
"""

APPROVED_PROTOCOLS = ("TLSV1_2", "TLSV1_3")
"""
The protocol versions that MODE leaves (NIST SP 800-52 Rev. 2 section 3.1).
"""


@frozen
class Suite:
    """
    A cipher suite.

    @ivar name: its name in EXEMPT and ENABLE.
    @ivar strength: one of L{STRENGTHS}.
    @ivar library: the TLS library's name, or empty where it is not provided.
    @ivar default: in use unless exempted.
    @ivar tls13: it belongs to TLS 1.3 (RFC 8446 section B.4).
    """

    name: str
    strength: str
    library: str = ""
    default: bool = False
    tls13: bool = False

    @property
    def approved(self) -> bool:
        """
        It is one that MODE leaves: AES with authenticated encryption
        (NIST SP 800-52 Rev. 2 section 3.3.1; ChaCha20 is not approved).
        """
        return "_GCM" in self.name


SUITES: tuple[Suite, ...] = (
    Suite("TLS_AES_128_GCM_SHA256", "MEDIUM", "TLS_AES_128_GCM_SHA256", True, True),
    Suite("TLS_AES_256_GCM_SHA384", "HIGH", "TLS_AES_256_GCM_SHA384", True, True),
    Suite("TLS_CHACHA20_POLY1305_SHA256", "HIGH", "TLS_CHACHA20_POLY1305_SHA256", True, True),
    Suite("ECDHE_ECDSA_AES_128_GCM", "MEDIUM", "ECDHE-ECDSA-AES128-GCM-SHA256", True),
    Suite("ECDHE_RSA_AES_128_GCM", "MEDIUM", "ECDHE-RSA-AES128-GCM-SHA256", True),
    Suite("ECDHE_ECDSA_AES_256_GCM", "HIGH", "ECDHE-ECDSA-AES256-GCM-SHA384", True),
    Suite("ECDHE_RSA_AES_256_GCM", "HIGH", "ECDHE-RSA-AES256-GCM-SHA384", True),
    Suite("ECDHE_ECDSA_CHACHA20", "HIGH", "ECDHE-ECDSA-CHACHA20-POLY1305", True),
    Suite("ECDHE_RSA_CHACHA20", "HIGH", "ECDHE-RSA-CHACHA20-POLY1305", True),
    Suite("RSA_AES_256", "HIGH", "AES256-SHA"),
    Suite("DHE_RSA_AES_256", "HIGH"),
    Suite("DHE_DSS_AES_256", "HIGH"),
    Suite("DH_RSA_AES_256", "HIGH"),
    Suite("DH_DSS_AES_256", "HIGH"),
    Suite("3DES_168_SHA", "HIGH"),
    Suite("DH_DSS_3DES", "HIGH"),
    Suite("DH_RSA_3DES", "HIGH"),
    Suite("DHE_DSS_3DES", "HIGH"),
    Suite("DHE_RSA_3DES", "HIGH"),
    Suite("RSA_AES_128", "MEDIUM", "AES128-SHA"),
    Suite("DHE_RSA_AES_128", "MEDIUM"),
    Suite("DHE_DSS_AES_128", "MEDIUM"),
    Suite("DH_RSA_AES_128", "MEDIUM"),
    Suite("DH_DSS_AES_128", "MEDIUM"),
    Suite("RC4_128_SHA", "MEDIUM"),
    Suite("RC4_128_MD5", "MEDIUM"),
    Suite("RC2_40_MD5", "LOW"),
    Suite("RC4_40_MD5", "LOW"),
    Suite("DES_56_SHA", "LOW"),
    Suite("DH_DSS_DES", "LOW"),
    Suite("DH_RSA_DES", "LOW"),
    Suite("DHE_DSS_DES", "LOW"),
    Suite("DHE_RSA_DES", "LOW"),
    Suite("NULL", "NONE"),
    Suite("NULL_SHA", "NONE", "NULL-SHA"),
    Suite("NULL_MD5", "NONE", "NULL-MD5"),
)

BY_NAME: dict[str, Suite] = {suite.name: suite for suite in SUITES}
"""
The suites by the names that EXEMPT and ENABLE know.
"""

# -*- test-case-name: tests.config.test_suites -*-
"""
The one table of cipher suites: z/VM's names, their strength, and what the standard and
OpenSSL call them.  Pure; in the stack process, agent, servers and commands.

Names, strengths and codes of the last part are those of the source document (z/VM 5.4 and 6.1); most of these suites no
library has any more, which L{sslpool.tls.ciphers} asks the library.  Before them stand the suites that came later, with
strengths of ours after z/VM's rule: 256 bits are HIGH, 128 bits are MEDIUM.  The default ones come first, in the order
of Mozilla's "intermediate" recommendation: AES-128 first, since it is as safe as the P-256 and X25519 keys it comes
with, and cheaper.
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
    @ivar code: its number in the protocol.
    @ivar iana: its name in the registry of TLS parameters.
    @ivar library: OpenSSL's name for it, whether or not the one here still has it; empty where it never had one.
    @ivar default: in use unless exempted.
    """

    name: str
    strength: str
    code: int
    iana: str
    library: str = ""
    default: bool = False

    @property
    def tls13(self) -> bool:
        """
        It belongs to TLS 1.3 (RFC 8446 section B.4).
        """
        return self.code >> 8 == 0x13

    @property
    def approved(self) -> bool:
        """
        It is one that MODE leaves: AES with authenticated encryption and forward secrecy (NIST SP 800-52 Rev. 2 section
        3.3.1; ChaCha20 is not approved, and neither is a key transported under RSA, SP 800-131A Rev. 2 section 6).
        """
        return "_GCM_" in self.iana and (self.tls13 or "ECDHE" in self.iana or "_DHE_RSA_" in self.iana)


SUITES: tuple[Suite, ...] = (
    Suite("TLS_AES_128_GCM_SHA256", "MEDIUM", 0x1301, "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", True),
    Suite("TLS_AES_256_GCM_SHA384", "HIGH", 0x1302, "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", True),
    Suite(
        "TLS_CHACHA20_POLY1305_SHA256",
        "HIGH",
        0x1303,
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
        True,
    ),
    Suite(
        "ECDHE_ECDSA_AES_128_GCM",
        "MEDIUM",
        0xC02B,
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        True,
    ),
    Suite(
        "ECDHE_RSA_AES_128_GCM",
        "MEDIUM",
        0xC02F,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        True,
    ),
    Suite(
        "ECDHE_ECDSA_AES_256_GCM",
        "HIGH",
        0xC02C,
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        True,
    ),
    Suite(
        "ECDHE_RSA_AES_256_GCM",
        "HIGH",
        0xC030,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        True,
    ),
    Suite(
        "ECDHE_ECDSA_CHACHA20",
        "HIGH",
        0xCCA9,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        True,
    ),
    Suite(
        "ECDHE_RSA_CHACHA20",
        "HIGH",
        0xCCA8,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "ECDHE-RSA-CHACHA20-POLY1305",
        True,
    ),
    # Suites that ENABLE adds.
    Suite("TLS_AES_128_CCM_SHA256", "MEDIUM", 0x1304, "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_SHA256"),
    Suite("DHE_RSA_AES_128_GCM", "MEDIUM", 0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256"),
    Suite("DHE_RSA_AES_256_GCM", "HIGH", 0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384"),
    Suite("DHE_RSA_CHACHA20", "HIGH", 0xCCAA, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305"),
    Suite("ECDHE_ECDSA_AES_128_CCM", "MEDIUM", 0xC0AC, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM"),
    Suite("ECDHE_ECDSA_AES_256_CCM", "HIGH", 0xC0AD, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM"),
    Suite("DHE_RSA_AES_128_CCM", "MEDIUM", 0xC09E, "TLS_DHE_RSA_WITH_AES_128_CCM", "DHE-RSA-AES128-CCM"),
    Suite("DHE_RSA_AES_256_CCM", "HIGH", 0xC09F, "TLS_DHE_RSA_WITH_AES_256_CCM", "DHE-RSA-AES256-CCM"),
    Suite("DHE_DSS_AES_128_GCM", "MEDIUM", 0x00A2, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", "DHE-DSS-AES128-GCM-SHA256"),
    Suite("DHE_DSS_AES_256_GCM", "HIGH", 0x00A3, "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384", "DHE-DSS-AES256-GCM-SHA384"),
    Suite(
        "ECDHE_ECDSA_AES_128_SHA256",
        "MEDIUM",
        0xC023,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        "ECDHE-ECDSA-AES128-SHA256",
    ),
    Suite(
        "ECDHE_ECDSA_AES_256_SHA384",
        "HIGH",
        0xC024,
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        "ECDHE-ECDSA-AES256-SHA384",
    ),
    Suite(
        "ECDHE_RSA_AES_128_SHA256", "MEDIUM", 0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"
    ),
    Suite(
        "ECDHE_RSA_AES_256_SHA384", "HIGH", 0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384"
    ),
    Suite("DHE_RSA_AES_128_SHA256", "MEDIUM", 0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256"),
    Suite("DHE_RSA_AES_256_SHA256", "HIGH", 0x006B, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256"),
    Suite("DHE_DSS_AES_128_SHA256", "MEDIUM", 0x0040, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256", "DHE-DSS-AES128-SHA256"),
    Suite("DHE_DSS_AES_256_SHA256", "HIGH", 0x006A, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256", "DHE-DSS-AES256-SHA256"),
    Suite("ECDHE_ECDSA_AES_128", "MEDIUM", 0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"),
    Suite("ECDHE_ECDSA_AES_256", "HIGH", 0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"),
    Suite("ECDHE_RSA_AES_128", "MEDIUM", 0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"),
    Suite("ECDHE_RSA_AES_256", "HIGH", 0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"),
    Suite("RSA_AES_128_GCM", "MEDIUM", 0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"),
    Suite("RSA_AES_256_GCM", "HIGH", 0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"),
    Suite("RSA_AES_128_CCM", "MEDIUM", 0xC09C, "TLS_RSA_WITH_AES_128_CCM", "AES128-CCM"),
    Suite("RSA_AES_256_CCM", "HIGH", 0xC09D, "TLS_RSA_WITH_AES_256_CCM", "AES256-CCM"),
    Suite("RSA_AES_128_SHA256", "MEDIUM", 0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"),
    Suite("RSA_AES_256_SHA256", "HIGH", 0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256"),
    Suite("DH_RSA_AES_128_GCM", "MEDIUM", 0x00A0, "TLS_DH_RSA_WITH_AES_128_GCM_SHA256", "DH-RSA-AES128-GCM-SHA256"),
    Suite("DH_RSA_AES_256_GCM", "HIGH", 0x00A1, "TLS_DH_RSA_WITH_AES_256_GCM_SHA384", "DH-RSA-AES256-GCM-SHA384"),
    Suite("DH_RSA_AES_128_SHA256", "MEDIUM", 0x003F, "TLS_DH_RSA_WITH_AES_128_CBC_SHA256", "DH-RSA-AES128-SHA256"),
    Suite("DH_RSA_AES_256_SHA256", "HIGH", 0x0069, "TLS_DH_RSA_WITH_AES_256_CBC_SHA256", "DH-RSA-AES256-SHA256"),
    Suite("DH_DSS_AES_128_GCM", "MEDIUM", 0x00A4, "TLS_DH_DSS_WITH_AES_128_GCM_SHA256", "DH-DSS-AES128-GCM-SHA256"),
    Suite("DH_DSS_AES_256_GCM", "HIGH", 0x00A5, "TLS_DH_DSS_WITH_AES_256_GCM_SHA384", "DH-DSS-AES256-GCM-SHA384"),
    Suite("DH_DSS_AES_128_SHA256", "MEDIUM", 0x003E, "TLS_DH_DSS_WITH_AES_128_CBC_SHA256", "DH-DSS-AES128-SHA256"),
    Suite("DH_DSS_AES_256_SHA256", "HIGH", 0x0068, "TLS_DH_DSS_WITH_AES_256_CBC_SHA256", "DH-DSS-AES256-SHA256"),
    Suite("ECDHE_ECDSA_3DES", "HIGH", 0xC008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-ECDSA-DES-CBC3-SHA"),
    Suite("ECDHE_RSA_3DES", "HIGH", 0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-RSA-DES-CBC3-SHA"),
    Suite("ECDHE_ECDSA_RC4_128", "MEDIUM", 0xC007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "ECDHE-ECDSA-RC4-SHA"),
    Suite("ECDHE_RSA_RC4_128", "MEDIUM", 0xC011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", "ECDHE-RSA-RC4-SHA"),
    Suite("TLS_AES_128_CCM_8_SHA256", "LOW", 0x1305, "TLS_AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_8_SHA256"),
    Suite("ECDHE_ECDSA_AES_128_CCM_8", "LOW", 0xC0AE, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"),
    Suite("ECDHE_ECDSA_AES_256_CCM_8", "LOW", 0xC0AF, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8"),
    Suite("DHE_RSA_AES_128_CCM_8", "LOW", 0xC0A2, "TLS_DHE_RSA_WITH_AES_128_CCM_8", "DHE-RSA-AES128-CCM8"),
    Suite("DHE_RSA_AES_256_CCM_8", "LOW", 0xC0A3, "TLS_DHE_RSA_WITH_AES_256_CCM_8", "DHE-RSA-AES256-CCM8"),
    Suite("RSA_AES_128_CCM_8", "LOW", 0xC0A0, "TLS_RSA_WITH_AES_128_CCM_8", "AES128-CCM8"),
    Suite("RSA_AES_256_CCM_8", "LOW", 0xC0A1, "TLS_RSA_WITH_AES_256_CCM_8", "AES256-CCM8"),
    Suite("ECDHE_ECDSA_NULL", "NONE", 0xC006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA", "ECDHE-ECDSA-NULL-SHA"),
    Suite("ECDHE_RSA_NULL", "NONE", 0xC010, "TLS_ECDHE_RSA_WITH_NULL_SHA", "ECDHE-RSA-NULL-SHA"),
    Suite("NULL_SHA256", "NONE", 0x003B, "TLS_RSA_WITH_NULL_SHA256", "NULL-SHA256"),
    # The suites of the source document, which ENABLE adds where the library has them.
    Suite("RSA_AES_256", "HIGH", 0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"),
    Suite("DHE_RSA_AES_256", "HIGH", 0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA"),
    Suite("DHE_DSS_AES_256", "HIGH", 0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA", "DHE-DSS-AES256-SHA"),
    Suite("DH_RSA_AES_256", "HIGH", 0x0037, "TLS_DH_RSA_WITH_AES_256_CBC_SHA", "DH-RSA-AES256-SHA"),
    Suite("DH_DSS_AES_256", "HIGH", 0x0036, "TLS_DH_DSS_WITH_AES_256_CBC_SHA", "DH-DSS-AES256-SHA"),
    Suite("3DES_168_SHA", "HIGH", 0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA"),
    Suite("DH_DSS_3DES", "HIGH", 0x000D, "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA", "DH-DSS-DES-CBC3-SHA"),
    Suite("DH_RSA_3DES", "HIGH", 0x0010, "TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA", "DH-RSA-DES-CBC3-SHA"),
    Suite("DHE_DSS_3DES", "HIGH", 0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA", "DHE-DSS-DES-CBC3-SHA"),
    Suite("DHE_RSA_3DES", "HIGH", 0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", "DHE-RSA-DES-CBC3-SHA"),
    Suite("RSA_AES_128", "MEDIUM", 0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
    Suite("DHE_RSA_AES_128", "MEDIUM", 0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA"),
    Suite("DHE_DSS_AES_128", "MEDIUM", 0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "DHE-DSS-AES128-SHA"),
    Suite("DH_RSA_AES_128", "MEDIUM", 0x0031, "TLS_DH_RSA_WITH_AES_128_CBC_SHA", "DH-RSA-AES128-SHA"),
    Suite("DH_DSS_AES_128", "MEDIUM", 0x0030, "TLS_DH_DSS_WITH_AES_128_CBC_SHA", "DH-DSS-AES128-SHA"),
    Suite("RC4_128_SHA", "MEDIUM", 0x0005, "TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA"),
    Suite("RC4_128_MD5", "MEDIUM", 0x0004, "TLS_RSA_WITH_RC4_128_MD5", "RC4-MD5"),
    Suite("RC2_40_MD5", "LOW", 0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5", "EXP-RC2-CBC-MD5"),
    Suite("RC4_40_MD5", "LOW", 0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "EXP-RC4-MD5"),
    Suite("DES_56_SHA", "LOW", 0x0009, "TLS_RSA_WITH_DES_CBC_SHA", "DES-CBC-SHA"),
    Suite("DH_DSS_DES", "LOW", 0x000C, "TLS_DH_DSS_WITH_DES_CBC_SHA", "DH-DSS-DES-CBC-SHA"),
    Suite("DH_RSA_DES", "LOW", 0x000F, "TLS_DH_RSA_WITH_DES_CBC_SHA", "DH-RSA-DES-CBC-SHA"),
    Suite("DHE_DSS_DES", "LOW", 0x0012, "TLS_DHE_DSS_WITH_DES_CBC_SHA", "DHE-DSS-DES-CBC-SHA"),
    Suite("DHE_RSA_DES", "LOW", 0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA", "DHE-RSA-DES-CBC-SHA"),
    Suite("NULL", "NONE", 0x0000, "TLS_NULL_WITH_NULL_NULL"),
    Suite("NULL_SHA", "NONE", 0x0002, "TLS_RSA_WITH_NULL_SHA", "NULL-SHA"),
    Suite("NULL_MD5", "NONE", 0x0001, "TLS_RSA_WITH_NULL_MD5", "NULL-MD5"),
)

BY_NAME: dict[str, Suite] = {suite.name: suite for suite in SUITES}
"""
The suites by the names that EXEMPT and ENABLE know.
"""

_OTHER_NAMES = {name.upper(): suite for suite in SUITES for name in (suite.library, suite.iana) if name}


def suiteOf(name: str) -> Suite | None:
    """
    Return the suite of this name, in upper case: z/VM's, the registry's or OpenSSL's;
    C{None} where there is no such suite.
    """
    return BY_NAME.get(name) or _OTHER_NAMES.get(name)

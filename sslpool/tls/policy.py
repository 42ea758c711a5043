# -*- test-case-name: tests.tls.test_policy,tests.tls.test_findings -*-
"""
What the TLS library is asked for: protocol versions, cipher suites, groups of key
exchange, options.  Agent and servers; what it cannot do is said by the stack process and C{sslpool check}.

The default suites are the forward-secret AEAD ones (RFC 9325 section 4.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from attrs import frozen
from OpenSSL import SSL

from sslpool.config.configuration import ServerParameters
from sslpool.config.suites import APPROVED_PROTOCOLS, BY_NAME, Suite
from sslpool.keydb.records import Credential, keyTypeOf
from sslpool.messages import Finding, OperatorError, finding, operatorError
from sslpool.tls import mode as approved
from sslpool.tls.binding import isWhole, setSignatures
from sslpool.tls.ciphers import SUITES, fits, isProvided, suitesInUse
from sslpool.tls.groups import setGroups, useFiniteField
from sslpool.wire.records import SuiteStatus

_VERSIONS = {
    "TLSV1_0": (SSL.TLS1_VERSION, "TLSv1", SSL.OP_NO_TLSv1),
    "TLSV1_1": (SSL.TLS1_1_VERSION, "TLSv1.1", SSL.OP_NO_TLSv1_1),
    "TLSV1_2": (SSL.TLS1_2_VERSION, "TLSv1.2", SSL.OP_NO_TLSv1_2),
    "TLSV1_3": (SSL.TLS1_3_VERSION, "TLSv1.3", SSL.OP_NO_TLSv1_3),
}

_ANCIENT = {"TLSV1_0", "TLSV1_1"}

PRIORITIZE_CHACHA = 1 << 21
"""
OpenSSL's C{SSL_OP_PRIORITIZE_CHACHA}, which pyOpenSSL does not name.
"""

OPTIONS = SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE | PRIORITIZE_CHACHA
"""
No compression (RFC 9325 section 3.3), no renegotiation (a client could make the server work for nothing).  Our order of
suites is taken, but ChaCha20 for a client that has no AES in hardware, and says so by putting ChaCha20 first.
"""


NO_AUTO_CHAIN = 0x8
"""
OpenSSL's C{SSL_MODE_NO_AUTO_CHAIN}: clients are shown the chain of the label, and nothing that
is trusted about other clients.
"""

GROUPS = ("X25519MLKEM768", "X25519", "P-256", "P-384")
"""
The groups of key exchange in use.  The first one resists a quantum computer (ML-KEM, FIPS 203) as well as it does a
break of ML-KEM; it is agreed upon with all clients that have it, and costs the others nothing.
"""


@frozen
class Policy:
    """
    The protocol policy of a pool.

    @ivar protocols: the versions in use, of C{TLSV1_0} to C{TLSV1_3}.
    @ivar suites: the suites in use, in order of preference.
    @ivar cacheLife: how long a session may be resumed, in seconds; 0 is never.
    @ivar mode: C{FIPS-140-2} or C{NIST-800-131A}, or C{None}.
    """

    protocols: tuple[str, ...] = ("TLSV1_2", "TLSV1_3")
    suites: tuple[Suite, ...] = suitesInUse()
    cacheLife: int = 86400
    mode: str | None = None

    @classmethod
    def of(cls, parameters: ServerParameters) -> Policy:
        """
        Return the policy that the VMSSL operands ask for.  Their names are known:
        L{sslpool.config.vmssl} has seen to that.

        @raise sslpool.messages.OperatorError: they leave no suite that could be used with any of the protocol versions.
        """
        suites = suitesInUse(parameters.exempt, parameters.exemptStrength, parameters.enable)
        protocols = parameters.protocols
        if parameters.mode is not None:
            suites = tuple(suite for suite in suites if suite.approved)
            protocols = tuple(version for version in protocols if version in APPROVED_PROTOCOLS)
        policy = cls(protocols, suites, parameters.cacheLife, parameters.mode)
        if not policy.versions():
            raise operatorError("SSLP131E")
        return policy

    def protocolNames(self) -> tuple[str, ...]:
        """
        The versions in use as the library names them, oldest first.
        """
        return tuple(_VERSIONS[version][1] for version in self.versions())

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

    def versions(self) -> tuple[str, ...]:
        """
        The versions in use for which there is a suite, oldest first.  The
        library fails every handshake where the newest version has none.
        """
        return tuple(
            version
            for version in _VERSIONS
            if version in self.protocols and any(_fits(suite, version) for suite in self.suites)
        )

    def offered(self) -> tuple[Suite, ...]:
        """
        The suites in use for which there is a version, in order of preference.
        """
        versions = self.versions()
        return tuple(suite for suite in self.suites if any(_fits(suite, version) for version in versions))

    def suiteStates(self) -> tuple[SuiteStatus, ...]:
        """
        Every suite of the table, and what has become of it.
        """
        offered = self.offered()
        return tuple(
            SuiteStatus(suite.name, suite.strength, suite.library, self._state(suite, suite in offered))
            for suite in SUITES
        )

    def _state(self, suite: Suite, offered: bool) -> str:
        if offered:
            return "in use"
        if not isProvided(suite):
            return "not provided"
        if suite in self.suites:
            return "no protocol version"
        if self.mode is not None and not suite.approved:
            return "not in MODE"
        return "exempt" if suite.default else "off"

    def unserved(self, credentials: Iterable[Credential]) -> list[dict[str, str]]:
        """
        Return the labels whose keys no suite in use fits, as fields of SSLP144W.
        """
        offered = self.offered()
        return [
            {"label": each.label, "key": keyTypeOf(each.certificate)}
            for each in credentials
            if not any(fits(suite, each.certificate) for suite in offered)
        ]

    def idle(self, credentials: Iterable[Credential]) -> tuple[str, ...]:
        """
        Return the versions in use with which no label can be reached, while some label can with another.
        """
        keys = [each.certificate for each in credentials]
        reached = [
            version
            for version in self.versions()
            if any(_fits(suite, version) and fits(suite, key) for suite in self.suites for key in keys)
        ]
        return tuple(version for version in self.versions() if reached and version not in reached)

    def check(self, credentials: Iterable[Credential]) -> None:
        """
        See that each label can be used under this policy.

        @raise sslpool.messages.OperatorError: SSLP140E, MODE does not permit one.
        """
        approved.checkCredentials(credentials, self.mode)

    @property
    def groups(self) -> tuple[str, ...]:
        """
        The groups of key exchange that are asked for, by the library's names, in order of preference.
        """
        return GROUPS if self.mode is None else approved.GROUPS

    def effectiveGroups(self) -> tuple[str, ...]:
        """
        The groups of key exchange that the library has taken, in order of preference.
        """
        return setGroups(SSL.Context(SSL.TLS_SERVER_METHOD), self.groups)

    def restrict(self, context: SSL.Context) -> None:
        """
        Apply versions, suites, groups and options to a context that is not yet in use.
        """
        versions = self.versions()
        context.set_min_proto_version(_VERSIONS[versions[0]][0])
        context.set_max_proto_version(_VERSIONS[versions[-1]][0])
        refused = 0
        for version, (_, _, option) in _VERSIONS.items():
            if version not in versions:
                refused |= option
        context.set_options(OPTIONS | refused)
        context.set_mode(NO_AUTO_CHAIN)
        # A list that names no suite is an error to the library, "none of TLS 1.3" is not.
        classic = self.classicSuites() or Policy().classicSuites()
        context.set_cipher_list(":".join((*classic, *self._level())).encode("ascii"))
        context.set_tls13_ciphersuites(":".join(self.modernSuites()).encode("ascii"))
        if any(name.startswith("DHE-") for name in self.classicSuites()):
            useFiniteField(context)
        if self.mode is not None:
            setSignatures(context, ":".join(approved.SIGNATURES))
        setGroups(context, self.groups)

    def _level(self) -> tuple[str, ...]:
        """
        What the cipher list says of the library's security level: none has the signatures of TLS 1.0 and 1.1 (MD5 and
        SHA-1), nor a suite without encryption or with a shortened check of integrity, unless it is 0.
        """
        weak = any(suite.strength in ("NONE", "LOW") for suite in self.suites)
        return ("@SECLEVEL=0",) if weak or _ANCIENT & set(self.versions()) else ()


def policyFindings(parameters: ServerParameters) -> tuple[Finding, ...]:
    """
    Return what the operands ask for and nobody gets: the library cannot do it, or they contradict each other.
    """
    file, line = parameters.place.file, parameters.place.line
    missing = [name for name in parameters.enable if not isProvided(BY_NAME[name])]
    found = [finding("SSLP258W", file, line, suite=name) for name in missing]
    if parameters.mode is not None and not isWhole():
        found.append(finding("SSLP600W", file, line, mode=parameters.mode))
    with suppress(OperatorError):  # they leave nothing at all, which is said elsewhere
        policy = Policy.of(parameters)
        idle = [version for version in policy.protocols if version not in policy.versions()]
        found += [finding("SSLP561W", file, line, version=version) for version in idle]
        without = [(name, _withoutEffect(BY_NAME[name], policy)) for name in parameters.enable if name not in missing]
        found += [finding("SSLP562W", file, line, suite=name, reason=reason) for name, reason in without if reason]
    return tuple(found)


def _withoutEffect(suite: Suite, policy: Policy) -> str:
    """
    Return why a suite that ENABLE names is not used; empty where it is, or where MODE has said why not.
    """
    if suite in policy.offered() or (policy.mode is not None and not suite.approved):
        return ""
    return "no protocol version in use has it" if suite in policy.suites else "EXEMPT excludes it"


def _fits(suite: Suite, version: str) -> bool:
    """
    Tell whether a version can use a suite: those of TLS 1.3 are for it alone, and those with
    authenticated encryption or SHA-256 came with TLS 1.2 (RFC 5246 section 1.2).
    """
    if suite.tls13 or version == "TLSV1_3":
        return suite.tls13 and version == "TLSV1_3"
    return version not in _ANCIENT or suite.library.endswith(("-SHA", "-MD5"))

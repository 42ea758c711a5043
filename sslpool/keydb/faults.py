# -*- test-case-name: tests.keydb.test_fitness -*-
"""
What is found about certificates, who refuses them, and what is asked of every certificate of a
chain.  Pure; any process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from attrs import evolve, frozen
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, ObjectIdentifier

from sslpool.keydb.certificate import Certificate
from sslpool.messages import Said, said

EVERYBODY = "every client"
BROWSERS, FIREFOX = "browsers", "Firefox"
OPENSSL, BORINGSSL, GNUTLS, RUSTLS, NODE = "OpenSSL", "BoringSSL", "GnuTLS", "rustls", "Node.js"
GO, JAVA, STRICT_PYTHON = "Go", "Java", "Python from release 3.13"

Extension = TypeVar("Extension", bound=x509.ExtensionType)

_KNOWN = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
    }
)
"""
Extensions that every client knows.
"""

_REFUSED_CRITICAL = {
    ExtensionOID.CERTIFICATE_POLICIES: RUSTLS,
    ExtensionOID.CRL_DISTRIBUTION_POINTS: f"{JAVA} and {BORINGSSL}",
    ExtensionOID.INHIBIT_ANY_POLICY: f"{GO} and {RUSTLS}",
    ExtensionOID.POLICY_MAPPINGS: f"{GNUTLS}, {GO} and {RUSTLS}",
    ExtensionOID.POLICY_CONSTRAINTS: f"{EVERYBODY} but {OPENSSL}",
    ExtensionOID.OCSP_NO_CHECK: f"{EVERYBODY} but {OPENSSL}",
    ObjectIdentifier("2.16.840.1.113730.1.1"): f"{EVERYBODY} but {OPENSSL}",  # Netscape's certificate type
    ExtensionOID.TLS_FEATURE: f"{EVERYBODY} but {GNUTLS}",
    ExtensionOID.ISSUER_ALTERNATIVE_NAME: f"{EVERYBODY} but {GNUTLS}",
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER: f"{EVERYBODY} but {GNUTLS} and {GO}",
    ExtensionOID.SUBJECT_KEY_IDENTIFIER: f"{EVERYBODY} but {GNUTLS} and {GO}",
    ExtensionOID.AUTHORITY_INFORMATION_ACCESS: f"{EVERYBODY} but {GNUTLS} and {GO}",
}
"""
Who refuses extensions that not every client knows, where they are critical (RFC 5280 section 4.2);
any other is refused by everybody.
"""


_NAMES = {
    ExtensionOID.CERTIFICATE_POLICIES.dotted_string: "certificatePolicies",
    ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string: "cRLDistributionPoints",
    ExtensionOID.INHIBIT_ANY_POLICY.dotted_string: "inhibitAnyPolicy",
    ExtensionOID.POLICY_MAPPINGS.dotted_string: "policyMappings",
    ExtensionOID.POLICY_CONSTRAINTS.dotted_string: "policyConstraints",
    ExtensionOID.PRECERT_POISON.dotted_string: "of a precertificate",
    ExtensionOID.TLS_FEATURE.dotted_string: "tlsfeature",
}


@frozen
class Fault:
    """
    Something for which clients refuse a certificate.

    @ivar said: the message about it; its field C{name} is the certificate that has the fault.
    @ivar isTotal: every client refuses it, so that nobody could use the certificate.
    """

    said: Said
    isTotal: bool = False

    def above(self, name: str) -> Fault:
        """
        Return the fault as that of what stands above a certificate.
        """
        fields = {**self.said.fields, "name": f"{self.said.fields['name']}, above {name},"}
        return evolve(self, said=evolve(self.said, fields=fields))


def listed(*clients: str) -> str:
    """
    Return these as a list in a sentence.
    """
    *others, last = clients
    return f"{', '.join(others)} and {last}" if others else last


def valueIn(certificate: Certificate, kind: type[Extension]) -> Extension | None:
    """
    Return the extension of a kind; C{None} where there is none.

    @raise ValueError: the extensions are malformed.
    """
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def criticalities(certificate: Certificate) -> dict[ObjectIdentifier, bool]:
    """
    Return which extensions a certificate has, and whether each is critical.

    @raise ValueError: they are malformed.
    """
    return {each.oid: each.critical for each in certificate.extensions}


def purposesOf(certificate: Certificate) -> frozenset[ObjectIdentifier] | None:
    """
    Return the purposes that a certificate is limited to; C{None} where it is not.

    @raise ValueError: the extensions are malformed.
    """
    found = valueIn(certificate, x509.ExtendedKeyUsage)
    return None if found is None else frozenset(found)


def criticalFaults(name: str, certificate: Certificate) -> Iterator[Fault]:
    """
    Yield the critical extensions that clients do not know.

    @raise ValueError: the extensions are malformed.
    """
    for kind, isCritical in criticalities(certificate).items():
        if isCritical and kind not in _KNOWN:
            clients = _REFUSED_CRITICAL.get(kind, EVERYBODY)
            fields = {"name": name, "extension": _shown(kind), "clients": clients}
            yield Fault(said("SSLP856W", **fields), isTotal=clients == EVERYBODY)


def _shown(kind: ObjectIdentifier) -> str:
    dotted = kind.dotted_string
    return f"{_NAMES[dotted]} ({dotted})" if dotted in _NAMES else dotted

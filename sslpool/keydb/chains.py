# -*- test-case-name: tests.keydb.test_chains -*-
"""
Which certificate belongs to a key, and which stand above it.  Pure; any process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Credential, PrivateKey
from sslpool.messages import operatorError


def belongs(key: PrivateKey, certificate: Certificate) -> bool:
    """
    Whether C{certificate} was made for C{key}.
    """
    try:
        return key.public_key() == certificate.publicKey()
    except (UnsupportedAlgorithm, ValueError):
        return False


def chainAbove(leaf: Certificate, candidates: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """
    Return those of C{candidates} that stand above C{leaf}, its issuer first,
    as TLS sends them (RFC 8446 section 4.4.2).  Those that do not are left out.
    """
    rest = [candidate for candidate in candidates if candidate != leaf]
    chain: list[Certificate] = []
    lowest = leaf
    while lowest is not leaf or leaf.issuer != leaf.subject:
        if lowest.issuer == lowest.subject:
            # Above a root is at most what another authority has issued for its key.
            rest = [candidate for candidate in rest if candidate.issuer != candidate.subject]
        issuer = next((candidate for candidate in rest if issued(candidate, lowest)), None)
        if issuer is None:
            break
        rest.remove(issuer)
        chain.append(issuer)
        lowest = issuer
    return tuple(chain)


def shown(chain: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """
    Return what of a certificate's chain is sent: not its root, which a client has or does not
    trust (RFC 8446 section 4.4.2).  What another authority has issued for the root's key is no
    root, and is sent.
    """
    return tuple(each for each in chain if not isRoot(each))


def isRoot(certificate: Certificate) -> bool:
    """
    Whether C{certificate} is signed with its own key.
    """
    return issued(certificate, certificate)


def completed(
    leaf: Certificate, chain: Sequence[Certificate], authorities: Iterable[Certificate]
) -> tuple[Certificate, ...]:
    """
    Return C{chain} continued with those of C{authorities} that stand above it.
    Roots among the authorities are left out: a client has them or does not
    trust them.
    """
    highest = chain[-1] if chain else leaf
    intermediates = (authority for authority in authorities if authority.issuer != authority.subject)
    return (*chain, *chainAbove(highest, intermediates))


def isAuthority(certificate: Certificate, hasKey: bool = False) -> bool:
    """
    Whether C{certificate} is one that others are issued with.

    Beside its private key only one that says that it signs certificates: what
    C{openssl req -x509} makes for a server calls itself an authority too, and
    its operator did not mean to trust what it might issue.

    @param hasKey: its private key is with it.
    """
    extensions = certificate.extensions
    try:
        basic = extensions.get_extension_for_class(x509.BasicConstraints).value
        return basic.ca and (_signsCertificates(extensions) or not hasKey)
    except x509.ExtensionNotFound:
        # Roots of the first version have no extensions.
        return not hasKey and certificate.issuer == certificate.subject
    except ValueError:
        return False


def isOnlyAuthority(certificate: Certificate) -> bool:
    """
    Whether C{certificate} signs certificates and nothing else: no server can use it.
    """
    if not isAuthority(certificate, hasKey=True):
        return False
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    return not (usage.digital_signature or usage.key_encipherment)


def _signsCertificates(extensions: x509.Extensions) -> bool:
    try:
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False


def brokenLink(
    leaf: Certificate, chain: Sequence[Certificate]
) -> tuple[Certificate, Certificate] | None:
    """
    Return the first certificate of C{chain} that has not issued the one below
    it, and that one before it; C{None} where the chain is whole.
    """
    for lower, upper in zip((leaf, *chain), chain, strict=False):
        if not issued(upper, lower):
            return lower, upper
    return None


def checkChain(credential: Credential) -> None:
    """
    See that each certificate of a credential's chain has issued the one before it:
    the TLS library would send whatever it is given, and clients would refuse it.

    @raise sslpool.messages.OperatorError: SSLP163E, one has not.
    """
    broken = brokenLink(credential.certificate, credential.chain)
    if broken is not None:
        lower, upper = broken
        raise operatorError(
            "SSLP163E",
            label=credential.label,
            lower=lower.shown,
            upper=upper.shown,
        )


def issued(issuer: Certificate, certificate: Certificate) -> bool:
    """
    Whether C{certificate} was signed with the key of C{issuer}, by its name.
    """
    if issuer.subject != certificate.issuer:
        return False
    try:
        return certificate.isSignedWith(issuer.publicKey())
    except UnsupportedAlgorithm:
        # A signature that this library does not know may still be right; the name is.
        return True
    except (ValueError, TypeError):
        return False

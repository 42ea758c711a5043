# -*- test-case-name: tests.tls.test_peercertificates -*-
"""
Certificates and keys of a context.  Servers; the stack and the commands for remote administration.

A context has one certificate of each kind of key, each with a chain of its own, and the
library chooses what the client can use.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import PublicKeyAlgorithmOID
from OpenSSL import SSL, crypto

from sslpool.keydb.armor import keyAlgorithm, privateKeyInfo
from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import shown
from sslpool.keydb.checking import weaknessOf
from sslpool.keydb.records import Credential
from sslpool.messages import operatorError


def useCredential(context: SSL.Context, credential: Credential) -> None:
    """
    Add a certificate, its chain and its key to C{context}, which is not yet in use.

    @raise sslpool.messages.OperatorError: the library does not accept it.
    """
    certificates = (credential.certificate, *shown(credential.chain))
    chain = b"".join(each.pem for each in certificates)
    try:
        # Only what comes from a file becomes the chain of this certificate alone.
        with inMemory(chain) as path:
            context.use_certificate_chain_file(path)
        _useKey(context, credential)
        context.check_privatekey()
    except SSL.Error as error:
        reason = _why(error, certificates)
        raise operatorError("SSLP130E", label=credential.label, reason=reason) from error


def _why(error: SSL.Error, certificates: Sequence[Certificate]) -> str:
    unread = next(filter(None, map(refusalOf, certificates)), "")
    weakness = weaknessOf(certificates[0])
    return unread or (f"{reasonOf(error)}: {weakness}" if weakness else reasonOf(error))


def refusalOf(certificate: Certificate) -> str:
    """
    Return why the TLS library does not read a certificate; empty where it does.
    """
    try:
        crypto.load_certificate(crypto.FILETYPE_ASN1, certificate.der)
    except crypto.Error as error:
        return certificate.fault or f"the TLS library does not read it ({reasonOf(error)})"
    return ""


def toOpenSSL(certificate: Certificate) -> crypto.X509:
    """
    Return a certificate for those who take pyOpenSSL's own.

    @raise sslpool.messages.OperatorError: SSLP130E, the library does not read it.
    """
    try:
        return crypto.load_certificate(crypto.FILETYPE_ASN1, certificate.der)
    except crypto.Error as error:
        raise operatorError("SSLP130E", label=certificate.shown, reason=refusalOf(certificate)) from error


def fromOpenSSL(certificate: crypto.X509) -> Certificate:
    """
    Return a certificate that OpenSSL has read, see L{Certificate.unread} where nobody else can.
    """
    der = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
    try:
        return Certificate.of(der)
    except MALFORMED:
        return Certificate.unread(der)


def peerOf(connection: SSL.Connection) -> Certificate | None:
    """
    Return the certificate that the other side has shown; C{None} where it has shown none.
    """
    found = connection.get_peer_certificate()
    return None if found is None else fromOpenSSL(found)


def shownBy(connection: SSL.Connection) -> bytes:
    """
    Return SHA-256 over the certificate that we have shown; empty where there is none.
    """
    found = connection.get_certificate()
    return b"" if found is None else sha256(crypto.dump_certificate(crypto.FILETYPE_ASN1, found)).digest()


@contextmanager
def inMemory(content: bytes) -> Iterator[str]:
    """
    Give C{content}, for which pyOpenSSL wants a file, the name of one, though it never leaves memory.
    """
    descriptor = os.memfd_create("credential")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _useKey(context: SSL.Context, credential: Credential) -> None:
    if credential.certificate.keyAlgorithm != PublicKeyAlgorithmOID.RSASSA_PSS:
        context.use_privatekey(credential.key)
        return
    with inMemory(_forPss(credential)) as path:
        context.use_privatekey_file(path, crypto.FILETYPE_ASN1)


def _forPss(credential: Credential) -> bytes:
    # The key that cryptography gives is one for any use of RSA, which is another kind of key to OpenSSL
    # (RFC 4055 section 1.2); as PKCS #8 it is said to be what the certificate says.
    key = credential.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return privateKeyInfo(keyAlgorithm(credential.certificate.signed), key)


def reasonOf(error: SSL.Error | crypto.Error) -> str:
    """
    Return OpenSSL's own words for what went wrong.
    """
    queue = error.args[0] if error.args else []
    # An error within others is told once for each of them.
    reasons = dict.fromkeys(entry[2] for entry in queue if len(entry) > 2 and entry[2])
    return "; ".join(reasons) or "unknown reason"

# -*- test-case-name: tests.tls.test_signing -*-
"""
What a client must know to be shown a label's certificate: the curve of its key, and an algorithm of its
signatures.  Servers; pure.
"""

from __future__ import annotations

from attrs import frozen
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import PublicKeyAlgorithmOID

from sslpool.keydb.certificate import Certificate
from sslpool.tls.clienthello import Hello

_CURVES = {
    "secp256r1": (23, 0x0403),
    "secp384r1": (24, 0x0503),
    "secp521r1": (25, 0x0603),
    "brainpoolP256r1": (26, 0x081A),
    "brainpoolP384r1": (27, 0x081B),
    "brainpoolP512r1": (28, 0x081C),
}
"""
The group of each curve up to TLS 1.2 and its signature algorithm in TLS 1.3 (RFC 8422 section 5.1.1, RFC 7027
section 2, RFC 8446 section 4.2.3, RFC 8734 section 3).
"""

_ECDSA = frozenset((0x0203, 0x0303, 0x0403, 0x0503, 0x0603))
_PSS = frozenset((0x0804, 0x0805, 0x0806))
_OTHERS = {
    "RSAPublicKey": (_PSS, _PSS | {0x0201, 0x0301, 0x0401, 0x0501, 0x0601}),
    "DSAPublicKey": (frozenset[int](), frozenset((0x0202, 0x0302, 0x0402, 0x0502, 0x0602))),
    "Ed25519PublicKey": (frozenset((0x0807,)),) * 2,
    "Ed448PublicKey": (frozenset((0x0808,)),) * 2,
}
"""
The signature algorithms of the other kinds of key, in TLS 1.3 and before (RFC 8446 section 4.2.3, RFC 5246
section 7.4.1.4.1).
"""


@frozen
class Signing:
    """
    How the key of a label signs.

    @ivar kind: the kind of the key, of which a context has one each.
    @ivar group: its curve, as a group of TLS 1.2; 0 where it has none.
    @ivar modern: its signature algorithms in TLS 1.3; none where it cannot be used there.
    @ivar classic: those before TLS 1.3, where none names the curve.
    """

    kind: str
    group: int = 0
    modern: frozenset[int] = frozenset()
    classic: frozenset[int] = frozenset()

    @classmethod
    def of(cls, certificate: Certificate) -> Signing:
        """
        Return what a certificate says.

        @raise ValueError: its key is malformed.
        @raise UnsupportedAlgorithm: its key is of a kind that is not known.
        """
        key = certificate.publicKey()
        kind = type(key).__name__
        if isinstance(key, ec.EllipticCurvePublicKey):
            group, scheme = _CURVES.get(key.curve.name, (0, 0))
            return cls(kind, group, frozenset((scheme,) if scheme else ()), _ECDSA)
        if certificate.keyAlgorithm == PublicKeyAlgorithmOID.RSASSA_PSS:
            # Another kind of key to the library, with algorithms of its own.
            schemes = frozenset((0x0809, 0x080A, 0x080B))
            return cls("RSASSA-PSS", 0, schemes, schemes)
        return cls(kind, 0, *_OTHERS.get(kind, (frozenset[int](), frozenset[int]())))

    def suits(self, hello: Hello, modern: bool) -> bool:
        """
        Tell whether a client can be shown the certificate, as far as it has said.

        @param modern: TLS 1.3 is in use here.
        """
        if modern and hello.modern and self.modern:
            return hello.signatures is None or not self.modern.isdisjoint(hello.signatures)
        if self.group and hello.groups is not None and self.group not in hello.groups:
            return False
        return hello.signatures is None or not self.classic.isdisjoint(hello.signatures)

# -*- test-case-name: tests.keydb.test_certificates -*-
"""
Certificates for tests, made in a millisecond: authorities, servers, clients, and
the files that hold them.  Tests only; any process.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from attrs import evolve, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from sslpool.keydb.armor import element, enclosed, keyAlgorithm
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import isRoot
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.generation import signatureHash
from sslpool.keydb.records import Credential, PrivateKey, commonNameOf
from sslpool.keydb.revocationlist import RevocationList
from sslpool.keydb.sealing import Cost

_SEQUENCE, _BIT_STRING = 0x30, 0x03
_PSS = bytes.fromhex("06092a864886f70d01010a")
_EC = bytes.fromhex("06072a8648ce3d0201")
_P256 = bytes.fromhex(
    "3081f7020101302c06072a8648ce3d0101022100ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
    "305b0420ffffffff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a93e7b3ebbd557698"
    "86bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a6678e1139d26b7819f7e900441046b17d1f2e12c4247"
    "f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb64068"
    "37bf51f5022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101"
)
_ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
PASSWORD = "test-password"
QUICK = Cost(2, 1, 1)
"""
What a password may cost where nobody guesses it.
"""


@frozen
class Authority:
    """
    A certification authority.

    @ivar certificate: its certificate.
    @ivar key: its private key.
    @ivar above: the certificates above it, without the root.
    """

    certificate: Certificate
    key: PrivateKey
    above: tuple[Certificate, ...] = ()

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """
        What a server sends with a certificate of this authority: every authority but the root.
        """
        return () if isRoot(self.certificate) else (self.certificate, *self.above)


def newKey() -> ec.EllipticCurvePrivateKey:
    """
    Return a new EC P-256 private key.
    """
    return ec.generate_private_key(ec.SECP256R1())


def makeAuthority(
    name: str = "Test CA",
    issuer: Authority | None = None,
    days: float = 30,
    key: PrivateKey | None = None,
    since: float = 1,
    signsLists: bool = True,
) -> Authority:
    """
    Make a root, or an intermediate authority under C{issuer}.

    @param days: how long it is valid; negative: it has expired that long ago.
    @param since: for how many days it has been valid; negative: in how many it will be.
    @param key: its private key; a new one if C{None}.
    @param signsLists: it may sign revocation lists.
    """
    key = key or newKey()
    builder = (
        _begin(name, key, issuer, days, since)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signing=True, lists=signsLists), critical=True)
    )
    certificate = _sign(builder, key, issuer)
    return Authority(certificate, key, issuer.chain if issuer else ())


def makeServer(
    authority: Authority,
    *names: str,
    label: str = "TEST",
    key: PrivateKey | None = None,
    days: float = 30,
    responder: str = "",
    since: float = 1,
    points: Iterable[str] = (),
) -> Credential:
    """
    Make a server's certificate with its chain.

    @param responder: the address of the authority's OCSP responder.
    @param points: the places of the authority's revocation list.

    @param names: DNS names and IP addresses; C{localhost}, 127.0.0.1 and ::1 if there are none.
    @param key: its private key; a new one if C{None}.
    @param days: how long it is valid; negative: it has expired that long ago.
    @param since: as for L{makeAuthority}.
    """
    names = names or ("localhost", "127.0.0.1", "::1")
    alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
    key = key or newKey()
    builder = _begin(names[0], key, authority, days, since).add_extension(alternatives, critical=False)
    if responder:
        place = x509.UniformResourceIdentifier(responder)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    places = [x509.DistributionPoint([x509.UniformResourceIdentifier(each)], None, None, None) for each in points]
    if places:
        builder = builder.add_extension(x509.CRLDistributionPoints(places), critical=False)
    return _endEntity(authority, label, builder, key, ExtendedKeyUsageOID.SERVER_AUTH)


def makePss(authority: Authority, *names: str, label: str = "PSS") -> Credential:
    """
    As L{makeServer}, with a key that is for RSASSA-PSS alone (RFC 4055 section 1.2), which
    cryptography cannot put into a certificate.
    """
    plain = makeServer(authority, *names, label=label, key=rsa.generate_private_key(65537, 2048))
    return _withAlgorithm(authority, plain, enclosed(_SEQUENCE, _PSS))


def makeExplicit(authority: Authority, *names: str, label: str = "WRITTEN") -> Credential:
    """
    As L{makeServer}, with the curve of its key written out, which RFC 5480 section 2.1.1 forbids.
    """
    return _withAlgorithm(authority, makeServer(authority, *names, label=label), enclosed(_SEQUENCE, _EC + _P256))


def _withAlgorithm(authority: Authority, plain: Credential, algorithm: bytes) -> Credential:
    tbs = _withKeyAlgorithm(plain.certificate.signed, algorithm)
    assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
    signature = authority.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    signed = tbs + enclosed(_SEQUENCE, _ECDSA_SHA256) + enclosed(_BIT_STRING, b"\0" + signature)
    return evolve(plain, certificate=Certificate.of(enclosed(_SEQUENCE, signed)))


def _withKeyAlgorithm(tbs: bytes, algorithm: bytes) -> bytes:
    before = keyAlgorithm(tbs)
    _, start, _ = element(tbs, 0)
    at = tbs.index(before)
    parts: list[bytes] = []
    while start < len(tbs):
        _, body, end = element(tbs, start)
        isKey = body == at
        parts.append(enclosed(_SEQUENCE, algorithm + tbs[at + len(before) : end]) if isKey else tbs[start:end])
        start = end
    return enclosed(_SEQUENCE, b"".join(parts))


def makeClient(
    authority: Authority,
    commonName: str = "client",
    days: float = 30,
    *names: x509.GeneralName,
    unit: str = "",
    purpose: ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
) -> Credential:
    """
    Make a client's certificate with its chain; its label is C{CLIENT}.

    @param days: as for L{makeServer}.
    @param names: its alternative names.
    @param unit: its organizational unit, if it has one.
    @param purpose: what it may be used for.
    """
    key = newKey()
    attributes = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)] if unit else []
    subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, commonName)])
    builder = _beginAs(subject, key, authority, days)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _endEntity(authority, "CLIENT", builder, key, purpose)


def makeRevocations(
    authority: Authority,
    *revoked: Certificate,
    days: float = 30,
    made: float = 0,
    extensions: Iterable[x509.ExtensionType] = (),
    entryExtensions: Iterable[x509.ExtensionType] = (),
    critical: bool = True,
) -> RevocationList:
    """
    Make a revocation list.

    @param revoked: the certificates that it revokes.
    @param days: when the next one is due; negative: it was due that long ago.
    @param made: days since it was made; negative: it will be valid only then.
    @param extensions: its extensions.
    @param entryExtensions: the extensions of each entry.
    @param critical: they are critical.
    """
    now = datetime.now(UTC)
    due = now + timedelta(days=days)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.strict.subject)
        .last_update(min(now - timedelta(days=made), due - timedelta(days=1)))
        .next_update(due)
    )
    for certificate in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial).revocation_date(now)
        for extension in entryExtensions:
            entry = entry.add_extension(extension, critical)
        builder = builder.add_revoked_certificate(entry.build())
    for extension in extensions:
        builder = builder.add_extension(extension, critical)
    found = builder.sign(authority.key, signatureHash(authority.key))
    return RevocationList(found.public_bytes(Encoding.DER))


def respond(
    authority: Authority,
    certificate: Certificate,
    days: float = 7,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    signer: Credential | None = None,
) -> bytes:
    """
    Return an OCSP response of C{authority} about C{certificate}, DER.

    @param days: until when it holds; negative: it has expired that long ago.
    @param signer: to whom the authority has delegated it.
    """
    end = datetime.now(UTC) + timedelta(days=days)
    begin = min(end, datetime.now(UTC)) - timedelta(days=1)
    revoked = begin if status is ocsp.OCSPCertStatus.REVOKED else None
    issuer, key = authority.certificate.strict, authority.key if signer is None else signer.key
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate.strict, issuer, hashes.SHA1(), status, begin, end, revoked, None
    )
    if signer is not None:
        builder = builder.certificates([signer.certificate.strict])
    responder = issuer if signer is None else signer.certificate.strict
    return (
        builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
        .sign(key, signatureHash(key))
        .public_bytes(Encoding.DER)
    )


def keyPem(key: PrivateKey) -> bytes:
    """
    Return C{key} as PEM, not encrypted.
    """
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def credentialPem(credential: Credential) -> bytes:
    """
    Return private key, certificate and chain as one PEM text.
    """
    return keyPem(credential.key) + exportPem((credential.certificate, *credential.chain))


def writeCredential(path: str, credential: Credential) -> str:
    """
    Write L{credentialPem} to the new file C{path} and return its name.
    """
    writeNew(path, credentialPem(credential), PRIVATE)
    return path


def writeCertificates(path: str, *certificates: Certificate) -> str:
    """
    Write C{certificates} as PEM, for instance a client's trust anchors, to the new file C{path} and return its name.
    """
    writeNew(path, exportPem(certificates), PRIVATE)
    return path


def makeDatabase(
    path: str, credentials: Iterable[Credential] = (), *authorities: Authority, password: str = PASSWORD
) -> str:
    """
    Make the key database C{path}, with its stash file, and return its name.

    @param authorities: those whose certificates it is to have, under their common names.
    """
    with Database.create(path, password, cost=QUICK) as database:
        for credential in credentials:
            database.add(credential)
        for authority in authorities:
            database.addCertificates({commonNameOf(authority.certificate): authority.certificate})
        database.stash()
    return path


def _begin(name: str, key: PrivateKey, issuer: Authority | None, days: float, since: float) -> x509.CertificateBuilder:
    return _beginAs(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, issuer, days, since)


def _beginAs(
    subject: x509.Name, key: PrivateKey, issuer: Authority | None, days: float, since: float = 1
) -> x509.CertificateBuilder:
    issuerKey = issuer.key if issuer else key
    now = datetime.now(UTC)
    end = now + timedelta(days=days)
    return (
        x509.CertificateBuilder(issuer.certificate.strict.subject if issuer else subject, subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(end, now) - timedelta(days=since))
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuerKey.public_key()), critical=False)
    )


def _endEntity(
    authority: Authority, label: str, begun: x509.CertificateBuilder, key: PrivateKey, purpose: ObjectIdentifier
) -> Credential:
    builder = (
        begun.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signing=False, lists=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    )
    return Credential(label, _sign(builder, key, authority), authority.chain, key)


def _sign(builder: x509.CertificateBuilder, key: PrivateKey, issuer: Authority | None) -> Certificate:
    signer = issuer.key if issuer else key
    return Certificate.ofStrict(builder.sign(signer, signatureHash(signer)))


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(signing: bool, lists: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signing,
        crl_sign=lists,
        content_commitment=False,
        key_encipherment=not signing,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

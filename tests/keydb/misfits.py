"""
Certificates that clients refuse, each for one reason, and what is to be said of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.generation import signatureHash
from sslpool.keydb.records import Credential, PrivateKey
from tests.doubles.certificates import Authority, makePss, newKey

Extension = tuple[x509.ExtensionType, bool]
HOST = "www.example.com"
_UNKNOWN = (x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\5\0"), True)
_LIST = x509.DistributionPoint([x509.UniformResourceIdentifier("http://x/y")], None, None, None)


@frozen
class Node:
    """
    A certificate with its key, and those above it.

    @ivar certificate: the certificate.
    @ivar key: its private key.
    @ivar above: those above it, its issuer first, the root last.
    """

    certificate: Certificate
    key: PrivateKey
    above: tuple[Certificate, ...] = ()


@frozen
class Misfit:
    """
    A certificate that some clients refuse.

    @ivar node: it, with what is above it; a root that is trusted stands last, or is itself.
    @ivar host: for which host clients ask.
    @ivar messages: the ids of what is said, C{!} behind one that means every client.
    """

    node: Node
    host: str
    messages: tuple[str, ...]

    @property
    def credential(self) -> Credential:
        """
        What a server has.
        """
        return Credential("WEB", self.node.certificate, self.node.above, self.node.key)

    @property
    def root(self) -> Certificate:
        """
        What a client trusts.
        """
        return self.node.above[-1] if self.node.above else self.node.certificate


def usage(*uses: str) -> x509.KeyUsage:
    """
    Return a key usage.
    """
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{each: each in uses for each in every})


def made(
    name: str, extensions: Sequence[Extension | None], issuer: Node | None = None, key: PrivateKey | None = None
) -> Node:
    """
    Make a certificate with these extensions and no others.
    """
    key = key or newKey()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
    signer = key if issuer is None else issuer.key
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        subject if issuer is None else issuer.certificate.strict.subject,
        subject,
        key.public_key(),
        x509.random_serial_number(),
        now - timedelta(days=1),
        now + timedelta(days=300),
    )
    for extension in extensions:
        if extension is not None:
            builder = builder.add_extension(*extension)
    signed = builder.sign(signer, signatureHash(signer))
    above = () if issuer is None else (issuer.certificate, *issuer.above)
    return Node(Certificate.ofStrict(signed), key, above)


_CA: Extension = (x509.BasicConstraints(ca=True, path_length=None), True)
_END: Extension = (x509.BasicConstraints(ca=False, path_length=None), True)
_SIGNS: Extension = (usage("key_cert_sign", "crl_sign"), True)
_SERVES: Extension = (usage("digital_signature"), True)


def authority(
    name: str,
    issuer: Node | None = None,
    *more: Extension,
    basic: Extension | None = _CA,
    uses: Extension | None = _SIGNS,
    hasIds: bool = True,
    key: PrivateKey | None = None,
) -> Node:
    """
    Make an authority as RFC 5280 wants it, but for what is said.
    """
    key = key or newKey()
    ids = _ids(key, issuer) if hasIds else []
    return made(name, [basic, uses, *ids, *more], issuer, key)


def _ids(key: PrivateKey, issuer: Node | None) -> list[Extension]:
    own: list[Extension] = [(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)]
    if issuer is None:
        return own
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    return [*own, (above, False)]


def server(
    issuer: Node | None,
    *more: Extension,
    names: Sequence[str | x509.GeneralName] | None = (HOST,),
    subject: str = HOST,
    basic: Extension | None = _END,
    uses: Extension | None = _SERVES,
    purposes: Sequence[ObjectIdentifier] | None = (ExtendedKeyUsageOID.SERVER_AUTH,),
    hasIds: bool = True,
    key: PrivateKey | None = None,
) -> Node:
    """
    Make a server's certificate as RFC 5280 wants it, but for what is said.
    """
    key = key or newKey()
    extensions = [basic, uses, *(_ids(key, issuer) if hasIds else []), *more]
    if purposes is not None:
        extensions.append((x509.ExtendedKeyUsage(purposes), False))
    if names is not None:
        every = [x509.DNSName(each) if isinstance(each, str) else each for each in names]
        extensions.append((x509.SubjectAlternativeName(every), False))
    return made(subject, extensions, issuer, key)


@cache
def chain() -> tuple[Node, Node]:
    """
    Return a root and an intermediate authority.
    """
    root = authority("Root")
    return root, authority("Intermediate", root)


@cache
def fit() -> dict[str, Misfit]:
    """
    Return what nothing is to be said of.
    """
    root, above = chain()
    names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    found = {
        "plain": server(above),
        "directly below the root": server(root),
        "wildcard": server(above, names=("*.example.com",)),
        "no subject": server(above, (names, True), names=None, subject=""),
        "P-384": server(above, key=ec.generate_private_key(ec.SECP384R1())),
        "no purposes": server(above, purposes=None, uses=None, basic=None),
        "self-signed": server(None),
        "pathlen": server(authority("P", root, basic=(x509.BasicConstraints(ca=True, path_length=0), True))),
        "permitted": server(authority("N", root, _permitted(x509.DNSName("example.com")))),
        "permitted below": server(authority("N", root, _permitted(x509.DNSName(".example.com")))),
        "permitted addresses": server(authority("N", root, _permitted(x509.IPAddress(ip_network("10.0.0.0/8"))))),
        "not excluded": server(authority("N", root, _excluded(x509.DNSName("a.www.example.com")))),
    }
    return {name: Misfit(node, HOST, ()) for name, node in found.items()}


def _permitted(*names: x509.GeneralName) -> Extension:
    return x509.NameConstraints(list(names), None), True


def _excluded(*names: x509.GeneralName) -> Extension:
    return x509.NameConstraints(None, list(names)), True


@cache
def misfits() -> dict[str, Misfit]:
    """
    Return what something is to be said of, by what it is.
    """
    found: dict[str, Misfit] = {}
    for group in (_keys, _purposes, _names, _criticals, _constrained, _authorities):
        for name, node, messages in group():
            host = name.partition(" ")[2] if group is _names and " " in name else HOST
            found[name] = Misfit(node, host, tuple(messages.split()))
    return found


Group = Iterator[tuple[str, Node, str]]


def _keys() -> Group:
    above = chain()[1]
    keys: dict[str, tuple[Callable[[], PrivateKey], str]] = {
        "P-521": (lambda: ec.generate_private_key(ec.SECP521R1()), "851W"),
        "Ed25519": (ed25519.Ed25519PrivateKey.generate, "851W"),
        "Ed448": (ed448.Ed448PrivateKey.generate, "851W"),
        "brainpool": (lambda: ec.generate_private_key(ec.BrainpoolP256R1()), "851W!"),
        "secp256k1": (lambda: ec.generate_private_key(ec.SECP256K1()), "851W!"),
        "P-224": (lambda: ec.generate_private_key(ec.SECP224R1()), "851W!"),
    }
    for name, (make, message) in keys.items():
        yield name, server(above, key=make()), message
    pss = makePss(Authority(above.certificate, above.key), HOST)
    yield "RSASSA-PSS", Node(pss.certificate, pss.key, (above.certificate, *above.above)), "851W"


def _purposes() -> Group:
    above = chain()[1]
    purposes = ExtendedKeyUsageOID
    yield "for clients", server(above, purposes=[purposes.CLIENT_AUTH]), "855W"
    yield "for any purpose", server(above, purposes=[purposes.ANY_EXTENDED_KEY_USAGE]), "855W"
    yield "for mail", server(above, purposes=[purposes.EMAIL_PROTECTION]), "855W!"
    yield "an authority", server(above, basic=_CA), "857W"
    yield "an authority without usage", server(above, basic=_CA, uses=None), "857W 862W"
    yield "a self-signed authority", server(None, basic=_CA, uses=None, purposes=None), "857W"
    encipherment: Extension = (usage("key_encipherment"), True)
    yield "does not sign", server(above, uses=encipherment), "858W"
    yield "only enciphers", server(above, uses=encipherment, key=rsa.generate_private_key(65537, 2048)), "858W"
    yield "does nothing in TLS", server(above, uses=(usage("content_commitment"), True)), "858W"
    yield "signs certificates", server(above, uses=(usage("digital_signature", "key_cert_sign"), True)), "862W"
    yield "no identifiers", server(above, hasIds=False), "862W"


def _names() -> Group:
    above = chain()[1]
    yield "none", server(above, names=None), "852W"
    yield "mail", server(above, names=[x509.RFC822Name("a@example.com")]), "852W"
    yield "nothing", server(above, names=[]), "852W 862W"
    yield "nobody", server(above, names=None, subject=""), "853W"
    yield "uncritical", server(above, subject=""), "861W"
    for name, host in (
        ("*", "localhost"),
        ("*.com", "example.com"),
        ("a.*.example.com", "a.b.example.com"),
        ("f*.example.com", "foo.example.com"),
        ("192.0.2.1", "192.0.2.1"),
        ("www.example.com.", HOST),
        (".example.com", "a.example.com"),
        ("https://www.example.com", HOST),
        ("www.example.com:443", HOST),
    ):
        yield f"{name} {host}", server(above, names=[name]), "854W"


def _criticals() -> Group:
    root, above = chain()
    yield "unknown critical", server(above, _UNKNOWN), "856W!"
    yield "a precertificate", server(above, (x509.PrecertPoison(), True)), "856W!"
    policies = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.2.3.4"), None)])
    yield "critical policies", server(above, (policies, True)), "856W"
    yield "critical list", server(above, (x509.CRLDistributionPoints([_LIST]), True)), "856W"
    yield "critical delta", server(above, (x509.FreshestCRL([_LIST]), True)), "856W!"
    feature = x509.TLSFeature([x509.TLSFeatureType.status_request_v2])
    yield "critical feature", server(above, (feature, True)), "856W"
    yield "critical names", server(above, (x509.IssuerAlternativeName([x509.DNSName("x")]), True)), "856W"
    yield "unknown critical above", server(authority("U", root, _UNKNOWN)), "856W!"
    yield "no explicit policy above", server(authority("P", root, (x509.PolicyConstraints(0, None), True))), "856W"
    yield "no policy for any above", server(authority("P", root, (x509.InhibitAnyPolicy(0), True))), "856W"


def _constrained() -> Group:
    root = chain()[0]
    net, mail = x509.IPAddress(ip_network("10.0.0.0/8")), x509.RFC822Name("example.org")
    place = x509.UniformResourceIdentifier(".example.org")
    directory = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Other")]))
    address = x509.IPAddress(ip_address("192.0.2.1"))
    for name, constraint, more, messages in (
        ("name not permitted", _permitted(x509.DNSName("example.org")), (), "864W!"),
        ("name itself not permitted", _permitted(x509.DNSName(".www.example.com")), (), "864W!"),
        ("name excluded", _excluded(x509.DNSName("example.com")), (), "864W!"),
        ("address not permitted", _permitted(net), (address,), "864W!"),
        ("mail not permitted", _permitted(mail), (x509.RFC822Name("a@example.com"),), "864W!"),
        ("place not permitted", _permitted(place), (x509.UniformResourceIdentifier("http://a.example.com/"),), "864W"),
        ("directory not permitted", _permitted(directory), (), "864W"),
    ):
        yield name, server(authority("N", root, constraint), names=(HOST, *more)), messages
    yield "name not permitted by root", server(authority("N", None, _permitted(x509.DNSName("example.org")))), "864W"
    limited: Extension = (x509.BasicConstraints(ca=True, path_length=0), True)
    yield "too deep", server(authority("Low", authority("P", root, basic=limited))), "865W!"
    yield "too deep below root", server(authority("Low", authority("P", basic=limited))), "865W"


def _authorities() -> Group:
    root = chain()[0]
    yield "no authority above", server(authority("E", root, basic=_END)), "866W!"
    yield "no constraints above", server(authority("E", root, basic=None)), "866W!"
    yield "no right to sign above", server(authority("E", root, uses=_SERVES)), "866W"
    clients = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    yield "for clients above", server(authority("C", root, (clients, False))), "866W"
    yield "Ed448 above", server(authority("K", root, key=ed448.Ed448PrivateKey.generate())), "867W"
    yield "brainpool above", server(authority("K", root, key=ec.generate_private_key(ec.BrainpoolP256R1()))), "867W"
    yield "not critical above", server(authority("B", root, basic=(_CA[0], False))), "862W"
    yield "no usage above", server(authority("B", root, uses=None)), "862W"
    yield "no identifiers above", server(authority("B", root, hasIds=False)), "862W"
    other = x509.AuthorityKeyIdentifier.from_issuer_public_key(newKey().public_key())
    key = newKey()
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    above = chain()[1]
    yield "another issuer's key", server(above, (own, False), (other, False), hasIds=False, key=key), "863W"

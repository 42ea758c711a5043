"""
Tests for L{sslpool.keydb.fitness}: what is said of certificates that clients refuse, and that it is true.
"""

from __future__ import annotations

import contextlib
import re
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.faults import EVERYBODY, Fault
from sslpool.keydb.fitness import faultsOf, hasExplicitCurve, hostProblem, mustStaple
from sslpool.keydb.generation import KEY_KINDS, selfSigned
from sslpool.tls.peercertificates import useCredential
from tests.doubles.certificates import makeAuthority, makeClient, makeExplicit, makeServer
from tests.keydb.misfits import Misfit, authority, fit, misfits, server


def faults(misfit: Misfit) -> list[Fault]:
    """
    Return what is said of one.
    """
    return faultsOf("WEB", misfit.node.certificate, misfit.node.above)


def isSaidToRefuse(misfit: Misfit, client: str) -> bool:
    """
    Whether what is said names a client.
    """
    for fault in faults(misfit):
        clients = re.search(r"refused by (.*)$", str(fault.said))
        assert clients is not None, str(fault.said)
        every, _, exempt = clients[1].partition(f"{EVERYBODY} but ")
        if clients[1].startswith(EVERYBODY) and client not in exempt:
            return True
        if client in every:
            return True
    return False


def handshake(misfit: Misfit, context: ssl.SSLContext) -> bool:
    """
    Whether a client of the system's OpenSSL takes a certificate.
    """
    serving = SSL.Context(SSL.TLS_SERVER_METHOD)
    useCredential(serving, misfit.credential)
    connection = SSL.Connection(serving, None)
    connection.set_accept_state()
    context.load_verify_locations(cadata=misfit.root.der)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=misfit.host)
    for _ in range(6):
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            return False
        else:
            return True
        connection.bio_write(outgoing.read())
        with contextlib.suppress(SSL.Error):
            connection.do_handshake()
        with contextlib.suppress(SSL.Error):
            incoming.write(connection.bio_read(1 << 16))
    raise AssertionError("the handshake does not end")


class SaidTests(SynchronousTestCase):
    """
    What is said.
    """

    def test_fit(self) -> None:
        """
        Of certificates that every client takes nothing is said.
        """
        found = {name: [str(fault.said) for fault in faults(misfit)] for name, misfit in fit().items()}
        self.assertEqual(found, dict.fromkeys(found, []))

    def test_misfits(self) -> None:
        """
        Of every other one its fault is said, whether every client refuses it, and nothing else.
        """
        for name, misfit in misfits().items():
            found = tuple(f"{fault.said.id[4:8]}{'!' if fault.isTotal else ''}" for fault in faults(misfit))
            self.assertEqual(found, misfit.messages, name)

    def test_ours(self) -> None:
        """
        Nothing is said of what C{gskkyman} makes, but for the kinds of key that not every client can use.
        """
        for kind in KEY_KINDS:
            made = selfSigned("WEB", "a.example", ["a.example", "192.0.2.1"], kind=kind)
            found = [fault.said.id for fault in faultsOf("WEB", made.certificate)]
            self.assertEqual(found, ["SSLP851W"] if kind in ("ec-521", "ed25519") else [], kind)

    def test_authority(self) -> None:
        """
        Of an authority that serves nobody nothing is said.
        """
        made = selfSigned("CA", "CA", [], usage="authority")
        self.assertEqual(faultsOf("CA", made.certificate), [])

    def test_weak(self) -> None:
        """
        What was stored though it is weak is named, the certificate itself and one above it.
        """
        key = rsa.generate_private_key(65537, 1024)
        [fault] = faultsOf("WEB", server(None, key=key).certificate)
        said = "SSLP868W Certificate WEB is weak: its RSA key has 1024 bits, fewer than 2048"
        self.assertEqual((str(fault.said), fault.isTotal), (said, True))
        node = server(authority("Small", key=key))
        [fault] = faultsOf("WEB", node.certificate, node.above)
        self.assertRegex(str(fault.said), "^SSLP868W Certificate CN=Small, above WEB, is weak: ")

    def test_client(self) -> None:
        """
        A client's certificate is called that, for it can be right.
        """
        [purpose, name] = faultsOf("A", makeClient(makeAuthority()).certificate)
        said = "SSLP855W Certificate A is for clients, not for servers: refused by every client"
        self.assertEqual((str(purpose.said), purpose.isTotal), (said, False))
        self.assertEqual(name.said.id, "SSLP852W")

    def test_explicitCurve(self) -> None:
        """
        A curve that is written out is noticed, though the key is that of a curve with a name.
        """
        self.assertFalse(hasExplicitCurve(makeServer(makeAuthority()).certificate))
        odd = makeExplicit(makeAuthority()).certificate
        [fault] = [each for each in faultsOf("WEB", odd) if each.said.id == "SSLP851W"]
        what = "has a key of type EC P-256 with explicit curve parameters"
        said = f"SSLP851W Certificate WEB {what}: refused by every client"
        self.assertEqual((str(fault.said), fault.isTotal), (said, True))

    def test_hosts(self) -> None:
        """
        Names of hosts as they should be have no fault.
        """
        for host in ("a", "localhost", "www.example.com", "*.example.com", "xn--bcher-kva.example", "1.example"):
            self.assertIsNone(hostProblem(host), host)
        for host in ("a_b.example.com", "a b.example.com", "-a.example.com", "a-.example.com", "", "::1", "a.b*.c"):
            self.assertIsNotNone(hostProblem(host), host)

    def test_mustStaple(self) -> None:
        """
        A certificate that demands a response is known by its feature, and nothing else.
        """
        above = misfits()["none"].node.above
        self.assertFalse(mustStaple(above[0]))
        feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
        self.assertTrue(mustStaple(server(None, (feature, False)).certificate))
        other = x509.TLSFeature([x509.TLSFeatureType.status_request_v2])
        self.assertFalse(mustStaple(server(None, (other, False)).certificate))


class TrueTests(SynchronousTestCase):
    """
    What is said of OpenSSL is true of the system's, which is another than the pool's.
    """

    def test_openSSL(self) -> None:
        """
        It refuses exactly those of which that is said.
        """
        wrong = {}
        for name, misfit in {**fit(), **misfits()}.items():
            taken = handshake(misfit, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
            if taken == isSaidToRefuse(misfit, "OpenSSL"):
                wrong[name] = taken
        self.assertEqual(wrong, {})

    def test_strict(self) -> None:
        """
        Likewise with what Python sets by default from release 3.13 on.
        """
        wrong = {}
        for name, misfit in {**fit(), **misfits()}.items():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
            # Python has OpenSSL.
            isNamed = any("Python" in str(fault.said) for fault in faults(misfit))
            said = isNamed or isSaidToRefuse(misfit, "OpenSSL")
            if handshake(misfit, context) == said:
                wrong[name] = said
        self.assertEqual(wrong, {})

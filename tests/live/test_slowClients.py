"""
Clients whose handshakes are slow, large or in pieces, on every kind of port: each is served as any other, also when
the server dies meanwhile; and whoever is refused learns why.
"""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

from sslpool.keydb.armor import armored, elements, enclosed, unarmoredBody
from sslpool.keydb.database import Database
from tests.doubles.certificates import makeAuthority, makeClient, writeCredential
from tests.live.applications import Application, echo
from tests.live.clients import TLS12, TLS13
from tests.live.configurations import PROFILE, FilesCase, freePort
from tests.live.programs import LIMIT
from tests.live.rawtls import Cut, Keys, RawClient, endlessHello, helloOf, inRecords, singly
from tests.sealing import LARGEST, Sealer13

PORTS = {
    "one label": "",
    "several labels": " SHOP",
    "ALPN": " ALPN echo",
    "client certificates": " CLIENTCERTCHECK PREFERRED",
    "required certificates": " CLIENTCERTCHECK REQUIRED",
    "STRICT": " SHOP STRICT",
}
"""
The kinds of port, and their operands behind the first label.
"""

OTHERS = "several labels", "STRICT"
"""
The ports that serve shop.example.
"""

PAUSE = 0.002
"""
The time between segments of one octet, in seconds.
"""

LARGE = 49_000
MODERN = 1_800
BEYOND = 200_000
"""
Sizes of a ClientHello in octets: with a long chain in its ticket; of a browser that offers post-quantum groups; and
what nobody needs.
"""

SENT = 100_000
"""
What a client sends while it is being refused, in octets.
"""

CHUNK = 4096
"""
What it sends at once, in octets.
"""

PATIENCE = 20.0
"""
How long a client waits for a server that takes over, in seconds.
"""

OPTIONAL, EARLY_DATA = 0xA0, 0xAF
"""
Tags of a session's optional fields: the first one, and that for the size of early data.
"""

TIMES = 40
UPDATES = 200
MEBIBYTE = bytes(1 << 20)
COUNT = b"count"


def converse(connection: socket.socket) -> None:
    """
    Echo, or say at the end how many octets came where the first ones are L{COUNT}.
    """
    if connection.recv(len(COUNT), socket.MSG_PEEK | socket.MSG_WAITALL) == COUNT:
        connection.sendall(b"%08d" % sum(len(octets) for octets in iter(lambda: connection.recv(1 << 16), b"")))
    else:
        echo(connection)


class SlowClientTests(FilesCase):
    """
    Two servers, and a port of each kind.
    """

    maxDiff = None

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        clients = makeAuthority("Clients CA")
        self.known = writeCredential(self.path("client.pem"), makeClient(clients, "client"))
        self.unknown = writeCredential(self.path("other.pem"), makeClient(makeAuthority("Others"), "client"))
        self.limit(100, 50)
        shop = self.credential("SHOP", names=("shop.example",))
        first = self.adapt(Application(self, converse), self.credential(), shop)
        with Database.openStashed(self.files.keyFile) as database:
            database.addCertificates({"Clients": clients.certificate})
        self.ports = {kind: first if not operands else freePort(self) for kind, operands in PORTS.items()}
        lines = [f"{self.ports[kind]} TCP WEBSERV SECURE WEBCERT{operands}" for kind, operands in PORTS.items()]
        self.files.replace(PROFILE, lines[0], "\n   ".join(lines))
        self.stack = self.serve(*self.options)

    def keys(self, version: ssl.TLSVersion, *protocols: str, shown: str = "") -> Keys:
        """
        Return what clients need that show a certificate.

        @param protocols: those of ALPN that they name.
        @param shown: the file of another certificate.
        """
        keys = Keys(self.certificates, version)
        self.addCleanup(keys.close)
        keys.context.load_cert_chain(shown or self.known)
        keys.context.set_alpn_protocols(list(protocols))
        return keys

    def sized(self, version: ssl.TLSVersion, size: int) -> Keys:
        """
        Return what clients need whose ClientHello has at least C{size} octets: they name many protocols.
        """
        return self.keys(version, *(f"{number:0190}" for number in range(1 + size // 191)), "echo")

    def failures(self, attempts: Mapping[str, Callable[[], None]]) -> dict[str, str]:
        """
        Attempt several things at once; return what failed.
        """

        def tried(attempt: Callable[[], None]) -> str:
            try:
                attempt()
            except (OSError, AssertionError) as error:
                return f"{type(error).__name__} {error}"
            return ""

        with ThreadPoolExecutor(len(attempts)) as threads:
            found = dict(zip(attempts, threads.map(tried, attempts.values()), strict=True))
        return {name: text for name, text in found.items() if text}

    def everywhere(self, attempt: Callable[[str], None]) -> None:
        """
        Attempt something on every kind of port; see that nothing fails.
        """
        self.assertEqual(self.failures({kind: partial(attempt, kind) for kind in PORTS}), {})

    def served(
        self, kind: str, keys: Keys, name: str = "localhost", cut: Cut | None = None, limit: float = LIMIT
    ) -> None:
        """
        See that a client is served, with the label for the name that it asks for.
        """
        client = RawClient(self.ports[kind], keys, name, cut, limit=limit)
        with client.socket:
            client.send(b"ping!")
            self.assertEqual(client.receive(5), 5)

    def serves(self, keys: Keys, cut: Cut) -> None:
        """
        See that every kind of port serves such clients.
        """
        attempts = [*((kind, "localhost") for kind in PORTS), *((kind, "shop.example") for kind in OTHERS)]
        found = self.failures(
            {f"{kind}, {name}": partial(self.served, kind, keys, name, cut) for kind, name in attempts}
        )
        self.assertEqual(found, {})

    # The ClientHello

    def test_singly(self) -> None:
        """
        The ClientHello comes in segments of one octet.
        """
        for version in (TLS12, TLS13):
            self.serves(self.sized(version, MODERN), singly(PAUSE))

    def test_refreshed(self) -> None:
        """
        After a change of keys as well, when all ports look at what clients offer to resume: who offers it slowly
        resumes it.
        """
        keys, port = self.keys(TLS12, "echo"), self.ports["one label"]
        client = RawClient(port, keys)
        with client.socket:
            session = client.tls.session
        self.refresh()
        client = RawClient(port, keys, cut=singly(PAUSE), session=session)
        with client.socket:
            self.assertTrue(client.tls.session_reused)
        for version in (TLS12, TLS13):
            self.serves(self.sized(version, MODERN), singly(PAUSE))
            self.serves(self.sized(version, LARGE), inRecords(LARGEST))

    def test_large(self) -> None:
        """
        A large ClientHello comes in records of any size.
        """
        for version in (TLS12, TLS13):
            keys = self.sized(version, LARGE)
            for size in (100, 1000, LARGEST):
                self.serves(keys, inRecords(size))

    def refresh(self) -> None:
        """
        Change the keys of tickets.
        """
        self.assertEqual(self.stack.ssladmin("refresh", "keys").code, 0)

    def test_takenOver(self) -> None:
        """
        The server is killed when half of the ClientHello is there; another one completes the handshake.
        """
        self.takeOver()

    def test_takenOverRefreshed(self) -> None:
        """
        And so it does after a change of keys.
        """
        self.refresh()
        self.takeOver()

    def takeOver(self) -> None:
        """
        Kill the first server while a client of each port has sent half of its ClientHello.
        """
        self.assertEqual(self.stack.ssladmin("start").code, 0)
        self.stack.log.wait("SSLP100I", count=2)
        keys = self.keys(TLS13, "echo")
        reached = Barrier(len(PORTS) + 1, timeout=LIMIT)

        def halved(hello: bytes) -> Iterator[bytes]:
            half = len(hello) // 2
            yield hello[:half]
            reached.wait()  # half is there
            reached.wait()  # the server is dead
            yield hello[half:]

        attempts = {kind: partial(self.served, kind, keys, cut=halved, limit=PATIENCE) for kind in PORTS}
        with ThreadPoolExecutor(1) as threads:
            done = threads.submit(self.failures, attempts)
            reached.wait()
            self.stack.waitForSessions(len(PORTS))
            os.kill(self.stack.pid(1), signal.SIGKILL)
            self.stack.log.wait("SSLP100I", count=3)
            reached.wait()
            self.assertEqual(done.result(), {})

    # What is refused

    def refused(self, kind: str, flight: bytes, pattern: str = r"\d+") -> None:
        """
        See that a fatal alert answers what a client sends before it reads.

        @param pattern: the numbers of alerts that are right.
        """
        with socket.create_connection(("127.0.0.1", self.ports[kind]), LIMIT) as client:
            for start in range(0, len(flight), CHUNK):
                client.sendall(flight[start : start + CHUNK])
            came = client.recv(7)
            self.assertEqual((came[:1], came[5:6]), (b"\x15", b"\2"), came)
            self.assertRegex(str(came[6]), f"^({pattern})$")

    def distrusted(self, keys: Keys) -> None:
        """
        See that an alert answers a certificate, though the client has begun to send: with TLS 1.3 its handshake is
        complete.
        """
        client = RawClient(self.ports["required certificates"], keys)
        with client.socket:
            for _ in range(0, SENT, CHUNK):
                client.send(bytes(CHUNK))
            self.assertEqual(client.rest(LIMIT)[1].partition(",")[0], "alert unknown_ca")

    def test_refusals(self) -> None:
        """
        Whoever is refused learns why, every time, though it still sends; and so does, on every kind of port, who
        sends a ClientHello that is too large.
        """
        version = bytearray(helloOf(self.keys(TLS12).context))
        version[10] = 1  # TLS 1.0
        name = helloOf(self.keys(TLS13, "echo").context, "elsewhere.example")
        protocol = helloOf(self.keys(TLS13, "other").context)
        unknown = self.keys(TLS13, shown=self.unknown)
        endless = endlessHello(BEYOND)
        refusals: dict[str, Callable[[], None]] = {
            "version": partial(self.refused, "one label", bytes(version) + bytes(SENT), "70"),
            "name": partial(self.refused, "STRICT", name + bytes(SENT), "112"),
            "protocol": partial(self.refused, "ALPN", protocol + bytes(SENT), "120"),
            "certificate": partial(self.distrusted, unknown),
            **{kind: partial(self.refused, kind, endless) for kind in PORTS},
        }
        found = [self.failures(refusals) for _ in range(TIMES)]
        arrived = {kind: sum(kind not in each for each in found) for kind in refusals}
        self.assertEqual(arrived, dict.fromkeys(refusals, TIMES), found)

    # After the handshake

    def test_keyUpdates(self) -> None:
        """
        Many requests for new keys in one burst of an upload (RFC 8446 section 4.6.3).
        """
        keys = self.keys(TLS13, "echo")

        def upload(kind: str) -> None:
            client = RawClient(self.ports[kind], keys)
            with client.socket:
                sealer = client.seal
                assert isinstance(sealer, Sealer13)
                before, burst = sealer.data(COUNT + MEBIBYTE), b"".join(sealer.keyUpdate() for _ in range(UPDATES))
                client.socket.sendall(before + burst + sealer.data(MEBIBYTE))
                client.closeNotify()
                self.assertEqual(client.rest(LIMIT), (8, "close_notify, FIN"))

        self.everywhere(upload)

    def test_earlyData(self) -> None:
        """
        A client that sends data with its ClientHello (RFC 8446 section 2.3) is refused that, and goes on.
        """
        self.everywhere(self.early)

    def early(self, kind: str) -> None:
        """
        Come twice, the second time with early data.
        """
        session = Path(self.path(f"{self.ports[kind]}.session"))
        self.dialogue(kind, "-sess_out", str(session))
        session.write_bytes(allowingEarlyData(session.read_bytes()))
        early = Path(self.path(f"{self.ports[kind]}.early"))
        early.write_bytes(b"early data\n" * 1000)
        said = self.dialogue(kind, "-sess_in", str(session), "-early_data", str(early))
        self.assertIn("Early data was rejected", said)
        self.assertNotIn("early data\n", said)

    def dialogue(self, kind: str, *options: str) -> str:
        """
        Be answered in C{openssl s_client}; return what it said.
        """
        where = ("-connect", f"127.0.0.1:{self.ports[kind]}", "-servername", "localhost", "-tls1_3", "-alpn", "echo")
        trust = ("-CAfile", self.certificates, "-cert", self.known, "-key", self.known, "-verify_return_error")
        command = ["openssl", "s_client", *where, *trust, *options]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT) as client:
            assert client.stdin is not None and client.stdout is not None
            client.stdin.write(b"ping!\n")
            client.stdin.flush()
            said = []
            for line in client.stdout:
                said.append(line)
                if b"ping!" in line:
                    break
            said.append(client.communicate(timeout=LIMIT)[0])
        text = b"".join(said).decode("utf-8", "replace")
        self.assertIn("ping!", text)
        return text


def allowingEarlyData(pem: bytes) -> bytes:
    """
    Return a session as OpenSSL writes it, from a server that had allowed early data (SSL_SESSION_ASN1, field 15).
    """
    [[tag, content]] = elements(unarmoredBody(pem))
    fields = [*elements(content), (EARLY_DATA, b"\2\2\x40\0")]
    # The first ones have no tags of their own.
    fields.sort(key=lambda field: field[0] * (field[0] >= OPTIONAL))
    return armored(b"SSL SESSION PARAMETERS", enclosed(tag, b"".join(enclosed(*each) for each in fields)))

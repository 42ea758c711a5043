"""
A support engineer decrypts what was captured: TRACE with KEYLOG for one client's address,
a capture, and Wireshark's own reader.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import threading
from pathlib import Path

from tests.live.applications import Application, echo
from tests.live.clients import TLS12, TLS13, exchange
from tests.live.configurations import FilesCase
from tests.live.installed import lacking
from tests.live.programs import LIMIT, run
from tests.live.running import until
from tests.live.test_tracing import ClientFrom

SECRET = b"what nobody else should read"


class Recorder:
    """
    Stands between a client and the pool, and writes down what both say.

    @ivar port: where it listens.
    @ivar said: who has spoken (0 the client, 1 the pool) and what, in order.
    """

    def __init__(self, case: FilesCase, target: int, address: str) -> None:
        self._target = target
        self._address = address
        self.said: list[tuple[int, bytes]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        case.addCleanup(self._listening.close)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._record, daemon=True).start()

    def _record(self) -> None:
        client, _ = self._listening.accept()
        pool = socket.create_connection(("127.0.0.1", self._target), LIMIT, (self._address, 0))
        for who, one, other in ((0, client, pool), (1, pool, client)):
            threading.Thread(target=self._relay, args=(who, one, other), daemon=True).start()

    def _relay(self, who: int, one: socket.socket, other: socket.socket) -> None:
        while octets := one.recv(65536):
            self.said.append((who, octets))
            other.sendall(octets)
        with contextlib.suppress(OSError):  # it has gone
            other.shutdown(socket.SHUT_WR)

    def capture(self, path: str) -> None:
        """
        Write a capture (libpcap, raw IP) of a TCP connection on which that was said.
        """
        packets = [_packet(0, 0, 0, 2, b""), _packet(1, 0, 1, 0x12, b""), _packet(0, 1, 1, 0x10, b"")]
        sequence = [1, 1]
        for who, octets in self.said:
            for start in range(0, len(octets), 1400):
                part = octets[start : start + 1400]
                packets.append(_packet(who, sequence[who], sequence[1 - who], 0x18, part))
                sequence[who] += len(part)
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
            for number, packet in enumerate(packets):
                file.write(struct.pack("<IIII", 1_700_000_000, number, len(packet), len(packet)) + packet)


def _packet(who: int, sequence: int, acknowledged: int, flags: int, octets: bytes) -> bytes:
    """
    Return an IPv4 packet with a TCP segment from the client (0) or the pool (1).
    """
    hosts, ports = (b"\x0a\0\0\1", b"\x0a\0\0\2"), (40000, 443)
    header = (ports[who], ports[1 - who], sequence, acknowledged, 5 << 12 | flags, 65535, 0, 0)
    segment = struct.pack(">HHIIHHHH", *header) + octets
    length = 20 + len(segment)
    return struct.pack(">BBHHHBBH", 0x45, 0, length, 0, 0x4000, 64, 6, 0) + hosts[who] + hosts[1 - who] + segment


class KeyLogTests(FilesCase):
    """
    KEYLOG.
    """

    skip = lacking("tshark")

    def test_decrypt(self) -> None:
        """
        With the key log, what the chosen client has said can be read in a capture, with TLS 1.2 and 1.3; the file has
        nothing of others, and is for its owner only; it is in the log who asked for it, and it ends by itself.
        """
        port = self.adapt(Application(self, echo))
        stack = self.serve(*self.options)
        keys = self.path("keys")
        done = stack.ssladmin("trace", "127.0.0.9", "keylog", keys, "3")
        self.assertEqual((done.code, done.output.split()[0]), (0, "SSLP624W"), done.error)
        others = self.client(port).connect()
        exchange(others)
        for version in (TLS12, TLS13):
            recorder = Recorder(self, port, "127.0.0.9")
            client = ClientFrom(self, recorder.port, self.certificates, "127.0.0.1")
            client.context.minimum_version = client.context.maximum_version = version
            exchange(client.connect(), SECRET)
            until(lambda: _content(keys) != b"", "keys")
            capture = self.path(f"{version.name}.pcap")
            recorder.capture(capture)
            self.assertNotIn(SECRET, Path(capture).read_bytes())
            self.assertIn(SECRET.decode(), self.follow(capture, keys), version)
            self.assertNotIn(SECRET.decode(), self.follow(capture, os.devnull))
        self.assertEqual(stat.S_IMODE(os.stat(keys).st_mode), 0o600)
        randoms = {line.split()[1] for line in _content(keys).splitlines() if not line.startswith(b"#")}
        self.assertEqual(len(randoms), 2)
        stack.log.wait(rf"SSLP624W .* started a key log of connections 127.0.0.9 in {keys}")
        stack.log.wait(rf"SSLP625I The key log {keys} has ended; lines: \d+")
        size = os.path.getsize(keys)
        exchange(ClientFrom(self, port, self.certificates, "127.0.0.9").connect())
        self.assertEqual(os.path.getsize(keys), size)
        again = stack.ssladmin("trace", "127.0.0.9", "keylog", keys, "60")
        self.assertEqual((again.code, again.error.split()[0]), (1, "SSLP626E"))

    def follow(self, capture: str, keys: str) -> str:
        """
        Return what tshark reads in the TLS stream of a capture.
        """
        done = run(
            "tshark", "-r", capture, "-o", f"tls.keylog_file:{keys}", "-d", "tcp.port==443,tls",
            "-q", "-z", "follow,tls,ascii,0",
        )  # fmt: skip
        return done.output


def _content(path: str) -> bytes:
    return Path(path).read_bytes()

"""
The manhole: an operator logs in to a running stack.
"""

from __future__ import annotations

import os
import select
import ssl
import stat
import subprocess
import termios
from pathlib import Path

from sslpool.passwordfile import PASSWORD_FILE, setPassword
from tests.live.configurations import PROFILE, FilesCase, freePort
from tests.live.programs import LIMIT, environment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "manhole.md"


class ManholeTests(FilesCase):
    """
    PORT for INTCLIEN, which has no entry in DTCPARMS.
    """

    def test_login(self) -> None:
        """
        A wrong password is refused; with the right one, the prompt shows the servers.
        """
        self.limit(1, 1)
        web, port = self.adapt("127.0.0.1:9"), freePort(self)
        self.files.replace(PROFILE, f"   {web} TCP", f"   {port} TCP INTCLIEN SECURE WEBCERT\n   {web} TCP")
        warned = self.start(*self.options)
        warned.log.wait("SSLP656W.*does not exist or is empty")
        warned.log.wait("SSLP100I")
        warned.end()
        setPassword(os.path.join(self.files.directory, PASSWORD_FILE), "TCPMAINT", b"secret word")
        stack = self.serve(*self.options)
        self.assertEqual(stack.log.found("SSLP656W"), [])
        place = os.path.join(stack.run, "TCPIP.manhole")
        self.assertEqual(stat.S_IMODE(os.stat(place).st_mode), 0o600)
        os.unlink(place)
        stack.log.wait("SSLP008W .*TCPIP.manhole was removed")
        self.assertEqual(stat.S_IMODE(os.stat(place).st_mode), 0o600)
        with self.client(port).connect() as client:
            client.settimeout(LIMIT)
            expect(client, b"User ID: ")
            client.sendall(b"tcpmaint\r\n")
            expect(client, b"Password: ")
            client.sendall(b"wrong word\r\n")
            expect(client, b"Not accepted")
            client.sendall(b"tcpmaint\r\nsecret word\r\n")
            expect(client, b">>> ")
            client.sendall(b"servers()\r\n")
            expect(client, b"SSL00001 Active 1 of 1")
        where = r"127\.0\.0\.1:\d+"
        for message in (f"SSLP653W.*TCPMAINT from {where}:", f"SSLP654I TCPMAINT .*from {where}", "SSLP655I TCPMAINT"):
            stack.log.wait(message)
        self.assertEqual(stack.log.found("secret word|wrong word"), [])

    def test_recommended(self) -> None:
        """
        The command of the documentation shows no password on the terminal, and leaves the terminal as it was.
        """
        self.limit(1, 1)
        web, port = self.adapt("127.0.0.1:9"), freePort(self)
        self.files.replace(PROFILE, f"   {web} TCP", f"   {port} TCP INTCLIEN SECURE WEBCERT\n   {web} TCP")
        setPassword(os.path.join(self.files.directory, PASSWORD_FILE), "TCPMAINT", b"secret word")
        stack = self.serve(*self.options)
        command = next(line for line in PAGE.read_text("utf-8").splitlines() if "s_client" in line and "stty" in line)
        screen, terminal = os.openpty()
        self.addCleanup(os.close, screen)
        self.addCleanup(os.close, terminal)
        process = subprocess.Popen(
            ["sh", "-c", command.replace(":992", f":{port}")],
            stdin=terminal, stdout=terminal, stderr=terminal, env=environment(), start_new_session=True,
        )  # fmt: skip
        self.addCleanup(process.wait, LIMIT)
        self.addCleanup(process.kill)
        shown = b""
        for wanted, typed in (
            (b"User ID: ", b"tcpmaint\n"),
            (b"Password: ", b"secret word\n"),
            (b">>> ", b"servers()\n"),
            (b"SSL00001 Active", b"\x04"),
        ):
            while wanted not in shown:
                self.assertTrue(select.select([screen], [], [], LIMIT)[0], (wanted, shown))
                shown += os.read(screen, 65536)
            os.write(screen, typed)
        self.assertEqual(process.wait(LIMIT), 0)
        self.assertNotIn(b"secret", shown)
        self.assertTrue(termios.tcgetattr(terminal)[3] & termios.ECHO)
        stack.log.wait("SSLP655I TCPMAINT")


def expect(client: ssl.SSLSocket, wanted: bytes) -> None:
    """
    Receive until something has come.
    """
    received = b""
    while wanted not in received:
        octets = client.recv(4096)
        if not octets:
            raise AssertionError(f"{wanted!r} has not come: {received!r}")
        received += octets

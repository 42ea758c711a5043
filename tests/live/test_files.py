"""
The files of C{etc}, adapted to a real web server: pages through C{curl --cacert} over IPv4 and IPv6, with TLS 1.2 and
TLS 1.3; a file of 200 MB down and up arrives as it was sent; twenty transfers run side by side.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

from tests.live.applications import WebServer
from tests.live.configurations import FilesCase
from tests.live.programs import Outcome, run

LARGE = 200_000_000
PIECE = 4_000_000


class WebTests(FilesCase):
    """
    A web server behind the pool.
    """

    def setUp(self) -> None:
        """
        Start web server and pool.
        """
        super().setUp()
        self.large = self.path("large")
        self.port = self.adapt(WebServer(self, self.large))
        self.stack = self.serve(*self.options)

    def curl(self, path: str, *options: str, host: str = "localhost") -> Outcome:
        """
        Let curl do something; the certificate is verified.
        """
        url = f"https://{host}:{self.port}{path}"
        return run("curl", "--silent", "--show-error", "--fail", "--cacert", self.certificates, *options, url)

    def make(self, size: int) -> str:
        """
        Write the file that the web server sends, and return its digest.
        """
        octets = os.urandom(size)
        with open(self.large, "wb") as file:
            file.write(octets)
        return hashlib.sha256(octets).hexdigest()

    def down(self, name: str, *options: str) -> str:
        """
        Get the file, and return the digest of what came.
        """
        path = self.path(name)
        got = self.curl("/large", "--output", path, *options)
        self.assertEqual((got.code, got.error), (0, ""))
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.unlink(path)
        return digest

    def test_pages(self) -> None:
        """
        A page comes over IPv4 and over IPv6, with TLS 1.2 and with TLS 1.3, and
        it is really that version; a name that the certificate has not is refused.
        """
        for host in ("127.0.0.1", "[::1]", "localhost"):
            for version in ("1.2", "1.3"):
                page = self.curl(
                    f"/{version}", f"--tlsv{version}", "--tls-max", version, "--verbose", "--no-silent", host=host
                )
                self.assertEqual((page.code, page.output), (0, f"<p>The page /{version}</p>\n"), page.error)
                self.assertIn(f"SSL connection using TLSv{version}", page.error)
        other = self.curl("/", "--resolve", f"other.example:{self.port}:127.0.0.1", host="other.example")
        self.assertNotEqual(other.code, 0)

    def test_largeFile(self) -> None:
        """
        200 MB down and 200 MB up have the digest of what was sent.
        """
        digest = self.make(LARGE)
        self.assertEqual(self.down("got"), digest)
        put = self.curl("/put", "--upload-file", self.large)
        self.assertEqual((put.code, put.output), (0, digest), put.error)

    def test_parallel(self) -> None:
        """
        Twenty at once, half with TLS 1.2 and half with 1.3, half down and half up.
        """
        digest = self.make(PIECE)

        def transfer(number: int) -> str:
            version = ("--tls-max", "1.2") if number % 2 else ("--tlsv1.3",)
            if number % 4 < 2:
                return self.down(f"got{number}", *version)
            return self.curl("/put", "--upload-file", self.large, *version).output

        with ThreadPoolExecutor(20) as threads:
            self.assertEqual(set(threads.map(transfer, range(20))), {digest})
        self.stack.waitForSessions(0)
        status = self.stack.ssladmin("--json", "query", "status").json()
        self.assertEqual(status["total"], 20)

# -*- test-case-name: tests.commands.pool.test_staple -*-
"""
Tests for L{sslpool.commands.pool.staple}, with a responder on this machine.
"""

from __future__ import annotations

import io
import os
import stat
import threading
from contextlib import redirect_stderr, redirect_stdout
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.x509 import ocsp
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.pool import main as command
from sslpool.commands.pool import staple
from sslpool.commands.pool.staple import askResponder, fetchAll
from sslpool.keydb.database import Database
from sslpool.keydb.stapling import LARGEST, Unusable
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer, respond


class Responder:
    """
    A responder that answers every request with what it has been given.

    @ivar asked: the serial numbers that it was asked about.
    """

    def __init__(self, test: SynchronousTestCase) -> None:
        self.answer: tuple[int, bytes] = (200, b"")
        self.asked: list[int] = []
        responder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                responder.asked.append(ocsp.load_der_ocsp_request(body).serial_number)
                code, octets = responder.answer
                self.send_response(code)
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}/ocsp?x"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)


class StapleTests(SynchronousTestCase):
    """
    Fetching responses.
    """

    def setUp(self) -> None:
        """
        Have a key database with three labels, of which one has a responder.
        """
        self.responder = Responder(self)
        self.authority = makeAuthority("Root")
        below = makeAuthority("Below", self.authority)
        self.web = makeServer(self.authority, label="WEB", responder=self.responder.url)
        others = [makeServer(below, label="NONE"), makeServer(makeAuthority("X"), label="ALONE", responder="http://x")]
        directory = self.mktemp()
        os.mkdir(directory)
        self.keyFile = makeDatabase(os.path.join(directory, "Database.kdb"), [self.web, *others])
        with Database.openStashed(self.keyFile) as database:
            database.addCertificates({"Root": self.authority.certificate})
        self.path = os.path.join(directory, "WEB.ocsp")

    def test_fetch(self) -> None:
        """
        The response is put beside the key file, readable for the servers; what is amiss elsewhere is said.
        """
        response = respond(self.authority, self.web.certificate)
        self.responder.answer = (200, response)
        alone, none, web = map(str, fetchAll(self.keyFile))
        self.assertIn("ALONE: the issuer's certificate is neither in the chain nor", alone)
        self.assertTrue(none.endswith("NONE: the certificate names no OCSP responder with an http address"), none)
        self.assertTrue(web.startswith(f"SSLP605I The OCSP response for label WEB is in {self.path}, valid until "))
        self.assertEqual(self.responder.asked, [self.web.certificate.serial])
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), response)
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o644)

    def test_refused(self) -> None:
        """
        What is no good answer leaves what there was.
        """
        with open(self.path, "wb") as file:
            file.write(b"before")
        for answer, reason in (
            ((500, b""), "127.0.0.1 answered 500"),
            ((200, b"<html>"), "it is not an OCSP response"),
            ((200, bytes(LARGEST + 1)), "more than"),
            ((200, respond(makeAuthority("Root"), self.web.certificate)), "its signature is not"),
            ((200, respond(self.authority, self.web.certificate, -1)), "it expired"),
        ):
            self.responder.answer = answer
            (fetched,) = [each for each in fetchAll(self.keyFile) if " WEB:" in str(each)]
            self.assertTrue(fetched.id == "SSLP606W" and reason in fetched.text, fetched.text)
            with open(self.path, "rb") as file:
                self.assertEqual(file.read(), b"before")

    def test_unreachable(self) -> None:
        """
        A responder that is not there, or no address at all.
        """
        self.assertRaises(OSError, askResponder, "http://127.0.0.1:1/", b"")
        self.assertRaises(Unusable, askResponder, "http://127.0.0.1:x/", b"")

    def test_tooSlow(self) -> None:
        """
        Nobody is waited for without end.
        """
        self.patch(staple, "LIMIT", 0.0)
        self.responder.answer = (200, b"x")
        self.assertRaises((OSError, Unusable), askResponder, self.responder.url, b"")

    def test_command(self) -> None:
        """
        C{sslpool staple} says what came of it for each label; it fails where nothing was fetched.
        """
        self.responder.answer = (200, respond(self.authority, self.web.certificate))
        self.assertEqual(self.said(0, self.keyFile), ["SSLP606W", "SSLP606W", "SSLP605I"])
        self.responder.answer = (404, b"")
        self.assertEqual(self.said(1, self.keyFile), ["SSLP606W"] * 3)
        self.assertEqual(self.said(1, "--config", self.mktemp()), ["SSLP280E", "Create"])
        self.assertEqual(self.said(2, "a", "b")[0], "SSLP421E")

    def said(self, code: int, *words: str) -> list[str]:
        """
        Return the first word of each line that the command writes.
        """
        text = io.StringIO()
        with redirect_stdout(text), redirect_stderr(text):
            self.assertEqual(command.main(["staple", *words]), code)
        return [line.split()[0] for line in text.getvalue().splitlines()]

"""
C{vmssl}: one server in the foreground, without files and with the files of C{etc}.
"""

from __future__ import annotations

from tests.doubles.certificates import writeCredential
from tests.live.applications import WebServer
from tests.live.configurations import FilesCase, freePort
from tests.live.programs import Outcome, program, run
from tests.live.running import Stack


class VmsslTests(FilesCase):
    """
    A server that stands alone.
    """

    def vmssl(self, *words: str) -> Stack:
        """
        Start it and wait until it is Active.
        """
        stack = self.adopt(Stack(self.scratch, ["--run", self.path("run"), *words], command=("vmssl",)))
        stack.log.wait(r"SSLP100I SSLSERV is Active")
        return stack

    def curl(self, port: int, *options: str) -> Outcome:
        """
        Get a page.
        """
        url = f"https://localhost:{port}/page"
        return run("curl", "--silent", "--show-error", "--cacert", self.certificates, *options, url)

    def test_withoutFiles(self) -> None:
        """
        KEYFILE is the certificate; the operands hold; there is one member, which SSLADMIN shows.
        """
        application = WebServer(self, self.path("large"))
        keyFile = writeCredential(self.path("site.pem"), self.credential())
        port = freePort(self)
        ends = ("--listen", f"127.0.0.1:{port}", "--connect", application.address)
        stack = self.vmssl("KEYFILE", keyFile, "PROTOCOL", "-TLSV1_3", "FIPS", *ends)
        self.assertTrue(stack.log.found(r"^command line: SSLP255W MODE FIPS-140-2"))
        page = self.curl(port, "--ipv4")
        self.assertEqual((page.code, page.output), (0, "<p>The page /page</p>\n"), page.error)
        self.assertNotEqual(self.curl(port, "--ipv4", "--tlsv1.3").code, 0)
        status = stack.ssladmin("--json", "query", "status").json()
        self.assertEqual([each["userid"] for each in status["servers"]], ["SSLSERV"])
        [details] = stack.ssladmin("--json", "query", "status", "details").json()
        self.assertNotIn("CHACHA20", " ".join(details["ciphers"]))

    def test_withFiles(self) -> None:
        """
        With files its ports are those of the profile, and the key database too where KEYFILE is not given.
        """
        port = self.adapt(WebServer(self, self.path("large")))
        stack = self.vmssl("CACHELIFE", "1", "M", *self.options)
        page = self.curl(port)
        self.assertEqual((page.code, page.output), (0, "<p>The page /page</p>\n"), page.error)
        [details] = stack.ssladmin("--json", "query", "status", "details").json()
        self.assertEqual((details["userid"], details["cacheLife"]), ("SSLSERV", 60))

    def test_wrong(self) -> None:
        """
        Wrong operands are findings of the command line, and exit code 2.
        """
        done = run(program("vmssl"), "FOO", "--listen", ":1", "--connect", "127.0.0.1:1")
        self.assertEqual((done.code, done.output), (2, ""))
        self.assertEqual(done.error.splitlines()[0], "command line: SSLP251E FOO is not an operand of VMSSL")

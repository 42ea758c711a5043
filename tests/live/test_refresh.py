"""
Certificates are renewed without disturbing anybody: after C{gskkyman} and C{ssladmin refresh} every server shows the
new certificate to new connections, and a running session does not notice.  A key database that cannot be read leaves
the labels as they were, and the operator is told.  A port whose label was missing opens as soon as the label is there.
"""

from __future__ import annotations

import signal
import ssl

from tests.doubles.certificates import writeCredential
from tests.live.applications import Application, echo
from tests.live.clients import Client, exchange, finish
from tests.live.configurations import PROFILE, FilesCase, freePort
from tests.live.programs import Outcome, program, run


class RefreshTests(FilesCase):
    """
    Two servers of two sessions.
    """

    def setUp(self) -> None:
        """
        Make the configuration.
        """
        super().setUp()
        self.limit(4, 2)
        self.port = self.adapt(Application(self, echo))

    def gskkyman(self, operation: str, *options: str) -> Outcome:
        """
        Run C{gskkyman} for the key database.
        """
        done = run(program("gskkyman"), operation, "--database", self.files.keyFile, *options)
        self.assertEqual((done.code, done.error), (0, ""))
        return done

    def shown(self, connection: ssl.SSLSocket) -> bytes:
        """
        Return the certificate that the server has shown.
        """
        certificate = connection.getpeercert(binary_form=True)
        assert certificate is not None
        return certificate

    def test_renewed(self) -> None:
        """
        Both servers show the renewed certificate, and sessions that began under the old one go on, on both.
        """
        stack = self.serve(*self.options)
        client = self.client(self.port)
        held = client.hold(1)
        filling = client.hold(2)
        stack.waitForSessions(2, 1)
        old = {self.shown(each) for each in (*held, *filling)}
        self.assertEqual(len(old), 1)
        finish(filling.pop(0))
        stack.waitForSessions(1, 1)

        renewed = writeCredential(self.path("renewed.pem"), self.credential())
        self.gskkyman("import", "--certificate-only", "--label", "Test CA", self.certificates)
        self.gskkyman("import", "--replace", "--label", "WEBCERT", renewed)
        refreshed = stack.ssladmin("refresh")
        self.assertEqual((refreshed.code, refreshed.error), (0, ""))
        self.assertIn("SSLP119I The key database has been read by SSL00001, SSL00002; labels: ", refreshed.output)
        new = {self.shown(each) for each in client.hold(2)}
        stack.waitForSessions(2, 2)
        self.assertEqual((len(new), new & old), (1, set()))
        for each in (*held, *filling):
            exchange(each, b"still here")
            finish(each)

    def test_brokenDatabase(self) -> None:
        """
        What is no key database any more changes nothing: the command says so and
        fails, and the certificate in use is still served.
        """
        stack = self.serve(*self.options)
        client = self.client(self.port)
        before = self.shown(client.hold(1)[0])
        with open(self.files.keyFile, "r+b") as file:
            file.truncate()
            file.write(b"no database" * 1000)
        refused = stack.ssladmin("refresh")
        self.assertEqual(refused.code, 1)
        self.assertIn("SSLP161E REFRESH failed; all servers keep their certificates: SSLP315E", refused.error)
        self.assertIn(self.files.keyFile, refused.error)
        self.assertEqual(self.shown(client.hold(1)[0]), before)

    def test_missingLabel(self) -> None:
        """
        A port whose label is missing is named and not opened, the other one is;
        C{gskkyman self-signed} and REFRESH open it.
        """
        later = freePort(self)
        self.files.append(PROFILE, f"   {later} TCP WEBSERV SECURE LATER")
        stack = self.serve(*self.options)
        stack.log.wait(f"SSLP020E Port {later} is not opened: label LATER is not in the key database")
        self.client(self.port).hold(1)
        self.assertRaises(ConnectionRefusedError, self.client(later).dial)

        self.gskkyman("self-signed", "--label", "LATER", "--name", "localhost,127.0.0.1")
        self.assertEqual(stack.ssladmin("refresh").code, 0)
        self.gskkyman("export", "--label", "LATER", self.path("later.pem"))
        Client(self, later, self.path("later.pem")).hold(1)

    def test_unreadLabel(self) -> None:
        """
        A port with a label that was imported after the start is not opened by OBEY, which names REFRESH,
        nor does one change to it; SIGHUP reads it before it opens the port.
        """
        added = freePort(self)
        stack = self.serve(*self.options)
        self.gskkyman("self-signed", "--label", "LATER", "--name", "localhost,127.0.0.1")
        for port in (added, self.port):
            text = f"SSLP047E Port {port} cannot have label LATER: not every server has read it"
            obeyed = stack.sslnetstat("obey", f"port replace {port} tcp webserv secure LATER")
            self.assertEqual((obeyed.code, text in obeyed.error), (1, True), obeyed)
        self.client(self.port).hold(1)
        self.assertRaises(ConnectionRefusedError, self.client(added).dial)
        self.files.append(PROFILE, f"   {added} TCP WEBSERV SECURE LATER")
        stack.process.send_signal(signal.SIGHUP)
        stack.log.wait("SSLP012I")
        self.gskkyman("export", "--label", "LATER", self.path("later.pem"))
        Client(self, added, self.path("later.pem")).hold(1)
        self.client(self.port).hold(1)

"""
Tests for how the data connections of L{sslpool.sessions.data} and L{sslpool.sessions.secureddata} end, what the
client is told about that, and for those of two address families.
"""

from __future__ import annotations

import re
import socket
from itertools import product

from sslpool.config.securing import DataConnections
from sslpool.sessions import expected, secureddata
from sslpool.sessions.draining import LINGER, SecuredDraining
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.relaying import BUFFER
from sslpool.sessions.silence import HALF_CLOSED
from sslpool.sessions.uploading import Transfer
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.policy import Policy
from tests.server.ends import Application, ApplicationPeer, Client, Peer, listeningAt, reset, somePayload
from tests.server.scene import TLS12, Scene, clientContext
from tests.sessions.test_ftp import READY, FtpCase

CUT = b"426 Data connection ended before the transfer was complete\r\n"
NO_DATA = b"425 Cannot open data connection\r\n"
NO_TLS = b"522 TLS negotiation on the data connection failed\r\n"
DONE = b"226 done\r\n"
MUCH = 8 << 20


class EndCase(FtpCase):
    """
    A test with transfers.
    """

    def again(self) -> None:
        """
        Begin anew.
        """
        self.scene = Scene(self)
        self.files = self.scene.join(Application.tcp(self.hosts[1]))

    def asks(self, client: Peer, peer: ApplicationPeer, command: bytes, reply: bytes = b"150 go\r\n") -> None:
        """
        Ask for a transfer that is not withheld.
        """
        client.send(command + b"\r\n")
        self.hears(peer, command + b"\r\n")
        peer.send(reply)
        self.hears(client, reply)

    def uploading(self, client: Peer, peer: ApplicationPeer, ours: Peer) -> Client:
        """
        Begin an upload that is withheld, until its data may go.
        """
        client.send(b"STOR x\r\n")
        self.hears(client, READY)
        secured = self.scene.upgrade(ours)
        self.hears(peer, b"STOR x\r\n")
        peer.send(b"150 go\r\n")
        return secured

    def line(self, peer: Peer) -> bytes:
        """
        Wait until somebody has heard a line, and return it.
        """
        self.scene.until(lambda: peer.received.endswith(b"\n"))
        line = bytes(peer.received)
        peer.received.clear()
        return line

    def allSent(self, peer: Peer) -> None:
        """
        Wait until somebody has sent all.
        """
        self.scene.until(lambda: peer.sent)

    def waits(self, client: Peer) -> None:
        """
        See that the client is told nothing.
        """
        self.scene.calm()
        self.assertEqual(client.received, b"")

    def isReset(self, *peers: Peer) -> None:
        """
        Wait until somebody has had a reset.
        """
        for peer in peers:
            self.waitFor(peer)
            self.assertIsInstance(peer.failure, ConnectionResetError)


class UploadTests(EndCase):
    """
    Uploads.
    """

    def test_cut(self) -> None:
        """
        One that is cut is reset towards the application, and told as failed whatever the application says.
        """
        for secure in (True, False):
            for cut in (reset, socket.socket.close):
                if not secure and cut is not reset:
                    continue  # without TLS that is the end of a file
                self.again()
                client, peer = self.secured() if secure else self.begun()
                ours, theirs = self.joined(client, peer)
                if secure:
                    ours = self.uploading(client, peer, ours)
                else:
                    self.asks(client, peer, b"STOR x")
                ours.send(b"half")
                self.hears(theirs, b"half")
                cut(ours.socket)
                self.isReset(theirs)
                peer.send(DONE)
                self.hears(client, CUT)

    def test_cutWhileFull(self) -> None:
        """
        The same where the application has not taken all of it yet.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        theirs.reading = False
        secured = self.uploading(client, peer, ours)
        secured.send(somePayload(MUCH))
        self.scene.calm()
        reset(secured.socket)
        self.scene.calm()
        theirs.reading = True
        self.isReset(theirs)
        peer.send(DONE)
        self.hears(client, CUT)

    def test_early(self) -> None:
        """
        A reply that comes before the end waits for it.
        """
        for whole in (True, False):
            self.again()
            client, peer = self.secured()
            ours, theirs = self.joined(client, peer)
            secured = self.uploading(client, peer, ours)
            secured.send(b"file")
            self.hears(theirs, b"file")
            peer.send(DONE)
            self.waits(client)
            secured.end() if whole else reset(secured.socket)
            self.hears(client, DONE if whole else CUT)

    def test_large(self) -> None:
        """
        A large one gets through in order, with either version, whatever comes with the end of the handshake.
        """
        for version in (None, TLS12):
            self.again()
            client, peer = self.secured()
            ours, theirs = self.joined(client, peer)
            client.send(b"STOR x\r\n")
            self.hears(client, READY)
            payload = somePayload(MUCH)
            secured = self.scene.upgrade(ours, clientContext(version))
            secured.send(payload)
            secured.end()
            self.hears(peer, b"STOR x\r\n")
            self.scene.calm()
            self.assertEqual(theirs.received, b"")
            peer.send(b"150 go\r\n")
            self.waitFor(theirs)
            self.assertTrue(theirs.ended and theirs.received == payload)
            theirs.close()
            peer.send(DONE)
            self.hears(client, DONE)
            self.only()
            self.assertEqual(self.scene.outcomes(), {Outcome.FINISHED: 1})

    def test_applicationResets(self) -> None:
        """
        An application that has got all may end its side as it likes: for the client that is an end in order.
        """
        for secure in (True, False):
            self.again()
            client, peer = self.secured() if secure else self.begun()
            ours, theirs = self.joined(client, peer)
            if secure:
                ours = secured = self.uploading(client, peer, ours)
                secured.end()
            else:
                self.asks(client, peer, b"STOR x")
                ours.socket.shutdown(socket.SHUT_WR)
            self.waitFor(theirs)
            self.assertTrue(theirs.ended)
            reset(theirs.socket)
            self.waitFor(ours)
            self.assertTrue(ours.ended)
            peer.send(DONE)
            self.hears(client, DONE)
            self.only()
            self.assertEqual(self.scene.outcomes(), {Outcome.FINISHED: 1})

    def test_refused(self) -> None:
        """
        What the application refuses ends in order for the client, which learns why; what it sends goes nowhere.
        """
        for ended in (True, False):
            self.again()
            client, peer = self.secured()
            ours, theirs = self.joined(client, peer)
            client.send(b"STOR x\r\n")
            self.hears(client, READY)
            secured = self.scene.upgrade(ours)
            secured.send(b"file")
            self.hears(peer, b"STOR x\r\n")
            peer.send(b"553 no\r\n")
            self.hears(client, b"553 no\r\n")
            self.waitFor(secured)
            self.isReset(theirs)
            self.assertEqual((secured.ended, theirs.received), (True, b""))
            if ended:
                secured.close()
            else:
                self.scene.sweep(LINGER + 1)
            self.only()

    def test_begun(self) -> None:
        """
        A client that has begun TLS by itself is not told to, and hears the application's own reply.
        """
        for reply in (b"150 go\r\n", b"553 no\r\n"):
            self.again()
            client, peer = self.secured()
            ours, theirs = self.joined(client, peer)
            secured = self.scene.upgrade(ours)
            secured.turn()
            # The server meets both at once.
            client.send(b"STOR x\r\n")
            client.turn()
            secured.send(b"file")
            self.hears(peer, b"STOR x\r\n")
            self.waits(client)
            peer.send(reply)
            self.hears(client, reply)
            if reply.startswith(b"150"):
                self.hears(theirs, b"file")
            else:
                self.isReset(theirs)

    def test_cutAfterApplication(self) -> None:
        """
        That the application has ended its own output before makes no whole file of one that is cut, also where the
        client has begun TLS before it asked.
        """
        for early in (True, False):
            for cut in (reset, socket.socket.close):
                self.again()
                client, peer = self.secured()
                ours, theirs = self.joined(client, peer)
                if early:
                    secured = self.scene.upgrade(ours)
                    self.secures(secured)
                    self.scene.until(lambda: self.data.phase is Phase.DIALLING)
                    self.asks(client, peer, b"STOR x")
                else:
                    secured = self.uploading(client, peer, ours)
                secured.send(b"half")
                self.hears(theirs, b"half")
                theirs.end()
                self.waitFor(secured)
                self.assertTrue(secured.ended)
                cut(secured.socket)
                self.isReset(theirs)
                peer.send(DONE)
                self.hears(client, CUT)

    def test_applicationLeaves(self) -> None:
        """
        An application that leaves before the end has not got the file, whatever it says.
        """
        for secure in (True, False):
            self.again()
            client, peer = self.secured() if secure else self.begun()
            ours, theirs = self.joined(client, peer)
            if secure:
                ours = self.uploading(client, peer, ours)
            else:
                self.asks(client, peer, b"STOR x")
            ours.send(b"some")
            self.hears(theirs, b"some")
            theirs.close()
            self.scene.calm()
            for _ in range(3):
                # The first of them the kernel still takes.
                ours.send(b"more")
                self.scene.calm()
            self.only()
            peer.send(DONE)
            self.hears(client, CUT)

    def test_answersUnread(self) -> None:
        """
        What the library answers of its own accord is not kept without end for a client that does not read.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        secured = self.uploading(client, peer, ours)
        secured.reading = False
        secured.send(b"half")
        self.hears(theirs, b"half")
        answers = bytes(BUFFER + 1)
        self.patch(Transfer, "keep", lambda data: len(answers))
        self.patch(Transfer, "give", lambda data: None)
        secured.send(b"more")
        self.isReset(theirs)
        peer.send(DONE)
        self.hears(client, CUT)

    def test_formerKey(self) -> None:
        """
        A client's session survives a change of ticket keys here, too.
        """
        day = 86400.0
        self.scene = Scene(self, ring=AnchorRing(Policy(), 1000.0, 5))
        self.files = self.scene.join(Application.tcp())
        self.scene.now += day - 1
        context = clientContext(TLS12)
        client, peer = self.secured(context=context)
        self.scene.sweep(2)
        ours, theirs = self.joined(client, peer)
        client.send(b"STOR x\r\n")
        self.hears(client, READY)
        secured = Client(ours.socket, context, client.tls.session)
        self.scene._turning[self.scene._turning.index(ours)] = secured
        secured.send(b"file")
        secured.end()
        self.hears(peer, b"STOR x\r\n")
        self.assertTrue(secured.tls.session_reused)
        peer.send(b"150 go\r\n")
        self.waitFor(theirs)
        self.assertEqual((theirs.received, theirs.ended), (b"file", True))

    def test_notSecured(self) -> None:
        """
        Where the client's side does not become secure the application is not asked, and the client is told why.
        """

        def clear(ours: Peer) -> None:
            ours.send(b"cleartext, and more of it")

        def silent(ours: Peer) -> None:
            self.scene.sweep(secureddata.ANSWER_TIMEOUT + 1)

        def resetting(ours: Peer) -> None:
            reset(ours.socket)

        for attempt in (clear, silent, Peer.close, resetting):
            self.again()
            client, peer = self.secured()
            ours, theirs = self.joined(client, peer)
            client.send(b"STOR x\r\nNOOP\r\n")
            self.hears(client, READY)
            attempt(ours)
            self.hears(client, NO_TLS)
            self.isReset(theirs)
            self.hears(peer, b"NOOP\r\n")

    def test_notAdmitted(self) -> None:
        """
        A client whose certificate is not accepted after all gets a reset, not the end of an empty file; so does the
        application.
        """

        def refuse(stage: secureddata.DataHandshake) -> None:
            stage.refuse(Outcome.HANDSHAKE_CERTIFICATE, "certificate has expired", SecuredDraining)

        self.patch(secureddata.DataHandshake, "secured", refuse)
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        client.send(b"STOR x\r\n")
        self.hears(client, READY)
        secured = self.scene.upgrade(ours)
        self.hears(client, NO_TLS)
        self.isReset(theirs)
        self.waitFor(secured)
        self.assertFalse(secured.ended)

    def test_notConnected(self) -> None:
        """
        A client that never connects is told so, without the application.
        """
        client, peer = self.secured()
        self.passive(client, peer)
        client.send(b"STOR x\r\n")
        self.hears(client, READY)
        self.scene.sweep(expected.EXPECTED + 1)
        self.hears(client, NO_DATA)
        self.assertEqual(peer.received, b"")

    def test_aborted(self) -> None:
        """
        One that the client aborts before it has begun ends at once.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        client.send(b"STOR x\r\n")
        self.hears(client, READY)
        client.send(b"ABOR\r\n")
        self.hears(client, b"426 Transfer aborted\r\n")
        self.isReset(ours, theirs)
        self.hears(peer, b"ABOR\r\n")

    def test_wrongWay(self) -> None:
        """
        An application that sends on an upload does not get a file that way, nor does it pass for one.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        secured = self.uploading(client, peer, ours)
        self.scene.calm()
        theirs.send(b"what")
        self.isReset(theirs, secured)
        peer.send(DONE)
        self.hears(client, CUT)

    def test_neverReady(self) -> None:
        """
        An application that never says it is ready is waited for within limits, and so is its reply after that.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        client.send(b"STOR x\r\n")
        self.hears(client, READY)
        secured = self.scene.upgrade(ours)
        self.hears(peer, b"STOR x\r\n")
        self.scene.sweep(HALF_CLOSED + 1)
        self.isReset(theirs)
        self.scene.until(lambda: secured.over)
        for _ in range(3):
            self.scene.sweep(HALF_CLOSED)
        self.scene.until(lambda: client.over)
        lastWords = b"421 File system out of step, closing control connection\r\n"
        self.assertEqual(client.received, NO_DATA + lastWords)


class DownloadTests(EndCase):
    """
    Downloads.
    """

    def test_waits(self) -> None:
        """
        The last reply waits until the client has got all, whether or not it then ends the connection.
        """
        for secure in (True, False):
            self.again()
            client, peer = self.secured() if secure else self.begun()
            ours, theirs = self.joined(client, peer)
            self.asks(client, peer, b"RETR x")
            if secure:
                ours = secured = self.scene.upgrade(ours)
                self.secures(secured)
            ours.reading = False
            payload = somePayload(MUCH)
            theirs.send(payload)
            self.scene.calm()
            peer.send(DONE)
            self.waits(client)
            ours.reading = True
            self.allSent(theirs)
            theirs.close()
            self.hears(client, DONE)
            self.waitFor(ours)
            self.assertTrue(ours.ended and ours.received == payload)

    def test_left(self) -> None:
        """
        A client that leaves in the middle is told so, also where the application believes that all is well.
        """
        for early in (True, False):
            self.again()
            client, peer = self.secured()
            ours, theirs = self.joined(client, peer)
            self.asks(client, peer, b"RETR x")
            secured = self.scene.upgrade(ours)
            self.secures(secured)
            secured.reading = False
            theirs.send(somePayload(MUCH))
            self.scene.calm()
            if early:
                peer.send(DONE)
                self.waits(client)
            reset(secured.socket)
            self.waitFor(theirs)
            if not early:
                peer.send(DONE)
            self.hears(client, CUT)

    def test_applicationCuts(self) -> None:
        """
        An application that resets its side does so to the client: there is no end that looks like that of a file.
        """
        for secure in (True, False):
            self.again()
            client, peer = self.secured() if secure else self.begun()
            ours, theirs = self.joined(client, peer)
            self.asks(client, peer, b"RETR x")
            if secure:
                ours = secured = self.scene.upgrade(ours)
                self.secures(secured)
            theirs.send(b"half")
            self.hears(ours, b"half")
            reset(theirs.socket)
            self.isReset(ours)
            peer.send(DONE)
            self.hears(client, CUT)

    def test_leaves(self) -> None:
        """
        A client that leaves when it has got all may do so as it likes.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        self.asks(client, peer, b"RETR x")
        secured = self.scene.upgrade(ours)
        self.secures(secured)
        theirs.send(b"file")
        theirs.turn()
        theirs.close()
        self.scene.until(lambda: secured.ended)
        reset(secured.socket)
        self.only()
        peer.send(DONE)
        self.hears(client, DONE)

    def test_knowsLength(self) -> None:
        """
        A client that knows how long the file is may leave before the application has ended it, and before our
        close_notify; where more would have come, it is told that it has not got all.
        """
        for whole in (True, False):
            self.again()
            client, peer = self.secured()
            ours, theirs = self.joined(client, peer)
            self.asks(client, peer, b"RETR x")
            secured = self.scene.upgrade(ours)
            self.secures(secured)
            theirs.send(b"file")
            self.hears(secured, b"file")
            reset(secured.socket)
            self.scene.calm()
            peer.send(DONE)
            self.waits(client)
            if whole:
                theirs.close()
            else:
                theirs.send(b"more")
            self.hears(client, DONE if whole else CUT)
            self.only()

    def test_afterUpload(self) -> None:
        """
        A client that begins TLS before it asks gets its file, also when it has uploaded another before.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        secured = self.uploading(client, peer, ours)
        secured.end()
        self.waitFor(theirs)
        theirs.close()
        peer.send(DONE)
        self.hears(client, DONE)
        ours, theirs = self.joined(client, peer)
        secured = self.scene.upgrade(ours)
        self.secures(secured)
        self.asks(client, peer, b"RETR x")
        self.transfers(secured, theirs, False)

    def test_stopped(self) -> None:
        """
        What the server ends of its own accord does not look whole, and is told.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        self.asks(client, peer, b"RETR x")
        secured = self.scene.upgrade(ours)
        self.secures(secured)
        theirs.send(b"half")
        self.scene.until(lambda: secured.received == b"half")
        self.data.stop()
        self.isReset(secured, theirs)
        peer.send(DONE)
        self.hears(client, b"451 Transfer aborted, local error in processing\r\n")


class ReuseTests(EndCase):
    """
    A data connection that does not resume the TLS session of its control connection.
    """

    def test_told(self) -> None:
        """
        It is reset, and the client is told why; an upload is not asked for.
        """
        told = b"522 The data connection has to resume the TLS session of the control connection\r\n"
        for version in (None, TLS12):
            for upload in (True, False):
                self.again()
                context = clientContext(version)
                client, peer = self.secured(DataConnections(reuse=True), context)
                ours, theirs = self.joined(client, peer)
                if upload:
                    client.send(b"STOR x\r\n")
                    self.hears(client, READY)
                else:
                    self.asks(client, peer, b"RETR x")
                    theirs.send(b"file")
                    theirs.turn()
                    theirs.end()
                    peer.send(DONE)
                secured = self.scene.upgrade(ours, context)
                self.hears(client, told)
                self.waitFor(secured)
                self.assertFalse(secured.ended)
                self.assertEqual((secured.received, peer.received), (b"", b""))
                self.isReset(theirs)
                self.only()


class FamilyTests(EndCase):
    """
    Client and application of the same address family and of two, passive and active.
    """

    def test_families(self) -> None:
        """
        Data goes both ways in all of them.
        """
        for hosts in (("::1", "::1"), ("::1", "127.0.0.1"), ("127.0.0.1", "::1")):
            self.hosts = hosts
            for upload in (True, False):
                for active in (True, False):
                    self.again()
                    client, peer = self.secured()
                    (self.active if active else self.goesPassive)(client, peer, upload)

    def goesPassive(self, client: Peer, peer: ApplicationPeer, upload: bool) -> None:
        """
        Transfer something in passive mode.
        """
        client.send(b"EPSV\r\n")
        command = self.line(peer)
        port = self.files.address.port
        told = {b"PASV\r\n": b"227 (127,0,0,1,%d,%d)\r\n" % divmod(port, 256), b"EPSV\r\n": b"229 (|||%d|)\r\n" % port}
        self.assertEqual(command == b"PASV\r\n", self.hosts == ("::1", "127.0.0.1"))
        peer.send(told[command])
        match = re.search(rb"\|\|\|([0-9]+)\|", self.line(client))
        assert match is not None
        ours = self.connect(int(match[1]))
        if upload:
            secured = self.uploading(client, peer, ours)
        else:
            self.asks(client, peer, b"RETR x")
            secured = self.scene.upgrade(ours)
        self.scene.until(lambda: self.files.peers)
        self.transfers(secured, self.files.peers[0], upload)

    def active(self, client: Peer, peer: ApplicationPeer, upload: bool) -> None:
        """
        Transfer something in active mode.
        """
        listening = listeningAt(self.hosts[0])
        listening.setblocking(False)
        self.addCleanup(listening.close)
        host, port = listening.getsockname()[:2]
        client.send(b"EPRT |%d|%s|%d|\r\n" % (2 if ":" in host else 1, host.encode(), port))
        command = self.line(peer)
        peer.send(b"200 ok\r\n")
        self.hears(client, b"200 ok\r\n")
        if upload:
            client.send(b"STOR x\r\n")
            self.hears(client, READY)
        else:
            theirs = self.fromApplication(command)
            self.asks(client, peer, b"RETR x")
        self.scene.until(lambda: len(self.scene.relay.sessions) == 2)
        accepted, _ = listening.accept()
        secured = Client(accepted, clientContext(), None)
        self.scene._turning.append(secured)
        if upload:
            self.hears(peer, b"STOR x\r\n")
            theirs = self.fromApplication(command)
            peer.send(b"150 go\r\n")
        self.transfers(secured, theirs, upload)

    def fromApplication(self, command: bytes) -> ApplicationPeer:
        """
        Connect as the application was told.
        """
        if command.startswith(b"PORT"):
            numbers = [int(each) for each in command[5:].split(b",")]
            host, port = ".".join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5]
        else:
            _, family, name, number, _ = command.decode().split("|")
            self.assertEqual(family, "2")
            host, port = name, int(number)
        self.assertEqual(host, self.hosts[1])
        theirs = ApplicationPeer(socket.create_connection((host, port)))
        self.scene._turning.append(theirs)
        return theirs


class ActiveTests(EndCase):
    """
    Active mode with a client, or an application, that is not there.
    """

    def test_noApplication(self) -> None:
        """
        A client that is waited for together with its application is let go with it.
        """
        client, peer = self.secured()
        listening = listeningAt("127.0.0.1")
        self.addCleanup(listening.close)
        client.send(b"PORT 127,0,0,1,%d,%d\r\n" % divmod(listening.getsockname()[1], 256))
        self.line(peer)
        peer.send(b"200 ok\r\n")
        self.hears(client, b"200 ok\r\n")
        client.send(b"STOR x\r\n")
        self.hears(client, READY)
        theirs = Peer(listening.accept()[0])
        self.scene._turning.append(theirs)
        self.scene.sweep(expected.EXPECTED + 1)
        self.hears(client, NO_DATA)
        self.isReset(theirs)
        self.only()

    def test_notThere(self) -> None:
        """
        The client is told so, and an application that has connected already does not take it for an empty file.
        """
        for secure, upload, turned in product((True, False), repeat=3):
            self.again()
            if turned:
                # Tickets of a key that has been replaced may be offered, so that first octets are looked at.
                self.scene.sweep(Policy().cacheLife + 1)
            client, peer = self.secured() if secure else self.begun()
            # A port that nobody else can have, and at which nobody listens.
            taken = socket.socket()
            self.addCleanup(taken.close)
            taken.bind(("127.0.0.1", 0))
            client.send(b"PORT 127,0,0,1,%d,%d\r\n" % divmod(taken.getsockname()[1], 256))
            numbers = [int(each) for each in self.line(peer)[5:].split(b",")]
            peer.send(b"200 ok\r\n")
            self.hears(client, b"200 ok\r\n")
            if secure and upload:
                client.send(b"STOR x\r\n")
                self.hears(client, READY + NO_DATA)
                self.assertEqual(peer.received, b"")
                continue
            self.asks(client, peer, b"STOR x" if upload else b"RETR x")
            application = socket.create_connection(("127.0.0.1", numbers[4] * 256 + numbers[5]))
            theirs = ApplicationPeer(application)
            self.scene._turning.append(theirs)
            self.isReset(theirs)
            peer.send(DONE)
            self.hears(client, NO_DATA)

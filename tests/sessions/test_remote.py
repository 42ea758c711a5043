"""
Tests for L{sslpool.sessions.remote} and L{sslpool.sessions.requested}.
"""

from __future__ import annotations

import socket
import ssl

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import Outbound, Remote
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.records import Authority as TrustedAuthority
from sslpool.keydb.records import Credential, KeyMaterial
from sslpool.messages import Said
from sslpool.server.console import Console
from sslpool.server.tracing import Tracing
from sslpool.sessions.outcome import Outcome
from sslpool.tls.outbound import OutboundContexts
from sslpool.tls.policy import Policy
from sslpool.tracing.operands import parseTrace
from sslpool.wire.assignment import Address, PortAssignment
from sslpool.wire.offer import DYNAMIC
from sslpool.wire.requests import Asked, Code
from tests.doubles.certificates import makeAuthority, makeRevocations, makeServer
from tests.server.ends import Peer, tcpPair
from tests.server.remotehost import HostPeer, RemoteHost, hostContext
from tests.server.scene import PORT, TLS12, Scene, authority
from tests.sessions.test_programs import DynamicCase, Program

REMOTE = Remote("localhost")


class OutboundCase(SynchronousTestCase):
    """
    A test with a port that leads to a remote host.
    """

    def setUp(self) -> None:
        """
        Make the scene.
        """
        self.scene = Scene(self)

    def host(
        self,
        credential: Credential | None = None,
        cleartext: tuple[tuple[bytes, bytes], ...] = (),
        context: ssl.SSLContext | None = None,
    ) -> RemoteHost:
        """
        Start a remote host.
        """
        shown = context or hostContext(credential or makeServer(authority()))
        return self.scene.join(RemoteHost(shown, cleartext))

    def port(self, *addresses: Address, remote: Remote = REMOTE, label: str = "") -> None:
        """
        Set the port.
        """
        target = "mail.example:465"
        port = PortAssignment(PORT, "127.0.0.1:25", "RELAY", label, addresses, securing=Outbound(remote), target=target)
        self.scene.relay.setPort(port)

    def local(self) -> Peer:
        """
        Have somebody connect to the port in cleartext.
        """
        connecting, accepted = tcpPair()
        self.scene.hand(accepted)
        return self.scene.join(Peer(connecting))

    def secured(self, host: RemoteHost) -> tuple[Peer, HostPeer]:
        """
        Return both ends of a session that is secure.
        """
        local = self.local()
        count = len(host.peers)
        self.scene.until(lambda: len(host.peers) > count and host.peers[-1].secure)
        return local, host.peers[-1]

    def refused(self, outcome: Outcome, *details: str) -> None:
        """
        Let the only session fail: the local side is closed, and the reason is told.
        """
        local = self.local()
        self.scene.until(lambda: local.over)
        self.scene.ended(outcome)
        [(_, ended, detail)] = self.scene.observer.ends
        self.assertIs(ended, outcome)
        for each in details:
            self.assertIn(each, detail)


class RelayingTests(OutboundCase):
    """
    Sessions that are secured.
    """

    def test_data(self) -> None:
        """
        Data goes both ways, also what was sent before anybody could hear it, and both ends reach the other side.
        """
        host = self.host()
        self.port(host.address)
        connecting, accepted = tcpPair()
        local = self.scene.join(Peer(connecting))
        local.send(b"early")
        self.scene.hand(accepted)
        self.scene.until(lambda: host.peers and host.peers[0].received == b"early")
        host.peers[0].send(b"x" * 300000)
        self.scene.until(lambda: len(local.received) == 300000)
        local.socket.shutdown(socket.SHUT_WR)
        self.scene.until(lambda: host.peers[0].ended)
        host.peers[0].send(b"goodbye")
        self.scene.until(lambda: host.peers[0].sent)
        host.peers[0].end()
        self.scene.until(lambda: local.ended)
        self.assertTrue(local.received.endswith(b"goodbye"))
        self.scene.ended(Outcome.FINISHED)
        # Twice where the host wants another group.
        self.assertEqual(set(host.named), {"localhost"})

    def test_record(self) -> None:
        """
        It is reported with the remote host as the other side.
        """
        host = self.host()
        self.port(host.address)
        self.secured(host)
        self.scene.calm()
        [record] = self.scene.relay.sessionRecords("SSL00001", 0, 9)
        self.assertEqual((record.kind, record.state, record.protocol), ("Outbound", "Established", "TLSv1.3"))
        self.assertEqual(record.client, f"127.0.0.1:{host.address.port}")
        self.assertEqual((record.local, record.userid, record.label), ("127.0.0.1:25", "RELAY", ""))
        self.assertEqual(self.scene.calm(), 0)

    def test_addresses(self) -> None:
        """
        Where one address does not answer, the next one is tried.
        """
        host = self.host()
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nobody = Address(socket.AF_INET, *closed.getsockname())
        self.port(nobody, nobody, host.address)
        self.secured(host)

    def test_resumed(self) -> None:
        """
        A second session with the same remote host resumes the first one, once: with TLS 1.2 and 1.3.
        """
        for version in (None, TLS12):
            context = hostContext(makeServer(authority()))
            if version is not None:
                context.maximum_version = version
            host = self.host(context=context)
            self.port(host.address)
            resumed = []
            for _ in range(2):
                local, peer = self.secured(host)
                self.scene.calm()
                self.scene.sweep()
                local.close()
                peer.end()
                self.scene.until(lambda: not self.scene.relay.sessions)
                resumed.append(peer.tls.session_reused)
            self.assertEqual(resumed, [False, True])

    def test_ownCertificate(self) -> None:
        """
        Our own certificate is shown where the remote host wants one.
        """
        context = hostContext(makeServer(authority()))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=exportPem([authority().certificate]).decode("ascii"))
        host = self.host(context=context)
        self.scene.relay.labels = {**self.scene.relay.labels, "CLIENT": self.scene.relay.labels["TEST"]}
        self.port(host.address, label="CLIENT")
        _, peer = self.secured(host)
        certificate = peer.tls.getpeercert()
        assert certificate is not None
        self.assertIn((("commonName", "client"),), certificate["subject"])

    def test_applicationProtocol(self) -> None:
        """
        Application protocols are offered.
        """
        host = self.host(context=hostContext(makeServer(authority()), ("imap", "smtp")))
        self.port(host.address, remote=Remote("localhost", protocols=("smtp",)))
        _, peer = self.secured(host)
        self.assertEqual(peer.tls.selected_alpn_protocol(), "smtp")


class RefusedTests(OutboundCase):
    """
    Remote hosts that are not who they should be, or are not there.
    """

    def test_wrongName(self) -> None:
        """
        Its certificate is for another name: it hears so before anything is said to it.
        """
        host = self.host(makeServer(authority(), "elsewhere.example"))
        self.port(host.address)
        self.refused(Outcome.REMOTE_UNVERIFIED, "it is for elsewhere.example, not for localhost")
        self.scene.until(lambda: host.peers[0].failure)
        self.assertIn("ALERT", str(host.peers[0].failure).upper())

    def test_address(self) -> None:
        """
        By its address it must have a certificate for the address.
        """
        host = self.host(makeServer(authority(), "localhost"))
        self.port(host.address, remote=Remote("127.0.0.1"))
        self.refused(Outcome.REMOTE_UNVERIFIED, "it is for localhost, not for 127.0.0.1")

    def test_expired(self) -> None:
        """
        It has expired.
        """
        self.port(self.host(makeServer(authority(), days=-2)).address)
        self.refused(Outcome.REMOTE_UNVERIFIED, "certificate has expired")

    def test_unknownAuthority(self) -> None:
        """
        Nobody we trust has issued it.
        """
        self.port(self.host(makeServer(makeAuthority("Unknown CA"))).address)
        self.refused(Outcome.REMOTE_UNVERIFIED, "unable to get local issuer certificate")

    def test_otherAuthority(self) -> None:
        """
        Somebody else we trust has issued it, but not for this remote host.
        """
        other = makeAuthority("Other CA")
        material = KeyMaterial(
            (), (TrustedAuthority("CA", authority().certificate), TrustedAuthority("OTHER", other.certificate))
        )
        self.scene.relay.outbound = OutboundContexts(material, Policy())
        self.port(self.host().address, remote=Remote("localhost", ("OTHER",)))
        self.refused(Outcome.REMOTE_UNVERIFIED, "unable to get local issuer certificate")

    def revoke(self, days: float, *revoked: Credential) -> None:
        """
        Have a revocation list of the authority in the key database.
        """
        revocations = makeRevocations(authority(), *(each.certificate for each in revoked), days=days)
        material = KeyMaterial((), (TrustedAuthority("CA", authority().certificate),), (revocations,))
        self.scene.relay.outbound = OutboundContexts(material, Policy())

    def test_revoked(self) -> None:
        """
        It has been revoked; another one has not.
        """
        revoked = makeServer(authority())
        self.revoke(30, revoked)
        good = self.host()
        self.port(good.address)
        local, peer = self.secured(good)
        local.close()
        peer.end()
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.scene.relay.outcomes.clear()
        self.scene.region.clear()
        self.scene.relay.intake._arrived = 0
        self.port(self.host(revoked).address)
        self.refused(Outcome.REMOTE_UNVERIFIED, "certificate revoked")

    def test_expiredList(self) -> None:
        """
        The revocation list itself has expired.
        """
        self.revoke(-1)
        self.port(self.host().address)
        self.refused(Outcome.REMOTE_UNVERIFIED, "CRL has expired")

    def test_authorityMissing(self) -> None:
        """
        The authority is not in the key database.
        """
        self.port(self.host().address, remote=Remote("localhost", ("OTHER",)))
        self.refused(Outcome.AUTHORITY_MISSING, "SSLP752E The authority OTHER is not in the key database")

    def test_notThere(self) -> None:
        """
        Nobody listens, or its name is unknown.
        """
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nobody = Address(socket.AF_INET, *closed.getsockname())
        self.port(nobody)
        self.refused(Outcome.REMOTE_DOWN, "Connection refused")

    def test_nameNotKnown(self) -> None:
        """
        Its name is not known: it is named, and not what its certificate is to have.
        """
        self.port(remote=Remote("www.example"))
        self.refused(Outcome.REMOTE_DOWN, "its name is unknown")
        self.assertEqual(self.scene.observer.clients, ["mail.example:465"])

    def test_silent(self) -> None:
        """
        It never answers the handshake.
        """
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        self.port(Address(socket.AF_INET, *listening.getsockname()))
        local = self.local()
        self.scene.calm()
        self.scene.sweep(11)
        self.scene.until(lambda: local.over)
        self.scene.ended(Outcome.REMOTE_TIMEOUT)

    def test_notTLS(self) -> None:
        """
        It speaks no TLS.
        """
        host = self.host(cleartext=((b"\x16", b"220 ready\r\n"),))
        self.port(host.address)
        self.refused(Outcome.REMOTE_FAILED, "")

    def test_stop(self) -> None:
        """
        The server stops while it has not answered.
        """
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        self.port(Address(socket.AF_INET, *listening.getsockname()))
        local = self.local()
        self.scene.calm()
        self.scene.relay.stop()
        self.scene.until(lambda: local.over)
        self.scene.ended(Outcome.STOPPED)


class AskingTests(OutboundCase):
    """
    Remote hosts that are asked for TLS in their own protocol.
    """

    smtp = (
        (b"", b"220 mail.example\r\n"),
        (b"EHLO localhost\r\n", b"250-mail.example\r\n250 STARTTLS\r\n"),
        (b"STARTTLS\r\n", b"220 go\r\n"),
    )

    def test_asked(self) -> None:
        """
        The remote host agrees; our own client hears the greeting first, and goes on in the secure session.
        """
        host = self.host(cleartext=self.smtp)
        self.port(host.address, remote=Remote("localhost", startTLS="SMTP"))
        local, peer = self.secured(host)
        self.scene.until(lambda: local.received == b"220 mail.example\r\n")
        local.send(b"EHLO me\r\n")
        peer.send(b"250 again\r\n")
        self.scene.until(lambda: peer.received == b"EHLO me\r\n" and local.received.endswith(b"250 again\r\n"))

    def test_declined(self) -> None:
        """
        It does not.
        """
        host = self.host(cleartext=(*self.smtp[:1], (b"EHLO localhost\r\n", b"250 mail.example\r\n")))
        self.port(host.address, remote=Remote("localhost", startTLS="SMTP"))
        self.refused(Outcome.REMOTE_REFUSED, "it does not offer STARTTLS")

    def test_injected(self) -> None:
        """
        Somebody has put something behind its agreement.
        """
        host = self.host(cleartext=(*self.smtp[:2], (b"STARTTLS\r\n", b"220 go\r\n250 injected\r\n")))
        self.port(host.address, remote=Remote("localhost", startTLS="SMTP"))
        self.refused(Outcome.REMOTE_REFUSED, "cleartext after its agreement")

    def test_leaves(self) -> None:
        """
        It leaves instead.
        """
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        self.port(Address(socket.AF_INET, *listening.getsockname()), remote=Remote("localhost", startTLS="POSTGRESQL"))
        local = self.local()
        self.scene.calm()
        listening.accept()[0].close()
        self.scene.until(lambda: local.over)
        self.scene.until(lambda: self.scene.region.sessions == 0)
        self.assertEqual(len(self.scene.observer.ends), 1)
        self.assertIn(self.scene.observer.ends[0][1], (Outcome.REMOTE_REFUSED, Outcome.REMOTE_DOWN))


class DynamicTests(DynamicCase):
    """
    Connections to remote hosts that programs hand over.
    """

    def begin(self, remote: Remote, credential: Credential | None = None) -> tuple[Program, HostPeer]:
        """
        Have a program hand over a connection to a remote host.
        """
        connecting, accepted = tcpPair()
        host = self.scene.join(HostPeer(accepted, hostContext(credential or makeServer(authority()))))
        order = PortAssignment(DYNAMIC, "127.0.0.1:5000", "PROGRAM", "", (), securing=Outbound(remote))
        return self.program(connecting, order=order), host

    def test_secured(self) -> None:
        """
        The program gets its end, and hears whom it talks to.
        """
        program, host = self.begin(REMOTE)
        self.scene.until(lambda: program.cleartext and host.secure)
        cleartext = program.cleartext
        assert cleartext is not None
        detail = program.answers[0].more["detail"]
        self.assertEqual(detail["certificate"]["names"], ["localhost", "127.0.0.1", "::1"])
        cleartext.send(b"ping")
        host.send(b"pong")
        self.scene.until(lambda: host.received == b"ping" and cleartext.received == b"pong")
        [record] = self.scene.relay.sessionRecords("SSL00001", 0, 9)
        self.assertEqual((record.kind, record.client), ("Dynamic outbound", "192.0.2.1:4711"))
        program.ask(Asked.SECURE_DETAIL)
        self.answered(program, Code.OK)

    def test_wrongName(self) -> None:
        """
        It hears so where that is somebody else.
        """
        program, _ = self.begin(Remote("mail.example"))
        reply = self.answered(program, Code.NOT_VERIFIED)
        self.assertEqual(reply.id, "SSLP747E")
        self.assertIn("it is for localhost, 127.0.0.1, ::1, not for mail.example", reply.text)
        self.scene.ended(Outcome.REMOTE_UNVERIFIED)

    def test_label(self) -> None:
        """
        A label that cannot be used is the program's to know.
        """
        program, _ = self.begin(Remote("localhost", ("OTHER",)))
        reply = self.answered(program, Code.LABEL)
        self.assertIn("SSLP752E The authority OTHER is not in the key database", reply.text)
        self.scene.ended(Outcome.AUTHORITY_MISSING)

    def test_programLeaves(self) -> None:
        """
        A program that leaves in the middle leaves nothing behind.
        """
        connecting, accepted = tcpPair()
        other = self.scene.join(Peer(accepted))
        order = PortAssignment(DYNAMIC, "127.0.0.1:5000", "PROGRAM", "", (), securing=Outbound(REMOTE))
        program = self.program(connecting, order=order)
        self.scene.until(lambda: other.received)
        program.close()
        self.scene.ended(Outcome.PROGRAM_LEFT)
        self.scene.until(lambda: other.over)


class TracedTests(OutboundCase):
    """
    Sessions with remote hosts are traced as all others.
    """

    def traced(self, kind: str) -> list[Said]:
        """
        Return the messages of a trace of a session to its end, without dumps.
        """
        clock = Clock()
        console = Console(clock, clock.seconds, lambda times, lines: Deferred())
        lines: list[Said | str] = []
        console.writeAll = lines.extend  # type: ignore[method-assign,assignment]
        Tracing(lambda: "SSL00001", self.scene.relay, console, 0).setTrace(parseTrace(kind.split()))
        host = self.host()
        self.port(host.address)
        local, peer = self.secured(host)
        local.send(b"question")
        self.scene.until(lambda: peer.received == b"question")
        peer.send(b"answer")
        self.scene.until(lambda: local.received == b"answer")
        local.close()
        peer.end()
        self.scene.until(lambda: not self.scene.relay.sessions)
        return [line for line in lines if isinstance(line, Said)]

    def test_connections(self) -> None:
        """
        TRACE CONNECTIONS has its states from the first to the last, and the handshake once.
        """
        lines = self.traced("CONNECTIONS")
        states = [str(line).split(": ")[-1] for line in lines if line.id == "SSLP641I"]
        self.assertIn("Connecting", states[0])
        self.assertIn("Established", states[2])
        ids = [line.id for line in lines]
        self.assertEqual((ids.count("SSLP640I"), ids.count("SSLP643I")), (1, 1))

    def test_kinds(self) -> None:
        """
        No kind of trace disturbs a session.
        """
        for kind in ("NORMAL", "CONNECTIONS DATA", "FLOW", "DEBUG"):
            self.assertIn("SSLP640I", [line.id for line in self.traced(kind)], kind)

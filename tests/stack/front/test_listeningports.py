"""
Tests for L{sslpool.stack.front.listeningports}.
"""

from __future__ import annotations

import os
import socket
import time
from types import SimpleNamespace
from typing import cast

from attrs import evolve
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Configuration, Position, SecurePort
from sslpool.config.portpolicy import PortLabel, PortPolicy
from sslpool.config.securing import Outbound, Remote
from sslpool.interfaces import Preparation
from sslpool.keydb import sources
from sslpool.keydb.accepted import readAccepted
from sslpool.keydb.database import Database
from sslpool.keydb.files import stashPath
from sslpool.keydb.generation import selfSigned
from sslpool.messages import OperatorError, Said, said
from sslpool.stack.front.accepted import AcceptedCopy
from sslpool.stack.front.acceptor import Acceptor
from sslpool.stack.front.listeningports import ListeningPorts
from sslpool.stack.front.listeningsockets import boundSocket, listeningSocket
from sslpool.stack.front.portowners import Neighbours
from sslpool.stack.front.ports import FINAL, Ports
from sslpool.wire.assignment import Address, PortAssignment
from sslpool.wire.labels import UnservedLabel, UnusableLabel
from sslpool.wire.records import LabelsRead, LabelStatus
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer
from tests.keydb.misfits import misfits
from tests.keydb.refusals import unprivileged
from tests.logs import ids


class FakeAcceptor:
    """
    Keeps what it is given.
    """

    def __init__(self, case: SynchronousTestCase) -> None:
        self.keys: list[int] = []
        self._sockets: dict[int, socket.socket] = {}
        self._case = case

    def listen(self, port: int, listening: socket.socket) -> None:
        """
        Take a listening socket.
        """
        self.keys.append(port)
        self._sockets[port] = listening
        self._case.addCleanup(listening.close)

    def unlisten(self, port: int) -> None:
        """
        Give one up.
        """
        if port in self.keys:
            self.keys.remove(port)
            self._sockets[port].close()


class ListeningCase(SynchronousTestCase):
    """
    A key database with one label, and two ports.
    """

    def setUp(self) -> None:
        """
        Make a key database with one label, and two ports.
        """
        self.authority = makeAuthority()
        self.keyFile = os.path.abspath(self.mktemp()) + ".kdb"
        makeDatabase(self.keyFile, [makeServer(self.authority, label="WEBCERT", days=365)], self.authority)
        statements = [
            SecurePort(0, "HTTPD", label, "127.0.0.1", "127.0.0.1:8080", Position("PROFILE.TCPIP", line))
            for line, label in enumerate(("WEBCERT", "MAILCERT"), 1)
        ]
        ports = Ports(statements)
        self.web, self.mail = (assignment.key for assignment in ports.assignments())
        self.acceptor = FakeAcceptor(self)
        self.listening = self.makeListening(ports)

    def makeListening(self, ports: Ports) -> ListeningPorts:
        """
        Return what opens these ports.
        """
        self.told: list[PortAssignment] = []
        self.copy = AcceptedCopy(self.keyFile)
        return ListeningPorts(ports, self.keyFile, self.copy, cast(Acceptor, self.acceptor), self.told.append)

    def add(self, label: str, days: float = 365, since: float = 1) -> None:
        """
        Add a label to the key database.
        """
        with Database.openStashed(self.keyFile) as database:
            database.add(makeServer(self.authority, label=label, days=days, since=since))

    def read(self, *labels: str, left: str = "", kept: str = "", instead: Said | None = None) -> LabelsRead:
        """
        Return what a server says that has these labels.
        """
        found = tuple(LabelStatus(label, "", 0.0, "", 1) for label in (*labels, kept) if label)
        unusable = ((left, False), (kept, True))
        return LabelsRead(
            "",
            found,
            tuple(
                UnusableLabel(label, said("SSLP130E", label=label, reason="it is weak"), keeps)
                for label, keeps in unusable
                if label
            ),
            instead=instead,
        )


class ListeningTests(ListeningCase):
    """
    Which ports are open follows what the key database has.
    """

    def test_vet(self) -> None:
        """
        What was looked at is opened as a server would: without its stash none could, or with another's.
        """
        self.add("OTHER")
        self.listening.look()
        self.assertEqual(self.listening.vet(), 2)
        stash = stashPath(self.keyFile)
        with open(stash, "r+b") as file:
            content = file.read()
            file.seek(len(content) - 10)
            file.write(b"AAAA")
        self.listening.look()
        self.assertEqual(self.assertRaises(OperatorError, self.listening.vet).said.id, "SSLP324E")
        os.unlink(stash)
        self.listening.look()
        self.assertEqual(self.assertRaises(OperatorError, self.listening.vet).said.id, "SSLP323E")
        self.assertIsNone(self.copy.descriptor)

    def test_start(self) -> None:
        """
        What could be opened is listened on and given to the acceptor when it is to be served, and announced then.
        """
        notes = self.listening.open()
        self.assertEqual([note.id for note in notes], ["SSLP020E"])
        self.assertEqual(self.acceptor.keys, [])
        with capturedLogs() as events:
            self.listening.serve()
        self.assertEqual((self.acceptor.keys, ids(events)), ([self.web], ["SSLP023I"]))

    def test_refused(self) -> None:
        """
        What clients refuse of a label that a port shows them is said at the start and at REFRESH, once for each; of
        other labels, and those that are shown to remote hosts, it is not, nor from day to day.
        """
        found = misfits()["for clients"].credential
        with Database.openStashed(self.keyFile) as database:
            database.add(evolve(found, label="MAILCERT"))
            database.add(evolve(found, label="OTHER"))
            database.add(evolve(found, label="CLIENT"))
        position = Position("PROFILE.TCPIP", 3)
        remote = SecurePort(0, "MAIL", "CLIENT", "127.0.0.1", "127.0.0.1:8080", position, Outbound(Remote("a.example")))
        statements = [
            SecurePort(0, "HTTPD", "MAILCERT", "127.0.0.1", "127.0.0.1:8080", position),
            SecurePort(0, "HTTPD", "WEBCERT", "127.0.0.1", "127.0.0.1:8080", position),
            remote,
        ]
        self.listening = self.makeListening(Ports(statements))
        refused = "SSLP855W Certificate MAILCERT is for clients, not for servers: refused by every client"
        self.assertEqual([str(note) for note in self.listening.open()], [refused])
        self.assertEqual(self.listening.expiries(time.time()), [])
        self.listening.look()
        self.assertEqual([str(note) for note in self.listening.reopen([self.read("MAILCERT")])], [refused])

    def test_refusedLater(self) -> None:
        """
        Of a port that a running stack is given what clients refuse is said of its label; of others not again.
        """
        with Database.openStashed(self.keyFile) as database:
            database.add(evolve(misfits()["for clients"].credential, label="MAILCERT"))
            database.add(evolve(misfits()["for clients"].credential, label="OTHER"))
        with capturedLogs():
            self.listening.open()
            self.listening.serve()
        position = Position("PROFILE.TCPIP", 3)
        ports = [
            SecurePort(0, "HTTPD", label, "127.0.0.1", "127.0.0.1:8080", position) for label in ("MAILCERT", "OTHER")
        ]
        preparation = self.listening.prepare(cast(Configuration, SimpleNamespace(ports=ports)))
        preparation.discard()
        [refused] = preparation.notes
        self.assertIn("SSLP855W Certificate OTHER is for clients", str(refused))

    def test_authority(self) -> None:
        """
        An authority with its key in the database serves no port.
        """
        with Database.openStashed(self.keyFile) as database:
            database.add(selfSigned("MAILCERT", "Our CA", (), usage="authority"))
        self.assertEqual([note.id for note in self.listening.open()], ["SSLP020E"])

    def test_faster(self) -> None:
        """
        Where another program has begun to listen meanwhile, that is a message, and the port is
        opened by a later REFRESH.
        """
        self.listening.open()
        (entry,) = (each for each in self.listening._opened if each[0] == self.web)

        def refuse(self: object, backlog: int) -> None:
            raise OSError(98, "Address already in use")

        with capturedLogs() as events:
            self.patch(socket.socket, "listen", refuse)
            self.patch(Neighbours, "listens", lambda self, host, port: True)
            self.listening.serve()
        self.assertEqual((self.acceptor.keys, ids(events)), ([], ["SSLP021E"]))
        self.assertEqual({each.state for each in self.listening.ports.records()}, {"Closed"})
        self.assertEqual(entry[1].fileno(), -1)

    def test_reopen(self) -> None:
        """
        After a REFRESH the acceptor gets what can be opened now, which is announced; nothing else.
        """
        self.listening.open()
        self.listening.serve()
        self.add("MAILCERT")
        with capturedLogs() as events:
            self.listening.look()
            self.assertEqual(self.listening.reopen([]), [])
        self.assertEqual((self.acceptor.keys, ids(events)), ([self.web, self.mail], ["SSLP023I"]))

    def test_unreadable(self) -> None:
        """
        A key database that cannot be read stops the start, or the REFRESH.
        """
        self.listening.open()
        self.listening.serve()
        with open(self.keyFile, "wb") as file:
            file.write(b"not a database" * 1000)
        self.assertRaises(OperatorError, self.listening.open)
        self.assertRaises(OperatorError, self.listening.look)
        self.assertEqual(self.acceptor.keys, [self.web])

    def test_leftOut(self) -> None:
        """
        What the first server cannot use is named once, and a port that has nothing else stays closed,
        until a REFRESH has found that it can be used.
        """
        self.add("MAILCERT")
        self.assertEqual(self.listening.open(), [])
        with capturedLogs() as events:
            self.listening.learn("SSL00001", self.read("WEBCERT", left="MAILCERT"))
            self.listening.serve()
            self.listening.learn("SSL00002", self.read("WEBCERT", left="MAILCERT"))
        self.assertEqual(ids(events), ["SSLP172E", "SSLP023I", "SSLP175E"])
        self.assertEqual((self.acceptor.keys, self.listening.labels), ([self.web], {"WEBCERT"}))
        self.listening.look()
        [note] = self.listening.reopen([self.read("WEBCERT", left="MAILCERT")])
        self.assertEqual(str(note), "SSLP175E Port 0 is not opened: label MAILCERT cannot be used")
        self.listening.look()
        self.assertEqual(self.listening.reopen([self.read("WEBCERT", "MAILCERT")]), [])
        self.assertEqual(self.acceptor.keys, [self.web, self.mail])

    def test_takenOut(self) -> None:
        """
        A label that the first server has not found any more opens no port, until a REFRESH.
        """
        self.add("MAILCERT")
        self.assertEqual(self.listening.open(), [])
        with capturedLogs() as events:
            self.listening.learn("SSL00001", self.read("WEBCERT"))
            self.listening.serve()
        self.assertEqual(ids(events), ["SSLP023I", "SSLP047E"])
        self.assertEqual((self.acceptor.keys, self.listening.labels), ([self.web], {"WEBCERT"}))
        self.listening.look()
        self.assertEqual(self.listening.reopen([self.read("WEBCERT", "MAILCERT")]), [])
        self.assertEqual(self.acceptor.keys, [self.web, self.mail])

    def test_several(self) -> None:
        """
        A port with several labels is open with those that can be used; one that is missing is named.
        """
        policy = PortPolicy(tuple(PortLabel(name) for name in ("MAILCERT", "GONE", "WEBCERT")))
        position = Position("PROFILE.TCPIP", 1)
        statement = SecurePort(0, "HTTPD", "MAILCERT", "127.0.0.1", "127.0.0.1:8080", position, policy=policy)
        self.add("MAILCERT")
        self.listening = self.makeListening(Ports([statement]))
        gone = "SSLP178W Port 0 is opened without label GONE, which is not in the key database"
        self.assertEqual([str(note) for note in self.listening.open()], [gone])
        with capturedLogs():
            self.listening.learn("SSL00001", self.read("WEBCERT", left="MAILCERT"))
            self.listening.serve()
        self.assertEqual(len(self.acceptor.keys), 1)

    def test_unserved(self) -> None:
        """
        A label that no client can use is named once for all servers, and once more at a REFRESH.
        """
        self.listening.open()
        read = evolve(self.read("WEBCERT"), unserved=(UnservedLabel("WEBCERT", "EC P-256"),))
        with capturedLogs() as events:
            self.listening.learn("SSL00001", read)
            self.listening.learn("SSL00002", read)
            self.listening.serve()
        self.assertEqual(ids(events), ["SSLP144W", "SSLP023I"])
        self.listening.look()
        (message, *_) = self.listening.reopen([read, read])
        self.assertTrue(str(message).startswith("SSLP144W No client can use label WEBCERT:"), message)

    def test_idle(self) -> None:
        """
        So is a protocol version with which no label can be reached.
        """
        self.listening.open()
        read = evolve(self.read("WEBCERT"), idle=("TLSV1_1",))
        with capturedLogs() as events:
            self.listening.learn("SSL00001", read)
            self.listening.learn("SSL00002", read)
            self.listening.serve()
        self.assertEqual(ids(events), ["SSLP563W", "SSLP023I"])
        self.listening.look()
        self.assertIn("PROTOCOL TLSV1_1 serves nobody", str(self.listening.reopen([read, read])[0]))

    def test_instead(self) -> None:
        """
        That servers serve what was accepted last is said once, and again after it was not so.
        """
        instead = said("SSLP315E", path=self.keyFile)
        self.listening.open()
        with capturedLogs() as events:
            for userid in ("SSL00001", "SSL00002"):
                self.listening.learn(userid, self.read("WEBCERT", instead=instead))
            self.listening.learn("SSL00003", self.read("WEBCERT"))
            self.listening.learn("SSL00001", self.read("WEBCERT", instead=instead))
            self.listening.serve()
        self.assertEqual([each for each in ids(events) if each != "SSLP023I"], ["SSLP174W"] * 2)

    def accepted(self) -> list[set[str]]:
        """
        Return the labels of each accepted key file.
        """
        descriptor = self.copy.descriptor
        assert descriptor is not None
        return [set(part.labels) for part in readAccepted(descriptor)]

    def test_accepted(self) -> None:
        """
        Servers that are started later get the key database as the first server or the last REFRESH has
        found it, and earlier ones for the labels that have been kept.
        """
        self.listening.open()
        self.listening.serve()
        self.assertIsNone(self.copy.descriptor)
        for read in (self.read("WEBCERT"), self.read("OTHER")):
            self.listening.learn("SSL00001", read)
            self.assertEqual(self.accepted(), [{"WEBCERT"}])
        self.add("MAILCERT")
        self.listening.look()
        self.assertEqual(self.accepted(), [{"WEBCERT"}])
        self.listening.reopen([self.read("MAILCERT", kept="WEBCERT")])
        self.assertEqual(self.accepted(), [{"MAILCERT"}, {"WEBCERT"}])
        self.listening.look()
        self.listening.reopen([self.read("MAILCERT", kept="WEBCERT")] * 2)
        self.assertEqual(self.accepted(), [{"MAILCERT"}, {"WEBCERT"}])
        self.listening.look()
        self.listening.reopen([self.read("MAILCERT", "WEBCERT")])
        self.assertEqual(self.accepted(), [{"MAILCERT", "WEBCERT"}])

    def test_nobodyTook(self) -> None:
        """
        Where no server was there to say which labels can be used, the earlier key file stays for those
        that are still there or that ports need.
        """
        self.listening.open()
        self.listening.serve()
        self.listening.reopen([])
        self.listening.learn("SSL00001", self.read("WEBCERT"))
        self.add("OTHER")
        self.listening.look()
        self.listening.reopen([])
        with Database.openStashed(self.keyFile) as database:
            database.remove("OTHER")
            database.remove("WEBCERT")
        self.listening.look()
        self.listening.reopen([])
        self.assertEqual(self.accepted(), [set(), {"WEBCERT"}])

    def test_notKept(self) -> None:
        """
        Where the stack may not read the stash, that is said, and nothing is kept.
        """
        os.chmod(stashPath(self.keyFile), 0)
        with unprivileged(self.keyFile):
            self.listening.open()
        with capturedLogs() as events:
            self.listening.learn("SSL00001", self.read("WEBCERT"))
            self.listening.learn("SSL00002", self.read("WEBCERT"))
        self.assertEqual(ids(events), ["SSLP176W"])
        self.assertIsNone(self.copy.descriptor)
        self.listening.serve()

    def test_expiry(self) -> None:
        """
        A certificate in use that has expired, or soon will, is named; one that no port uses is not.
        """
        self.add("MAILCERT", days=-3)
        self.add("UNUSED", days=-3)
        [note] = self.listening.open()
        self.assertTrue(str(note).startswith("SSLP026W The certificate of label MAILCERT expired on "))
        self.listening.serve()

    def test_exposed(self) -> None:
        """
        A stash that everybody can read is warned of with every reading, until it is not any more.
        """
        self.patch(sources, "isOpenToAll", lambda path: bool(os.stat(path).st_mode & 0o004))
        stash = stashPath(self.keyFile)
        os.chmod(stash, 0o644)
        self.listening.open()
        (note,) = self.listening.expiries(time.time())
        self.assertTrue(str(note).startswith(f"SSLP825W Every user of this machine can read {stash}, "), note)
        os.chmod(stash, 0o640)
        self.listening.look()
        self.assertEqual(self.listening.expiries(time.time()), [])

    def test_expiresSoon(self) -> None:
        """
        The notice begins thirty days before.
        """
        self.add("MAILCERT", days=12.5, since=80)
        [note] = self.listening.open()
        self.assertTrue(str(note).startswith("SSLP027W The certificate of label MAILCERT expires on "))
        self.assertTrue(str(note).endswith(", in 12 days"))
        self.listening.serve()

    def test_hopeless(self) -> None:
        """
        Where no port has its label the stack does not start; where one has, it does.
        """
        self.assertEqual([note.id for note in self.listening.begin(FINAL)], ["SSLP020E"])
        self.listening = self.makeListening(Ports([statement(1, "NONE")]))
        error = self.assertRaises(OperatorError, self.listening.begin, FINAL)
        self.assertEqual(error.said.id, "SSLP025E")


def statement(
    line: int, label: str, number: int = 0, bind: str = "127.0.0.1", address: str = "127.0.0.1:8080"
) -> SecurePort:
    """
    Return a PORT statement.
    """
    return SecurePort(number, "HTTPD", label, bind, address, Position("PROFILE.TCPIP", line))


class RetryTests(ListeningCase):
    """
    A port that another program has.
    """

    def setUp(self) -> None:
        """
        Listen on a port, and let the stack start.
        """
        super().setUp()
        self.other = listeningSocket("127.0.0.1", 0)
        self.addCleanup(self.other.close)
        self.number: int = self.other.getsockname()[1]
        self.start(statement(1, "WEBCERT", self.number))

    def start(self, *statements: SecurePort) -> None:
        """
        Start with these ports.
        """
        self.ports = Ports(statements)
        self.acceptor = FakeAcceptor(self)
        self.listening = self.makeListening(self.ports)

    def obey(self, *statements: SecurePort) -> Preparation:
        """
        Have other ports.
        """
        preparation = self.listening.prepare(cast(Configuration, SimpleNamespace(ports=statements)))
        preparation.commit()
        return preparation

    def serve(self) -> list[str]:
        """
        Begin, and serve; return what is said at the start.
        """
        notes = self.listening.begin(FINAL)
        self.addCleanup(self.listening.replace, {}, [])
        self.listening.serve()
        return [note.id for note in notes]

    def retried(self) -> list[str]:
        """
        Try again; return what is said.
        """
        with capturedLogs() as events:
            self.listening.retry()
        return ids(events)

    def test_leaves(self) -> None:
        """
        The port is opened when the other has gone; both is said once.
        """
        self.assertEqual(self.serve(), ["SSLP021E"])
        self.assertEqual((self.retried(), self.acceptor.keys), ([], []))
        self.other.close()
        self.assertEqual((self.retried(), len(self.acceptor.keys)), (["SSLP023I"], 1))
        self.assertEqual(self.retried(), [])

    def test_refresh(self) -> None:
        """
        REFRESH tries at once, and says what is still closed.
        """
        self.serve()
        self.assertEqual([note.id for note in self.listening.reopen([])], ["SSLP021E"])
        self.other.close()
        self.assertEqual((self.listening.reopen([]), len(self.acceptor.keys)), ([], 1))

    def test_obey(self) -> None:
        """
        A port that was closed before does not keep OBEY from following; one that is new does.
        """
        self.serve()
        closed = statement(1, "WEBCERT", self.number)
        self.obey(closed, statement(2, "WEBCERT", 0))
        self.assertEqual(len(self.acceptor.keys), 1)
        self.assertRaises(OperatorError, self.obey, statement(2, "WEBCERT", self.number, bind="0.0.0.0"))
        self.assertRaises(OperatorError, self.obey, closed, statement(3, "NONE", 0, bind="127.0.0.2"))

    def test_unread(self) -> None:
        """
        OBEY neither opens a port with a label that servers have not read, nor gives it to one that is open,
        alone or beside others; after a REFRESH that has reached every server it does both.
        """
        self.other.close()
        self.serve()
        self.add("NEW")
        both = PortPolicy((PortLabel("WEBCERT"), PortLabel("NEW")))
        before = statement(1, "WEBCERT", self.number)
        wanted = [
            (before, statement(2, "NEW")),
            (before, evolve(statement(2, "WEBCERT"), policy=both)),
            (statement(1, "NEW", self.number),),
            (evolve(before, policy=both),),
        ]
        for refreshed in ((), (False,), (False, True)):
            for complete in refreshed:
                self.listening.look()
                self.assertEqual(self.listening.reopen([self.read("WEBCERT", "NEW")], complete), [])
            for ports in wanted:
                if True in refreshed:
                    self.obey(*ports)
                    self.assertEqual(len(self.acceptor.keys), len(ports))
                    self.assertEqual([assignment.label for assignment in self.told], [each.label for each in ports])
                else:
                    error = self.assertRaises(OperatorError, self.obey, *ports)
                    self.assertEqual(error.said.id, "SSLP047E", ports)
                    self.assertEqual((len(self.acceptor.keys), self.ports.records()[0].label), (1, "WEBCERT"))
                self.told.clear()
            self.assertEqual("NEW" in self.listening.labels, True in refreshed)

    def test_refreshFailed(self) -> None:
        """
        A label that a REFRESH has found which nobody could follow opens no port.
        """
        self.other.close()
        self.start(statement(1, "WEBCERT", self.number), statement(2, "NEW"))
        self.assertEqual(self.serve(), ["SSLP020E"])
        self.add("NEW")
        self.listening.look()
        self.assertEqual((self.retried(), len(self.acceptor.keys)), ([], 1))
        self.assertEqual([note.id for note in self.listening.reopen([], complete=False)], ["SSLP047E"])
        self.assertEqual((self.retried(), len(self.acceptor.keys)), ([], 1))
        self.assertEqual((self.listening.reopen([]), len(self.acceptor.keys)), ([], 2))

    def test_relabelled(self) -> None:
        """
        An open port does not take a label that nobody can serve; one that is missing beside others is named.
        """
        self.other.close()
        self.serve()
        self.add("WEAK")
        self.listening.look()
        self.listening.reopen([self.read("WEBCERT", left="WEAK")])
        for label in ("NONE", "WEAK"):
            error = self.assertRaises(OperatorError, self.obey, statement(1, label, self.number))
            self.assertEqual(error.said.id, "SSLP048E")
        policy = PortPolicy((PortLabel("NONE"), PortLabel("WEBCERT")))
        notes = self.obey(evolve(statement(1, "NONE", self.number), policy=policy)).notes
        self.assertEqual(([each.id for each in notes], len(self.acceptor.keys)), (["SSLP178W"], 1))

    def test_outlived(self) -> None:
        """
        A label that the key database has lost, and that servers have in memory, is warned of where a port gets it:
        with a REFRESH since and without.
        """
        self.other.close()
        self.serve()
        self.add("NEW")
        self.listening.look()
        self.listening.reopen([self.read("WEBCERT", "NEW")])
        present = statement(1, "WEBCERT", self.number)
        self.assertEqual(self.obey(present, statement(2, "NEW")).notes, ())
        self.obey(present)
        with Database.openStashed(self.keyFile) as database:
            database.remove("NEW")
        for kept in ("", "NEW"):
            if kept:
                self.listening.look()
                self.listening.reopen([self.read("WEBCERT", kept=kept)])
            for ports in ((present, statement(2, "NEW")), (statement(1, "NEW", self.number),)):
                notes = self.obey(*ports).notes
                self.assertEqual(notes, (said("SSLP077W", port=ports[-1].number, label="NEW"),))
                self.assertEqual(self.obey(*ports).notes, ())
            self.obey(present)

    def test_lasting(self) -> None:
        """
        Why a port is closed is repeated with each change that leaves it so; a change that gives it another label
        for which there is no certificate is refused.
        """
        self.other.close()
        missing = statement(2, "NONE")
        self.start(statement(1, "WEBCERT", self.number), missing)
        self.serve()
        for ports in ((statement(1, "WEBCERT", self.number), missing), (missing,)):
            self.assertEqual([each.id for each in self.obey(*ports).earlier], ["SSLP020E"])
        error = self.assertRaises(OperatorError, self.obey, statement(2, "OTHER"))
        self.assertEqual(error.said, said("SSLP020E", port=0, label="OTHER"))
        self.assertEqual(self.obey().earlier, ())

    def test_imported(self) -> None:
        """
        The label of a closed port that was imported since, and that no server has read, refuses nothing.
        """
        self.other.close()
        ports = statement(1, "WEBCERT", self.number), statement(2, "NEW")
        self.start(*ports)
        self.serve()
        self.add("NEW")
        self.assertEqual([each.id for each in self.obey(*ports).earlier], ["SSLP047E"])

    def test_noKeys(self) -> None:
        """
        A key database that cannot be read any more refuses no change that does not need it.
        """
        self.other.close()
        self.serve()
        with open(self.keyFile, "wb") as file:
            file.write(b"not a database" * 1000)
        present = statement(1, "WEBCERT", self.number)
        [earlier] = self.obey(present).earlier
        self.assertIn(self.keyFile, str(earlier))
        for ports in ((present, statement(2, "WEBCERT")), (statement(1, "OTHER", self.number),)):
            self.assertEqual(self.assertRaises(OperatorError, self.obey, *ports).said, earlier)

    def test_successor(self) -> None:
        """
        A port of ours that is to go does not keep the one that follows it from being opened.
        """
        self.other.close()
        self.serve()
        (before,) = self.acceptor.keys
        self.obey(statement(1, "WEBCERT", self.number, bind="0.0.0.0"))
        (after,) = self.acceptor.keys
        self.assertNotEqual(before, after)
        listening = [each.local for each in self.ports.records() if each.state == "Listen"]
        self.assertEqual(listening, [f"0.0.0.0:{self.number}"])

    def test_name(self) -> None:
        """
        A port whose application's name is not known is bound, so that nobody else takes it, and opened when
        the name is known; with another unknown name it is closed again.
        """
        self.other.close()
        self.start(statement(1, "WEBCERT", self.number, address="app.example:80"))
        self.assertEqual((self.serve(), self.acceptor.keys), ([], []))
        self.assertRaises(ConnectionError, socket.create_connection, ("127.0.0.1", self.number))
        self.ports.learn("app.example:80", [Address(int(socket.AF_INET), "127.0.0.1", 80)])
        self.listening.give()
        (key,) = self.acceptor.keys
        self.obey(statement(1, "WEBCERT", self.number, address="other.example:80"))
        self.assertEqual((self.acceptor.keys, self.ports.records()[0].state), ([], "Closed"))
        self.assertEqual(self.told, [], "servers would lose the addresses for connections on their way")
        self.assertRaises(ConnectionError, socket.create_connection, ("127.0.0.1", self.number))
        self.ports.learn("other.example:80", [Address(int(socket.AF_INET), "127.0.0.1", 81)])
        self.listening.give()
        self.assertEqual(self.acceptor.keys, [key])

    def test_beforeServers(self) -> None:
        """
        A port that is gone before the first server is there is not opened when it is.
        """
        self.other.close()
        self.listening.begin(FINAL)
        self.obey()
        self.listening.serve()
        self.assertEqual(self.acceptor.keys, [])
        boundSocket("127.0.0.1", self.number).close()

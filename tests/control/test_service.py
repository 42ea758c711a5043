"""
Tests for L{sslpool.control.service}, over real UNIX sockets.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
from typing import cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.threads import deferToThread
from twisted.internet.unix import Port
from twisted.trial.unittest import TestCase

from sslpool.control.access import Caller
from sslpool.control.client import StackClient, connect
from sslpool.control.complaints import FAULTS
from sslpool.control.service import ControlService
from sslpool.fairqueue import FairQueue
from sslpool.messages import OperatorError, said
from tests.control.joined import authority
from tests.doubles.administration import FakeAdministration, sessionRecord

NOBODY = authority(-1)


class ServiceTests(TestCase):
    """
    L{ControlService} from start to stop.
    """

    def setUp(self) -> None:
        """
        Choose a run directory and a pool.
        """
        self.directory = self.mktemp()
        self.pool = FakeAdministration()
        self.authority = authority(os.geteuid())

    def service(self, stack: str = "TCPIP") -> ControlService:
        """
        Return a service that is not started yet.
        """
        return ControlService(
            reactor=reactor,  # type: ignore[arg-type]
            directory=self.directory,
            stack=stack,
            administration=self.pool,
            authority=self.authority,
            identify=lambda uid: succeed(Caller(uid, "ALICE")),
            queue=FairQueue(cast(IReactorTime, reactor)),
        )

    def started(self) -> ControlService:
        """
        Return a service that is started, and stopped at the end.
        """
        service = self.service()
        service.startService()
        self.addCleanup(service.stopService)
        return service

    async def connected(self) -> StackClient:
        """
        Return a client that is connected, and closed at the end.
        """
        client = await connect(reactor, "TCPIP", [self.directory])  # type: ignore[arg-type]
        self.addCleanup(client.close)
        return client

    async def test_everything(self) -> None:
        """
        The stack's own user, known by the kernel's word, is answered.
        """
        self.started()
        client = await self.connected()
        self.pool.known = [sessionRecord(number) for number in range(1, 1001)]
        self.assertEqual(await client.status(), self.pool.pool)
        self.assertEqual(await client.sessions(None), self.pool.known)
        self.assertEqual(await client.stop("SSL00001", True), [said("SSLP117I", server="SSL00001")])

    async def test_authorityChanges(self) -> None:
        """
        What the configuration says of authority counts when it is asked.
        """
        self.started()
        client = await self.connected()
        await client.status()
        self.authority.uid = lambda: -1
        with self.assertRaises(OperatorError) as caught:
            await client.status()
        self.assertEqual(caught.exception.said.id, "SSLP406E")
        await client.configuration()

    async def test_uidOf(self) -> None:
        """
        The caller is whom the kernel names.
        """
        seen: list[int] = []

        def remember(uid: int) -> Deferred[Caller]:
            seen.append(uid)
            return succeed(Caller(uid, "ALICE"))

        service = ControlService(
            reactor=reactor,  # type: ignore[arg-type]
            directory=self.directory,
            stack="TCPIP",
            administration=self.pool,
            authority=NOBODY,
            identify=remember,
            queue=FairQueue(cast(IReactorTime, reactor)),
        )
        service.startService()
        self.addCleanup(service.stopService)
        await self.connected()
        self.assertEqual(seen, [os.geteuid()])

    def elsewhere(self, mode: int, owner: int = -1) -> str:
        """
        Make a directory with a control socket's file, in a sticky one.
        """
        shared = self.mktemp()
        os.mkdir(shared)
        os.chmod(shared, 0o1777)
        directory = os.path.join(shared, "run")
        os.mkdir(directory)
        with open(f"{directory}/TCPIP.sock", "w"):
            pass
        os.chmod(directory, mode)
        os.chown(directory, owner, -1)
        return directory

    async def test_passedOver(self) -> None:
        """
        What another user has put in the first place is passed over; where there is nothing else, that is said.
        """
        fake = self.elsewhere(0o755, 54321)
        with self.assertRaises(OperatorError) as caught:
            await connect(reactor, "TCPIP", [fake, self.directory])  # type: ignore[arg-type]
        self.assertEqual(caught.exception.said.id, "SSLP660E")
        self.assertIn(f"{fake} belongs to another user, uid 54321", str(caught.exception))
        self.started()
        client = await connect(reactor, "TCPIP", [fake, self.directory])  # type: ignore[arg-type]
        await client.status()
        await client.close()

    test_passedOver.skip = None if os.geteuid() == 0 else "only root can make what is another user's"  # type: ignore[attr-defined]

    async def test_badlyProtected(self) -> None:
        """
        Where the first place is our own, and others may write to it, no other stack is taken instead.
        """
        self.started()
        with self.assertRaises(OperatorError) as caught:
            await connect(reactor, "TCPIP", [self.elsewhere(0o777), self.directory])  # type: ignore[arg-type]
        self.assertEqual(caught.exception.said.id, "SSLP661E")

    async def test_socket(self) -> None:
        """
        Everybody may connect; the socket's file is gone after the stop.
        """
        service = self.service()
        service.startService()
        self.assertEqual(stat.S_IMODE(os.stat(service.path).st_mode), 0o666)
        stopped = service.stopService()
        assert stopped is not None
        await stopped
        self.assertFalse(os.path.exists(service.path))

    async def test_removed(self) -> None:
        """
        A socket that was removed with its directory is there again, connections go on meanwhile,
        and the stop leaves nothing.
        """
        service = self.started()
        client = await self.connected()
        self.assertEqual(list(service.tend()), [])
        shutil.rmtree(self.directory)
        made = list(service.tend())
        self.assertEqual([os.path.basename(each) for each in made[1:]], ["TCPIP.sock.lock", "TCPIP.sock"])
        self.assertEqual(stat.S_IMODE(os.stat(service.path).st_mode), 0o666)
        await client.status()
        await (await self.connected()).status()
        shutil.rmtree(self.directory)
        stopped = service.stopService()
        assert stopped is not None
        await stopped

    async def test_stopEndsConnections(self) -> None:
        """
        The stop ends open connections and is done when they are closed; the service may start again.
        """
        service = self.service()
        service.startService()
        client = await connect(reactor, "TCPIP", [self.directory])  # type: ignore[arg-type]
        stopped = service.stopService()
        assert stopped is not None
        await stopped
        with self.assertRaises(OperatorError) as caught:
            await client.status()
        self.assertEqual(caught.exception.said.id, "SSLP403E")
        service.startService()
        self.addCleanup(service.stopService)
        await (await self.connected()).status()

    def test_alreadyRunning(self) -> None:
        """
        A second stack of the same name is refused; one of another name is not.
        """
        self.started()
        error = self.assertRaises(OperatorError, self.service().startService)
        self.assertEqual(error.said.id, "SSLP408E")
        other = self.service("TCPIP2")
        other.startService()
        self.addCleanup(other.stopService)

    def test_deadStack(self) -> None:
        """
        The socket of a dead stack is replaced.
        """
        os.mkdir(self.directory)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(f"{self.directory}/TCPIP.sock")
        self.started()

    def test_cannotListen(self) -> None:
        """
        A socket that the system does not let us make is a clear message, and the claim is free again.
        """
        service = self.service()

        def refuse(port: Port) -> None:
            raise CannotListenError(None, service.path, OSError(errno.ENOSPC, "No space left on device"))

        patch = self.patch(Port, "startListening", refuse)
        error = self.assertRaises(OperatorError, service.startService)
        self.assertEqual(str(error), f"SSLP410E Cannot listen on {service.path}: No space left on device")
        self.assertFalse(service.running)
        patch.restore()
        self.started()

    def test_stopWithoutStart(self) -> None:
        """
        A service that does not listen is stopped at once.
        """
        self.assertIsNone(self.service().stopService())

    async def test_faults(self) -> None:
        """
        Our faults are counted.
        """
        service = self.started()
        client = await self.connected()
        self.pool.failure = ZeroDivisionError()
        with self.assertRaises(OperatorError):
            await client.listeners()
        self.flushLoggedErrors(ZeroDivisionError)
        self.assertEqual(service.complaints.counts[FAULTS], 1)
        self.pool.failure = None

    async def test_callerThatDoesNotRead(self) -> None:
        """
        Somebody who asks and asks without reading is cut off instead of filling the stack's memory.
        """
        service = self.started()
        self.pool.known = [sessionRecord(number) for number in range(1, 101)]
        box = b"\0\x04_ask\0\x011" + b"\0\x05after\0\x010" + b"\0\x05limit\0\x03100" + b"\0\0"
        request = b"\0\x08_command\0\x0dQuerySessions" + box

        def flood() -> bool:
            with socket.socket(socket.AF_UNIX) as caller:
                caller.settimeout(20)
                caller.connect(service.path)
                try:
                    while True:
                        caller.sendall(request * 100)
                except (BrokenPipeError, ConnectionResetError):
                    return True
                except TimeoutError:
                    return False

        self.assertTrue(await deferToThread(flood))
        await (await self.connected()).status()

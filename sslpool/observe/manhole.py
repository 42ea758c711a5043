# -*- test-case-name: tests.observe.test_manhole -*-
"""
The manhole: a Python prompt within the running stack, as its internal client INTCLIEN.  Lives in the stack process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import time
from typing import TYPE_CHECKING

from attrs import define, evolve, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.amendment import Amendment
from sslpool.config.assembly import Load, Texts
from sslpool.config.configuration import Assembly, Configuration
from sslpool.config.current import Current
from sslpool.interfaces import IControlReactor, IPoolAdministration, IReconfigurable, Preparation
from sslpool.messages import OperatorError, Said, operatorError
from sslpool.messages.announce import announceSaid
from sslpool.passwordfile import NOBODY, PASSWORD_FILE, readAccounts
from sslpool.reports.ssladmin import sessionsLines, summaryLines, tracesLines
from sslpool.reports.units import Times
from sslpool.unixsockets import UnixListener

if TYPE_CHECKING:
    from sslpool.observe.login import ManholeFactory


SESSIONS = 100
"""
How many sessions are shown at once.
"""

HELP = """\
status()             the pool and its servers
servers()            user IDs and states of the servers
sessions(after=0)    a hundred secure sessions, from those after this number on
trace("CONNECTIONS", "ALL")
                     start a trace; each word is an operand.  trace() shows it
notrace()            end all traces
stack                the services by name, such as stack["pool"]; dir() lists names
You need no await: a result that comes later is shown when it is there.
Ctrl-D leaves."""


class Text(str):
    """
    A text that a prompt shows as it is.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ManholeCommands:
    """
    The functions at the prompt: what SSLADMIN shows, on behalf of who has logged in.
    """

    def __init__(self, administration: IPoolAdministration, userid: str) -> None:
        self._administration = administration
        self._asker = f"{userid} in the manhole"

    def status(self) -> Text:
        """
        Return what QUERY STATUS shows.
        """
        return _text(summaryLines(self._administration.status(), Times(time())))

    def servers(self) -> Text:
        """
        Return each server's state.
        """
        servers = self._administration.status().servers
        return _text([f"{each.userid} {each.state} {each.sessions} of {each.maximum}" for each in servers])

    def sessions(self, after: int = 0) -> Deferred[Text]:
        """
        Return what QUERY SESSIONS shows, a hundred at a time.
        """
        return Deferred.fromCoroutine(self._sessions(after))

    async def _sessions(self, after: int) -> Text:
        try:
            found = await self._administration.sessions(None, after, SESSIONS)
        except OperatorError as error:
            return Text(str(error))
        return _text(sessionsLines(found, Times(time())))

    def trace(self, *words: str) -> Deferred[Text]:
        """
        Trace on every server, or return what is traced.
        """
        return Deferred.fromCoroutine(self._trace(words))

    async def _trace(self, words: Sequence[str]) -> Text:
        if not words:
            return _text(tracesLines(self._administration.traces(None)))
        try:
            return _text(await self._administration.trace(None, words, self._asker, False))
        except OperatorError as error:
            return Text(str(error))

    def notrace(self) -> Deferred[Text]:
        """
        Trace nothing any more.
        """
        return Deferred.fromCoroutine(self._administration.endTrace(None)).addCallback(_text)

    def help(self) -> Text:
        """
        Return what there is.
        """
        return Text(HELP)

    def namespace(self, stack: Mapping[str, object]) -> dict[str, object]:
        """
        Return what a prompt knows.
        """
        functions = (self.status, self.servers, self.sessions, self.trace, self.notrace, self.help)
        return {**stack, "stack": dict(stack), **{each.__name__: each for each in functions}}


def _text(lines: Sequence[Said | str]) -> Text:
    return Text("\n".join(map(str, lines)))


def manholePath(run: str, stack: str) -> str:
    """
    Return the path of the socket by which servers reach the manhole.
    """
    return os.path.join(run, f"{stack}.manhole")


def placing(load: Load, run: str) -> Load:
    """
    Return what makes the configuration as C{load} does, and says where the manhole is.
    """

    def placed(texts: Texts, amendments: Sequence[Amendment]) -> Assembly:
        assembly = load(texts, amendments)
        configuration = assembly.configuration
        if configuration is None or not isWanted(configuration):
            return assembly
        path = manholePath(run, configuration.stack)
        ports = tuple(evolve(port, address=path) if port.manhole else port for port in configuration.ports)
        return evolve(assembly, configuration=evolve(configuration, ports=ports))

    return placed


def isWanted(configuration: Configuration) -> bool:
    """
    Whether a port leads to the manhole.
    """
    return any(port.manhole for port in configuration.ports)


def verified(directory: str, userid: str, password: bytes) -> bool:
    """
    Whether a user ID has a password; the file is read anew, and it takes its time.
    """
    try:
        accounts = readAccounts(os.path.join(directory, PASSWORD_FILE))
    except OperatorError:
        accounts = {}
    return accounts.get(userid, NOBODY).admits(password)


@implementer(IReconfigurable)
@define(eq=False, slots=False)
class Manhole(Service):
    """
    Listens for servers that bring operators, while a port leads here.

    @param path: the socket.
    @ivar _makeFactory: makes the factory of connections; Conch is loaded when it is called.
    @ivar _wanted: a port does so already.
    """

    _reactor: IControlReactor
    path: str
    _makeFactory: Callable[[], ManholeFactory]
    _wanted: bool
    _factory: ManholeFactory | None = field(default=None, init=False)
    _listener: UnixListener | None = field(default=None, init=False)
    name = "manhole"
    log = Logger()

    def startService(self) -> None:
        """
        Listen, where that is wanted.

        @raise OperatorError: SSLP658E the socket cannot be made.
        """
        super().startService()
        if self._wanted:
            self.listen()

    def listen(self) -> None:
        """
        Listen; only the user who runs the stack can connect.
        """
        if self._listener is not None or not self.running:
            return
        self._factory = self._makeFactory()
        listener = UnixListener(self._reactor, self.path, self._factory, 0o600)
        try:
            # The control socket's lock says that no other stack has it.
            listener.open()
        except OSError as error:
            raise operatorError("SSLP658E", path=self.path, reason=error.strerror) from error
        self._listener = listener

    def tend(self) -> Iterator[str]:
        """
        Listen anew where somebody has removed the socket, and yield its path then.

        @raise OSError: something else is in its place, or it cannot be made.
        """
        if self._listener is not None and self._listener.tend():
            yield self.path

    def close(self) -> Deferred[None]:
        """
        Stop listening, and end the connections.
        """
        listener, self._listener = self._listener, None
        if self._factory is not None:
            self._factory.close()
        return succeed(None) if listener is None else listener.close()

    def stopService(self) -> Deferred[None]:
        super().stopService()
        return self.close()

    def prepare(self, configuration: Configuration) -> Preparation:
        return Preparation(self._follow if isWanted(configuration) else self.close)

    def _follow(self) -> None:
        try:
            self.listen()
        except OperatorError as error:
            announceSaid(self.log, error.said)


def manhole(
    reactor: IControlReactor,
    current: Current,
    run: str,
    directory: str,
    administration: IPoolAdministration,
    stack: Mapping[str, object],
) -> Manhole:
    """
    Return the manhole of a stack.

    @param directory: where the password file is.
    @param current: the configuration in effect, with the OBEY list.
    @param stack: the services by name.
    """

    def makeFactory() -> ManholeFactory:
        from sslpool.observe.login import ManholeFactory
        from sslpool.observe.loginpolicy import LoginPolicy

        policy = LoginPolicy(
            reactor, lambda userid, password: deferToThread(verified, directory, userid, password), current
        )
        return ManholeFactory(policy, lambda userid: ManholeCommands(administration, userid).namespace(stack))

    configuration = current.configuration
    return Manhole(reactor, manholePath(run, configuration.stack), makeFactory, isWanted(configuration))

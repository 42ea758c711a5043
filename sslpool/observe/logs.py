# -*- test-case-name: tests.observe.test_logs -*-
"""
The logs of a stack beside that of twistd: events of C{twisted.logger} and lines of
servers' consoles, to wherever they are wanted.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, LogPublisher, formatEvent, globalLogPublisher
from zope.interface import Interface, implementer
from zope.interface.verify import verifyObject

from sslpool.interfaces import IConsoles, IKeyFile, IPool
from sslpool.messages import Said, operatorError
from sslpool.messages.announce import LEVELS, announce
from sslpool.observe.linefile import Condition
from sslpool.observe.remarks import Remarks
from sslpool.observe.twistdfile import TwistdFile
from sslpool.observe.twistdoutput import spareReaders

HELD = 0.25
"""
How long an entry is held back, in seconds, so that lines of servers' consoles, which travel in batches, come before
what has happened after them.
"""

MOST_HELD = 10_000
"""
The most entries that are held back.
"""

BROKEN = "twisted.logger._observer"
"""
Who says that an observer, such as the log of twistd, has failed.
"""


@frozen
class Entry:
    """
    One entry of a log.

    @ivar when: the time, in seconds since the epoch.
    @ivar level: C{info}, C{warn}, C{error} and so on.
    @ivar text: what people read, the message id first where there is one.
    @ivar messageId: the message id, or empty.
    @ivar server: the userid of the server that it is about, or empty.
    @ivar fields: what is filled in, by name.
    @ivar traced: it is a line of a server's console, and not about the stack.
    """

    when: float
    level: str
    text: str
    messageId: str = ""
    server: str = ""
    fields: dict[str, str] = {}
    traced: bool = False


class ILog(Interface):
    """
    Where entries go.
    """

    def write(entries: Sequence[Entry]) -> None:
        """
        Write entries.  Never raises for what the system does not allow.
        """

    def reopen() -> None:
        """
        Make again what somebody has moved or removed.
        """

    def close() -> None:
        """
        Let go of what is open.
        """


@implementer(ILogObserver, IConsoles)
class Logs(Service):
    """
    All logs.

    @ivar keys: the file of the key log.
    @param publisher: has the events.
    @param reactor: for the time for which entries are held back.
    @param agent: the userid of the agent, which has a console as servers have.
    """

    log = Logger()

    def __init__(
        self, keys: IKeyFile, reactor: IReactorTime, agent: str, publisher: LogPublisher = globalLogPublisher
    ) -> None:
        self.keys = keys
        self._agent = agent
        self._reactor = reactor
        self._held: list[Entry] = []
        self._later: IDelayedCall | None = None
        self._logs: Sequence[ILog] = ()
        self._consoles: IConsoles | None = None
        self._publisher = publisher
        self._twistdFile = TwistdFile(publisher)
        self._twistd = Condition("of twistd")
        self._twistdLost = 0
        self._remarks = Remarks()

    def wire(self, pool: IPool) -> None:
        """
        Know servers by their userids.
        """
        verifyObject(IPool, pool)
        self._pool = pool

    def use(self, logs: Sequence[ILog], consoles: IConsoles | None = None) -> None:
        """
        Have entries go there.

        @param consoles: the one of them that has consoles, where there is one.
        """
        self._logs = logs
        self._consoles = consoles

    def startService(self) -> None:
        """
        Listen to events from now on.
        """
        super().startService()
        spareReaders(self._publisher)
        self._publisher.addObserver(self)

    def stopService(self) -> None:
        """
        Listen no longer, and let go of what is open.
        """
        super().stopService()
        self._publisher.removeObserver(self)
        self.keys.close()
        self.flush()
        for log in self._logs:
            log.close()

    def __call__(self, event: LogEvent) -> None:
        """
        Take an event.
        """
        if self._isOfTwistd(event):
            return
        entry = entryOf(event, (*self._pool.userids(), self._agent))
        if entry is not None:
            self._write([entry])

    def reopen(self, signal: str) -> None:
        """
        Make again what somebody has moved or removed.

        @param signal: the name of the signal that asks for it.
        """
        self.flush()
        self.tend()
        announce(self.log, "SSLP672I", signal=signal)

    def tend(self) -> tuple[str, ...]:
        """
        Make again what somebody has moved or removed, and say what is to be said of each log, also
        where nothing is written to it.  To be called every second.

        @return: nothing: each log has a message of its own.
        """
        for log in self._logs:
            log.reopen()
        self.keys.reopen()
        self._twistdFile.reopen()
        return ()

    def _isOfTwistd(self, event: LogEvent) -> bool:
        """
        Tell whether an event is about the log of twistd that cannot be written, which happens
        behind each event: it is said once, and not with a traceback.
        """
        condition = self._twistd
        failure = event.get("log_failure") if event.get("log_namespace") == BROKEN else None
        # A file that twistd has closed, and could not open again, is a ValueError.
        if failure is not None and failure.check(OSError, ValueError):
            condition.fail(failure.value, 1)
            self._remarks.about(condition, self.log)
            return True
        if condition.failed and condition.lost == self._twistdLost:
            condition.failed = ""
            self._remarks.about(condition, self.log)
        self._twistdLost = condition.lost
        return False

    def lines(self, server: str, times: Sequence[float], lines: Sequence[Said | str]) -> None:
        """
        Take lines of a server's console.
        """
        if server in self._pool.userids():
            self._write([lineEntry(server, when, line) for when, line in zip(times, lines, strict=False)])

    def deliver(self, userid: str) -> tuple[str, int] | None:
        self.flush()
        return self._kept().deliver(userid)

    def last(self, userid: str) -> str:
        return self._kept().last(userid)

    def read(self, userid: str, offset: int) -> str:
        return self._kept().read(userid, offset)

    def _kept(self) -> IConsoles:
        if self._consoles is None:
            raise operatorError("SSLP632E")
        return self._consoles

    def _write(self, entries: Sequence[Entry]) -> None:
        self._held += entries
        if len(self._held) >= MOST_HELD:
            self.flush()
        elif self._later is None and self._held:
            self._later = self._reactor.callLater(HELD, self.flush)

    def flush(self) -> None:
        """
        Write what is held back, in the order in which it has happened.
        """
        if self._later is not None and self._later.active():
            self._later.cancel()
        entries, self._held, self._later = sorted(self._held, key=lambda entry: entry.when), [], None
        for log in self._logs if entries else ():
            log.write(entries)


def entryOf(event: LogEvent, members: Sequence[str]) -> Entry | None:
    """
    Return what is kept of an event: everything but what is only for developers.

    @param members: the userids that are servers.
    """
    level = event.get("log_level", LogLevel.info)
    if level is LogLevel.debug:
        return None
    text = formatEvent(event)
    failure = event.get("log_failure")
    if failure is not None:
        text = f"{text}\n{failure.getTraceback().rstrip()}"
    fields = {str(name): str(value) for name, value in event.get("fields", {}).items()}
    server = next((name for name in (fields.get("server", ""), *fields.values()) if name in members), "")
    return Entry(event.get("log_time", 0.0), str(level.name), text, event.get("messageId", ""), server, fields)


def lineEntry(server: str, when: float, line: Said | str) -> Entry:
    """
    Return the entry of a line of a server's console.
    """
    if isinstance(line, str):
        return Entry(when, "info", line, server=server, traced=True)
    level = str(LEVELS[line.severity].name)
    fields = {name: str(value) for name, value in line.fields.items()}
    return Entry(when, level, str(line), line.id, server, fields, traced=True)

"""
What the stack tells a server to be: plain values that travel over the control
connection.  Made in the stack, used in the servers; pure.
"""

from __future__ import annotations

from functools import cached_property

from attrs import frozen

from sslpool.config.limits import Limits
from sslpool.config.portpolicy import PLAIN, PortPolicy, SessionTerms
from sslpool.config.securing import DataConnections, Dynamic, Implicit, Plain, Securing


@frozen
class TimeLimits:
    """
    The limits of sessions that a server keeps: of time, in seconds, and of number.

    @ivar handshake: for the handshake.
    @ivar connect: for the connection to the application.
    @ivar idle: without data; 0 is no limit.
    @ivar data: how many data connections of FTP a server may have or expect.
    """

    handshake: int
    connect: int
    idle: int
    data: int = Limits().maxPerServer

    @classmethod
    def of(cls, limits: Limits) -> TimeLimits:
        """
        Return those of C{limits}.
        """
        return cls(limits.handshake, limits.connect, limits.idle, limits.maxPerServer)

    @property
    def text(self) -> str:
        """
        The limits as traces have them.
        """
        idle = f"{self.idle} s" if self.idle else "no limit"
        return f"handshake {self.handshake} s, connect {self.connect} s, idle {idle}, data connections {self.data}"


@frozen
class Assignment:
    """
    What a server is to be.

    @ivar userid: its name.
    @ivar keyFile: absolute path of the key database.
    @ivar limits: the time limits of its sessions.
    @ivar trace: the operands of TRACE; none is NOTRACE.
    """

    userid: str
    keyFile: str
    limits: TimeLimits
    trace: tuple[str, ...] = ()


@frozen
class Address:
    """
    An address of an application, ready for C{connect}.

    @ivar family: a number of C{socket.AF_*}.
    @ivar host: the numeric address, or an absolute path.
    @ivar port: the port; 0 for a path.
    """

    family: int
    host: str
    port: int

    @property
    def text(self) -> str:
        """
        The address as C{host:port}, IPv6 in brackets (RFC 5952 section 6); a path as it is.
        """
        if self.host.startswith("/"):
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen
class PortAssignment:
    """
    A secure port as a server sees it.  A connection that a program hands over has one of its own.

    @ivar key: its key in the stack's offers; 0 where a program handed it over.
    @ivar local: the address that clients connect to, C{address:port}.
    @ivar userid: the application's user ID.
    @ivar label: the label that secures it.
    @ivar addresses: the application's addresses, to be tried in this order; those
        of the remote host where there is one.
    @ivar securing: how connections become secure; where this side is the TLS client, C{label} is our own
        certificate, or empty.
    @ivar policy: what it asks of its clients beyond the label's certificate.
    @ivar manhole: it leads to the manhole, which learns who the client is.
    @ivar source: the numeric address from which the application is connected to; empty is whichever the system takes.
    @ivar target: where C{addresses} are, as the files have it.
    @ivar terms: what its sessions keep to.
    """

    key: int
    local: str
    userid: str
    label: str
    addresses: tuple[Address, ...]
    securing: Securing = Plain()
    policy: PortPolicy = PLAIN
    manhole: bool = False
    source: str = ""
    target: str = ""
    terms: SessionTerms = SessionTerms()

    @cached_property
    def isPlain(self) -> bool:
        """
        Whether nothing is asked of clients beyond the label's certificate.
        """
        return self.policy == PLAIN

    @property
    def reset(self) -> bool:
        """
        Whether an end of TLS without close_notify resets the connection of the cleartext side.
        """
        return self.terms.truncation == "RESET"

    @property
    def resetData(self) -> bool:
        """
        The same for FTP's data connections: the end of one is the end of the file (RFC 959 section 3.4.1).
        """
        return self.terms.truncation != "LENIENT"

    @property
    def data(self) -> DataConnections | None:
        """
        What is asked of FTP's data connections, or C{None} for other protocols.
        """
        return self.securing.data if isinstance(self.securing, Dynamic | Implicit) else None

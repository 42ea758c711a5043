# -*- test-case-name: tests.planning.test_subject -*-
"""
What a plan is about: which servers, of which stack, in which file pool.  Pure; used by C{sslpool}.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.config.configuration import Position, WorkSpaces

DEFAULT_FILE_POOL = "VMSYS"
DEFAULT_OWNER = "TCPMAINT"
DEFAULT_PREFIX = "SSL"
DEFAULT_STACK = "TCPIP"
#: The one server of NOPOOL.
DEFAULT_SERVER = "SSLSERV"


@frozen
class Subject:
    """
    The operands of SSLPOOL, all in upper case but the path of a file pool.

    @ivar filePool: the file pool: a name, or the absolute path of a directory.
    @ivar owner: the userid that owns the work spaces.
    @ivar prefix: what the members' userids begin with; for a single server, its userid.
    @ivar userid: the stack, or whom SETAUTH and DELAUTH are about.
    @ivar count: how many servers there are.
    @ivar pooled: a pool; otherwise a single server (NOPOOL).
    """

    filePool: str = DEFAULT_FILE_POOL
    owner: str = DEFAULT_OWNER
    prefix: str = DEFAULT_PREFIX
    userid: str = DEFAULT_STACK
    count: int = 5
    pooled: bool = True

    @property
    def nick(self) -> str:
        """
        The name of the DTCPARMS entry.
        """
        return f"{self.prefix}*" if self.pooled else self.prefix

    @property
    def agent(self) -> str:
        """
        The userid of the session-cache agent: each pool has its own.
        """
        return f"{self.prefix[:3]}DCSSM"

    @property
    def profile(self) -> str:
        """
        The name of the members' directory profile: no two pools may share one.
        """
        return f"TCP{self.prefix}U"

    @property
    def members(self) -> tuple[str, ...]:
        """
        The userids of the members.
        """
        return tuple(f"{self.prefix}{number:05}" for number in range(1, self.count + 1))

    @property
    def spaces(self) -> WorkSpaces:
        """
        Where the members' work spaces are.
        """
        return WorkSpaces(self.filePool, self.owner, self.prefix, Position(":vmlink.", 0))

    def command(self, operation: str) -> str:
        """
        Return the command that does something about this subject, with all operands.
        """
        words = [operation, self.filePool, self.owner, self.prefix, self.userid, str(self.count)]
        return " ".join(["sslpool", *words, *(() if self.pooled else ("--nopool",))])

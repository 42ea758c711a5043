# -*- test-case-name: tests.manager.test_consultation -*-
"""
What SYSTEM of SSLADMIN looks up about servers and machine before L{sslpool.reports.cp}
answers.  Lives in the stack process.
"""

from __future__ import annotations

import os
import platform
from datetime import datetime

import twisted
from sslpool import __version__
from sslpool.messages import operatorError
from sslpool.reports.cp import Host, Subject, Usage, answer
from sslpool.wire.cachestatus import SegmentStatus
from sslpool.wire.records import PoolStatus

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def consult(server: str | None, command: str, status: PoolStatus, segment: SegmentStatus) -> list[str]:
    """
    Return the answers of a server, or of all that are Active, each behind its name.

    @raise OperatorError: the query is not answered, or the server is not Active.
    """
    if server is not None:
        return _ask(server, command, status, segment)
    asked = [each.userid for each in status.servers if each.state == "Active"]
    if not asked:
        raise operatorError("SSLP114E")
    lines: list[str] = []
    for userid in asked:
        lines += [f"{userid}:", *(f"  {line}" for line in _ask(userid, command, status, segment))]
    return lines


def _ask(userid: str, command: str, status: PoolStatus, segment: SegmentStatus) -> list[str]:
    member = next(each for each in status.servers if each.userid == userid)
    if member.state != "Active":
        raise operatorError("DTCSSL2421E", server=userid, reason=f"the server is {member.state}")
    now = datetime.now().astimezone()
    return answer(command, Subject(userid, status, now, usageOf(member.pid), host(), segment))


def usageOf(pid: int) -> Usage | None:
    """
    Return what a process has used, or C{None} where there is none.  See proc(5).
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    user, system, pages = int(fields[11]), int(fields[12]), int(fields[21])
    return Usage(user / _TICKS, (user + system) / _TICKS, pages * _PAGE)


def host() -> Host:
    """
    Return the machine and what runs on it.
    """
    system = os.uname()
    memory = _memory()
    return Host(
        name=system.nodename.partition(".")[0],
        system=f"{system.sysname} {system.release} {system.machine}",
        software=(f"sslpool {__version__}", f"Python {platform.python_version()}, Twisted {twisted.__version__}"),
        processors=os.cpu_count() or 1,
        load=os.getloadavg(),
        memory=memory.get("MemTotal", 0),
        available=memory.get("MemAvailable", 0),
    )


def _memory() -> dict[str, int]:
    """
    Return the figures of C{/proc/meminfo} in octets.
    """
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except OSError:
        return {}
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if len(words) > 2}

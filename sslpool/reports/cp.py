# -*- test-case-name: tests.reports.test_cp -*-
"""
SYSTEM of SSLADMIN: the fixed set of queries, in the manner of CP, that are answered
about a server.  Nothing else is run.  Pure; used in the stack process.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from sslpool.messages import operatorError, said
from sslpool.reports.cache import nssMapLines, nssUsersLines
from sslpool.reports.units import octets
from sslpool.wire.cachestatus import SegmentStatus
from sslpool.wire.records import PoolStatus

_USERID = re.compile(r"[A-Z0-9@#$_-]{1,8}", re.ASCII)

KNOWN = "Query CPLEVel, Query Names, Query NSS, Query TIMe, Query userid, INDicate LOAD, INDicate USER, IDENTify"
"""
What there is, as messages list it.
"""


@frozen
class Usage:
    """
    What a process has used.

    @ivar user: processor time of its own, in seconds.
    @ivar total: that, and the system's for it.
    @ivar resident: resident memory in octets.
    """

    user: float
    total: float
    resident: int


@frozen
class Host:
    """
    The machine and what runs on it.

    @ivar name: the node's name.
    @ivar system: the operating system and its release.
    @ivar software: our release, Python's and so on, one line for each.
    @ivar processors: how many processors there are.
    @ivar load: the load averages over 1, 5 and 15 minutes.
    @ivar memory: memory in octets.
    @ivar available: memory that could be had, in octets.
    """

    name: str
    system: str
    software: tuple[str, ...]
    processors: int
    load: tuple[float, float, float]
    memory: int
    available: int


@frozen
class Subject:
    """
    What is known when a query is answered.

    @ivar userid: the server that is asked.
    @ivar status: the pool.
    @ivar now: the moment, in its time zone.
    @ivar usage: what the server has used, or C{None} where it is gone.
    @ivar host: the machine.
    @ivar segment: the shared segment.
    """

    userid: str
    status: PoolStatus
    now: datetime
    usage: Usage | None
    host: Host
    segment: SegmentStatus


def answer(command: str, subject: Subject) -> list[str]:
    """
    Return the lines that answer a query.

    @raise sslpool.messages.OperatorError: it is not in the set.
    """
    words = command.upper().split()
    if words[:1] == ["CP"]:
        words = words[1:]
    if words and _is(words[0], "Query"):
        return _query(command, words[1:], subject)
    if words and _is(words[0], "INDicate") and len(words) <= 2:
        if len(words) == 1 or _is(words[1], "LOAd"):
            return _load(subject.host)
        if _is(words[1], "USer"):
            return _user(subject)
    if len(words) == 1 and _is(words[0], "IDENTify"):
        return [f"{subject.userid} AT {subject.host.name.upper()} VIA {subject.status.stack}   {_moment(subject.now)}"]
    raise _unknown(command)


def _query(command: str, words: Sequence[str], subject: Subject) -> list[str]:
    """
    Answer a QUERY.
    """
    if words and words[0] == "NSS":
        return _nss(command, words[1:], subject)
    if len(words) != 1 or not _USERID.fullmatch(words[0]):
        raise _unknown(command)
    answers = (("TIMe", _time), ("CPLEVel", _level), ("Names", _names))
    found = next((answered for keyword, answered in answers if _is(words[0], keyword)), None)
    if found is not None:
        return found(subject)
    if words[0] not in _loggedOn(subject.status):
        return [str(said("SSLP443I", userid=words[0]))]
    return [f"{words[0]:<8} - DSC"]


def _level(subject: Subject) -> list[str]:
    """
    Answer QUERY CPLEVEL.
    """
    return [*subject.host.software, subject.host.system, f"IPL AT {_date(subject, subject.status.started)}"]


def _names(subject: Subject) -> list[str]:
    """
    Answer QUERY NAMES.
    """
    return [", ".join(f"{userid:<8} - DSC" for userid in _loggedOn(subject.status))]


def _nss(command: str, words: Sequence[str], subject: Subject) -> list[str]:
    """
    Answer QUERY NSS: NAME name MAP, USERS name, ALL MAP or MAP.
    """
    rest = [word for word in words if word not in ("NAME", "MAP", "ALL", "USERS")]
    if len(rest) > 1 or len(words) > 3:
        raise _unknown(command)
    if rest and rest[0] != subject.segment.name:
        return [str(said("SSLP444I", name=rest[0]))]
    return nssUsersLines(subject.segment) if "USERS" in words else nssMapLines(subject.segment)


def _loggedOn(status: PoolStatus) -> list[str]:
    """
    Return the user IDs that run.
    """
    agent = [status.agent] if status.agentPid else []
    return [status.stack, *agent, *(each.userid for each in status.servers if each.pid)]


def _time(subject: Subject) -> list[str]:
    """
    Answer QUERY TIME.
    """
    server = next((each for each in subject.status.servers if each.userid == subject.userid), None)
    connected = 0 if server is None else max(0, int(subject.now.timestamp() - server.since))
    usage = subject.usage or Usage(0, 0, 0)
    return [
        f"TIME IS {_moment(subject.now)}",
        f"CONNECT= {_clock(connected)} VIRTCPU= {_processor(usage.user)} TOTCPU= {_processor(usage.total)}",
    ]


def _load(host: Host) -> list[str]:
    """
    Answer INDICATE LOAD.
    """
    used = 100 - 100 * host.available // max(host.memory, 1)
    return [
        f"PROCESSORS {host.processors:02}  LOAD {host.load[0]:.2f} {host.load[1]:.2f} {host.load[2]:.2f}",
        f"STORAGE-{used:03}% OF {octets(host.memory)}",
    ]


def _user(subject: Subject) -> list[str]:
    """
    Answer INDICATE USER.
    """
    server = next((each for each in subject.status.servers if each.userid == subject.userid), None)
    usage = subject.usage or Usage(0, 0, 0)
    pid = server.pid if server else 0
    sessions = server.sessions if server else 0
    return [
        f"USERID={subject.userid:<8} PROCESS={pid} STOR={octets(usage.resident)} SESSIONS={sessions}",
        f"VTIME={_processor(usage.user)} TTIME={_processor(usage.total)}",
    ]


def _moment(now: datetime) -> str:
    return now.strftime("%H:%M:%S %Z %A %m/%d/%y").upper()


def _date(subject: Subject, moment: float) -> str:
    return datetime.fromtimestamp(moment, subject.now.tzinfo).strftime("%m/%d/%y %H:%M:%S %Z")


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _processor(seconds: float) -> str:
    """
    Return processor time as CP has it, C{mmm:ss.cc}.
    """
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000:03}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def _is(word: str, keyword: str) -> bool:
    """
    Return whether an upper-case word abbreviates a keyword down to its capitals.
    """
    least = sum(character.isupper() for character in keyword)
    return len(word) >= least and keyword.upper().startswith(word)


def _unknown(command: str) -> Exception:
    return operatorError("SSLP442E", query=command.strip() or "nothing", known=KNOWN)

# -*- test-case-name: tests.config.test_poolrules -*-
"""
The rules about SSL servers: which entry is the pool's, which the agent's, and whether both and
the stack's own belong together.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import re

from sslpool.config.configuration import ServerParameters
from sslpool.config.dtcparms import Entry
from sslpool.config.sources import AGENT_CLASS, SSL_CLASS, STACK_CLASS, USUAL_DTCPARMS, Sources
from sslpool.config.values import USERID, isUserid
from sslpool.config.vmssl import parseParameters

_PREFIX = re.compile(r"[A-Z@#$][A-Z0-9@#$]{0,2}")
_DCSS = re.compile(r"<DEFAULT>|[A-Z0-9@#$_]{1,8} [0-9A-F]{1,8}-[0-9A-F]{1,8}")
DCSS_EXPECTED = "<NONE>, <DEFAULT> or dcssname hexpage1-hexpage2"


def findPool(sources: Sources) -> Entry | None:
    """
    Return the entry of the pool, or of the one server that SSLSERVERID names; C{None} after a finding.
    """
    serverId = sources.profile.serverId
    userid = "*" if serverId is None else serverId.userid
    candidates = [
        entry
        for entry in sources.ofClass(SSL_CLASS)
        if (entry.nick.endswith("*") if userid == "*" else entry.nick == userid)
    ]
    if not candidates:
        server = "SSL*" if userid == "*" else userid
        sources.findings.add("SSLP236E", USUAL_DTCPARMS, server=server, stack=sources.stack)
        return None
    ours = [entry for entry in candidates if entry.name("STACK") == sources.stack]
    for entry in candidates:
        if entry.name("STACK") is None or not ours:
            _wrongStack(entry, sources)
    for entry in ours[1:]:
        sources.findings.add("SSLP237E", entry.position, pool=entry.nick, first=ours[0].nick, stack=sources.stack)
    return ours[0] if ours else None


def _wrongStack(entry: Entry, sources: Sources) -> None:
    named, place = entry.name("STACK"), entry.place("STACK")
    if named is None:
        sources.findings.add("SSLP238E", place, nick=entry.nick, stack=sources.stack)
    else:
        where = place.file.replace(".", " ")
        messageId = "DTCRUN1028E" if sources.stackFromData else "SSLP239E"
        sources.findings.add(messageId, place, stack=named, where=where, userid=sources.stack)
    sources.findings.add("DTCRUN1099E", place)


def checkPoolNames(pool: Entry, sources: Sources) -> None:
    """
    Check the pool's prefix, and that no other entry believes itself to be part of a pool.
    """
    prefix = pool.nick.removesuffix("*")
    if pool.nick.endswith("*") and not isPoolPrefix(prefix):
        sources.findings.add("SSLP245E", pool.position, nick=pool.nick)
    for entry in sources.servers.values():
        if entry.nick.endswith("*") and entry.name("CLASS") != SSL_CLASS:
            sources.findings.add("SSLP249E", entry.position, nick=entry.nick)
        elif pool.nick.endswith("*") and isMember(entry.nick, prefix):
            sources.findings.add("SSLP247W", entry.position, nick=entry.nick, pool=pool.nick)


def isPoolPrefix(text: str) -> bool:
    """
    Whether C{text}, in upper case, can be what the userids of a pool's members begin with.
    """
    return _PREFIX.fullmatch(text) is not None


def isMember(userid: str, prefix: str) -> bool:
    """
    Whether C{userid} has the form of a member of the pool C{prefix*}.
    """
    rest = userid.removeprefix(prefix)
    return userid.startswith(prefix) and len(rest) == 5 and rest.isascii() and rest.isdigit()


def findAgent(pool: Entry, sources: Sources) -> Entry | None:
    """
    Return the entry of the agent that acts for the pool; C{None} after a finding.
    """
    agents = sources.ofClass(AGENT_CLASS)
    for entry in agents:
        if entry.name("FOR") is None:
            sources.findings.add("SSLP241E", entry.position, nick=entry.nick, pool=pool.nick)
    ours = [entry for entry in agents if entry.name("FOR") == pool.nick]
    if not ours:
        sources.findings.add("SSLP240E", USUAL_DTCPARMS, pool=pool.nick, stack=sources.stack)
        return None
    agent = ours[0]
    if agent.name("STACK") != sources.stack:
        _wrongStack(agent, sources)
    _checkSegment(agent, sources)
    return agent


def isSegment(text: str) -> bool:
    """
    Whether C{text}, in upper case, describes a session cache.
    """
    return _DCSS.fullmatch(text) is not None


def _checkSegment(entry: Entry, sources: Sources) -> None:
    """
    C{:dcss_parms.} of an entry that has it must be a value with a session cache.
    """
    value = entry.name("DCSS_PARMS")
    if value is not None and not isSegment(value):
        place = entry.place("DCSS_PARMS")
        sources.findings.add("SSLP243E", place, nick=entry.nick, found=value, expected=DCSS_EXPECTED)


def checkStack(sources: Sources) -> None:
    """
    Check that the stack's own entry says that SSL is wanted.
    """
    entry = sources.servers.get(sources.stack)
    if entry is None:
        sources.findings.add("SSLP242E", USUAL_DTCPARMS, stack=sources.stack, found="no entry")
        return
    if entry.name("CLASS") != STACK_CLASS:
        sources.findings.add("SSLP244W", entry.place("CLASS"), nick=entry.nick)
    value = entry.name("DCSS_PARMS")
    if value is None or value == "<NONE>":
        found = "no :dcss_parms." if value is None else ":dcss_parms.<NONE>"
        sources.findings.add("SSLP242E", entry.place("DCSS_PARMS"), stack=sources.stack, found=found)
    else:
        _checkSegment(entry, sources)


def administrators(pool: Entry, sources: Sources) -> frozenset[str]:
    """
    Return the userids of C{:admin_id_list.}.
    """
    tag = pool.tags.get("ADMIN_ID_LIST")
    words = [] if tag is None else tag.words()
    if not words:
        sources.findings.add("SSLP248I", pool.place("ADMIN_ID_LIST"), nick=pool.nick)
    for word in words:
        if not isUserid(word.text):
            sources.findings.add(
                "SSLP202E", word.position, statement=":admin_id_list.", found=word.text, expected=USERID
            )
    return frozenset(word.upper for word in words)


def parameters(pool: Entry, sources: Sources) -> ServerParameters:
    """
    Return the VMSSL operands of C{:parms.}; the defaults where it is missing.
    """
    tag = pool.tags.get("PARMS")
    words = [] if tag is None else tag.quotedWords()
    return parseParameters(words, sources.findings, pool.place("PARMS"))

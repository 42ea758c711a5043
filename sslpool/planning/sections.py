# -*- test-case-name: tests.planning.test_sections -*-
"""
The text of a plan: one section for each configuration file, with its own explanation in comments.
Pure; used by C{sslpool plan}.

What the parsers of L{sslpool.config} would remark upon (statements that mean nothing here, groups
that may not exist) stands in comments, so that each section is accepted without a finding.
"""

from __future__ import annotations

from sslpool.planning.sizing import PoolSize
from sslpool.planning.subject import DEFAULT_STACK, Subject

KEY_FILE = "gskadm/Database.kdb"
"""
The key database of a plan, relative to the configuration directory.
"""

_DIRECTORY = """\
* USER DIRECT - the machines of {servers} and of their agent
*
* These entries create nothing. They set the maximum number of servers and what
* each is granted: storage, and with POSIXINFO and SHARE its user, group, and
* scheduling weight.

* The agent owns the session cache (NAMESAVE: its segment has the stack's name)
* and starts the servers.
USER {agent} LBYONLY 32M 64M GE
  NAMESAVE {stack}
  OPTION QUICKDSP SVMSTAT
"""

_POOL_DIRECTORY = """
* The pool. HIGH is the maximum number of servers, LOW is always 1.
USER {prefix} LBYONLY 160M 256M G
  POOL LOW 1 HIGH {count} PROFILE {profile}

* The profile of all members. No other pool may use it.
PROFILE {profile}
  NAMESAVE {stack}
  OPTION ACCT MAXCONN 1024 QUICKDSP SVMSTAT APPLMON
* User and group of the servers, if root starts the stack and both exist:
* POSIXINFO UID 7 GNAME security
* Weight relative to other processes; the default is 100:
* SHARE RELATIVE 3000
"""

_SINGLE_DIRECTORY = """
* The one server.
USER {prefix} LBYONLY 160M 256M G
  NAMESAVE {stack}
  OPTION ACCT MAXCONN 1024 QUICKDSP SVMSTAT APPLMON
* User and group of the server, if root starts the stack and both exist:
* POSIXINFO UID 7 GNAME security
"""

_CLASSES = """\
.* IBM DTCPARMS - the classes that the entries in SYSTEM DTCPARMS name. Not
.* needed if your IBM DTCPARMS already has them.

:nick.stack           :type.class
:nick.ssl             :type.class
:nick.ssl_dcss_agent  :type.class
"""

_DTCPARMS = """\
.* SYSTEM DTCPARMS - {servers} for stack {stack}
.*
.* Add these entries to the existing ones. Of entries with the same name, only
.* the first one counts.

.* :admin_id_list. has the login names, in uppercase, of users with privileged
.* SSLADMIN commands. A relative KEYFILE is relative to this directory.
:nick.{nick:<9} :type.server   :class.ssl
                :stack.{stack}
                :admin_id_list.{administrators}
                :mixedcaseparms.YES
{space}                :parms.KEYFILE {keyFile}

.* The agent acts for these servers only.
:nick.{agent:<9} :type.server   :class.ssl_dcss_agent
                :stack.{stack}
                :for.{nick}

.* The stack. Without :dcss_parms. it has no SSL.
:nick.{stack:<9} :type.server   :class.stack
                :dcss_parms.<DEFAULT>

.* An application, for the example port in the profile:
.* :nick.WEBSERV   :type.server
.*                 :address.127.0.0.1:8080
.*                 :source.127.0.0.1
.* :source. is the address from which servers connect to it; 127.0.0.1 says that
.* it permits this address no more than others.
"""

_SPACE = """\
                :vmlink. .DIR {filePool}:{space} <. A FORCERW>
"""

_PROFILE = """\
; {name} - the profile of stack {stack}
;
; Add these statements to the stack's profile, or use them as a new one.

; Servers in AUTOLOG wait at most 60 seconds for {servers}.
SSLSERVERID {serverId} TIMEOUT 60

; Secure sessions, in total and per server (at most 1000; must divide evenly):
; {why}.
SSLLIMITS MAXSESSIONS {maxSessions} MAXPERSSLSERVER {maxPerServer}

; Each secure port needs an entry with the label of its certificate:
; PORT
;    8443 TCP WEBSERV SECURE WEBCERT
"""

_DATA = """\
; TCPIP DATA - the stack that clients and servers use. If two stacks are in the
; same directory, name one of them here, and start the other with --stack.
TCPIPUSERID {stack}
"""


def profileName(stack: str) -> str:
    """
    Return the profile's file: that of the usual stack, or one that only this stack reads.
    """
    return "PROFILE.TCPIP" if stack == DEFAULT_STACK else f"{stack}.TCPIP"


def sections(subject: Subject, size: PoolSize, sessions: int | None) -> dict[str, str]:
    """
    Return the text of each file of a plan by its name.

    @param size: the size of the pool.
    @param sessions: how many sessions it is for, where that was said.
    """
    stack, name = subject.userid, profileName(subject.userid)
    space = _SPACE.format(filePool=subject.filePool, space=subject.spaces.common) if subject.pooled else ""
    fields = {
        "agent": subject.agent,
        "nick": subject.nick,
        "prefix": subject.prefix,
        "profile": subject.profile,
        "count": subject.count,
        "stack": stack,
        "servers": f"pool {subject.nick}" if subject.pooled else f"server {subject.prefix}",
        "serverId": "*" if subject.pooled else subject.prefix,
        "administrators": " ".join(dict.fromkeys((subject.owner, "GSKADMIN", "ROOT"))),
        "space": space,
        "keyFile": KEY_FILE,
        "name": name.replace(".", " "),
        "why": _reason(size, sessions),
        "maxSessions": size.maxSessions,
        "maxPerServer": size.maxPerServer,
    }
    machines = _POOL_DIRECTORY if subject.pooled else _SINGLE_DIRECTORY
    return {
        "USER.DIRECT": (_DIRECTORY + machines).format(**fields),
        "IBM.DTCPARMS": _CLASSES,
        "SYSTEM.DTCPARMS": _DTCPARMS.format(**fields),
        name: _PROFILE.format(**fields),
        "TCPIP.DATA": _DATA.format(**fields),
    }


def _reason(size: PoolSize, sessions: int | None) -> str:
    if sessions is not None:
        return f"by the sizing rule, for sessions at once: {sessions}"
    return f"the usual {size.maxPerServer} for each of the servers planned, {size.servers} in all"

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
* Nothing is made from these entries; they say how many servers there can be and
* what each is granted: storage, and with POSIXINFO and SHARE user, group and
* scheduling weight.

* The agent owns the session cache (NAMESAVE: its segment has the stack's name)
* and starts the servers.
USER {agent} LBYONLY 32M 64M GE
  NAMESAVE {stack}
  OPTION QUICKDSP SVMSTAT
"""

_POOL_DIRECTORY = """
* The pool.  HIGH is the number of servers there can be, LOW is always 1.
USER {prefix} LBYONLY 160M 256M G
  POOL LOW 1 HIGH {count} PROFILE {profile}

* What all members have.  No other pool may use this profile.
PROFILE {profile}
  NAMESAVE {stack}
  OPTION ACCT MAXCONN 1024 QUICKDSP SVMSTAT APPLMON
* User and group of the servers, where the stack is started by root and both exist:
* POSIXINFO UID 7 GNAME security
* Weight against other processes; 100 is the usual one:
* SHARE RELATIVE 3000
"""

_SINGLE_DIRECTORY = """
* The one server.
USER {prefix} LBYONLY 160M 256M G
  NAMESAVE {stack}
  OPTION ACCT MAXCONN 1024 QUICKDSP SVMSTAT APPLMON
* User and group of the server, where the stack is started by root and both exist:
* POSIXINFO UID 7 GNAME security
"""

_CLASSES = """\
.* IBM DTCPARMS - the classes that the entries in SYSTEM DTCPARMS name.  Not
.* needed where there is an IBM DTCPARMS with them already.

:nick.stack           :type.class
:nick.ssl             :type.class
:nick.ssl_dcss_agent  :type.class
"""

_DTCPARMS = """\
.* SYSTEM DTCPARMS - {servers} for stack {stack}
.*
.* Add these entries to those that there are; of entries with the same name
.* only the first counts.

.* :admin_id_list. has the login names of those who may use privileged SSLADMIN
.* commands, in upper case.  A relative KEYFILE is relative to this directory.
:nick.{nick:<9} :type.server   :class.ssl
                :stack.{stack}
                :admin_id_list.{administrators}
                :mixedcaseparms.YES
{space}                :parms.KEYFILE {keyFile}

.* The agent acts for these servers only.
:nick.{agent:<9} :type.server   :class.ssl_dcss_agent
                :stack.{stack}
                :for.{nick}

.* The stack.  Without :dcss_parms. it has no SSL.
:nick.{stack:<9} :type.server   :class.stack
                :dcss_parms.<DEFAULT>

.* An application, for the example port in the profile:
.* :nick.WEBSERV   :type.server
.*                 :address.127.0.0.1:8080
.*                 :source.127.0.0.1
.* :source. is from where servers connect to it; 127.0.0.1 says that it lets that
.* address do no more than others.
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

; Secure sessions in all and for each server (at most 1000; must divide evenly):
; {why}.
SSLLIMITS MAXSESSIONS {maxSessions} MAXPERSSLSERVER {maxPerServer}

; Every secure port has an entry with the label of its certificate:
; PORT
;    8443 TCP WEBSERV SECURE WEBCERT
"""

_DATA = """\
; TCPIP DATA - which stack clients and servers use.  With two stacks in the same
; directory one of them is named here, and the other is started with --stack.
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

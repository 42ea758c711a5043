# -*- test-case-name: tests.test_jsonnames -*-
"""
What C{--json} of every command may print, and what a line of the log for programs has: the names and types that
programs of others rely on.  Written down here, and not taken from the source, so that whoever renames an attribute
that is printed finds out.  C{docs/json.md} is made of it.  Pure.

A kind is C{text}, C{integer}, C{number}, C{truth}, C{null} or the name of a record; C{[kind]} is a list, C{{kind}} an
object whose names are data, C{kind | kind} either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_SCALARS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "truth": (bool,),
    "null": (type(None),),
}

RECORDS = {
    "AcceptedRecord": {
        "number": "integer",
        "when": "number",
        "how": "text",
        "by": "text",
        "messages": "[text]",
        "files": "{text}",
        "obeyed": "[ObeyedText]",
    },
    "AdmissionStatus": {
        "limits": "{integer}",
        "exempt": "[text]",
        "lists": "{[text]}",
        "pending": "integer",
        "addresses": "integer",
        "refused": "{integer}",
        "uncounted": "integer",
    },
    "CacheFigures": {
        "label": "text",
        "alive": "integer",
        "expired": "integer",
        "added": "integer",
        "resumed": "integer",
        "missed": "integer",
        "removed": "integer",
    },
    "CacheStatus": {
        "stack": "text",
        "server": "text",
        "segment": "SegmentStatus",
        "life": "integer",
        "cleanup": "integer",
        "keys": "integer",
        "keySince": "number",
        "keyUntil": "number",
        "keysLeft": "integer",
        "labels": "[CacheFigures]",
        "problems": "[text]",
    },
    "CertificateRecord": {
        "label": "text",
        "subject": "text",
        "issuer": "text",
        "serial": "text",
        "notBefore": "number",
        "notAfter": "number",
        "fingerprint": "text",
        "names": "[text]",
        "keyType": "text",
        "hasKey": "truth",
        "default": "truth",
        "trusted": "truth",
        "authority": "truth",
        "issues": "truth",
    },
    "Check": {
        "path": "text",
        "stack": "text",
        "starts": "truth",
        "without": "[text]",
        "plan": "truth",
        "findings": "[Finding]",
        "steps": "[Finding]",
        "sizing": "Sizing | null",
        "summary": "text",
    },
    "ConnectionRecord": {
        "number": "integer",
        "userid": "text",
        "local": "text",
        "client": "text",
        "state": "text",
        "server": "text",
        "label": "text",
        "protocol": "text",
        "cipher": "text",
    },
    "Connections": {"listeners": "[ListenerRecord]", "connections": "[ConnectionRecord]"},
    "Done": {"messages": "[Message]"},
    "Error": {"id": "text", "text": "text", "action": "text"},
    "Exported": {"certificates": "text"},
    "Failure": {"error": "Error"},
    "FileCertificate": {
        "subject": "text",
        "issuer": "text",
        "serial": "text",
        "notBefore": "number",
        "notAfter": "number",
        "names": "[text]",
        "keyType": "text",
        "issues": "truth",
        "fingerprint": "text",
    },
    "FileContents": {"certificates": "[FileCertificate]", "revocations": "[FileRevocations]"},
    "FileRevocations": {"issuer": "text", "issued": "number", "nextUpdate": "number | null", "revoked": "integer"},
    "Finding": {
        "id": "text",
        "severity": "text",
        "file": "text",
        "line": "integer",
        "text": "text",
        "explanation": "text",
        "action": "text",
    },
    "FormerProcess": {"pid": "integer", "sessions": "integer"},
    "KeyDatabase": {
        "database": "text",
        "expires": "number | null",
        "recordLength": "integer",
        "default": "text | null",
        "keys": "integer",
        "certificates": "integer",
        "revocations": "integer",
    },
    "LabelStatus": {
        "label": "text",
        "subject": "text",
        "notAfter": "number",
        "fingerprint": "text",
        "generation": "integer",
    },
    "ListenerRecord": {
        "userid": "text",
        "local": "text",
        "label": "text",
        "application": "text",
        "state": "text",
        "reason": "text",
    },
    "Message": {"id": "text", "text": "text"},
    "ObeyedText": {"name": "text", "text": "text"},
    "PoolSize": {"servers": "integer", "maxSessions": "integer", "maxPerServer": "integer"},
    "PoolStatus": {
        "stack": "text",
        "serverId": "text",
        "timeout": "integer",
        "sessions": "integer",
        "maximum": "integer",
        "maxPerServer": "integer",
        "peak": "integer",
        "total": "integer",
        "routing": "text",
        "full": "truth",
        "agent": "text",
        "agentPid": "integer",
        "started": "number",
        "servers": "[ServerStatus]",
        "segment": "text",
        "control": "{integer}",
        "programs": "{integer}",
        "closed": "[ListenerRecord]",
        "admission": "AdmissionStatus",
        "pending": "[text]",
        "trust": "[text]",
        "serving": "ServingStatus | null",
    },
    "PortServing": {
        "local": "text",
        "userid": "text",
        "serving": "truth",
        "reason": "text",
        "text": "text",
        "action": "text",
    },
    "RequestRecord": {"label": "text", "subject": "text", "names": "[text]", "keyType": "text"},
    "RevocationRecord": {
        "label": "text",
        "issuer": "text",
        "issued": "number",
        "nextUpdate": "number | null",
        "revoked": "integer",
        "points": "[text]",
        "covers": "truth",
        "coversOwn": "truth",
        "signs": "truth",
        "entries": "[text]",
    },
    "SegmentStatus": {
        "name": "text",
        "number": "integer",
        "first": "text",
        "last": "text",
        "size": "integer",
        "users": "[text]",
    },
    "ServerDetails": {
        "userid": "text",
        "keyFile": "text",
        "library": "text",
        "cacheLife": "integer",
        "protocols": "[text]",
        "ciphers": "[text]",
        "labels": "[LabelStatus]",
        "outcomes": "{integer}",
        "received": "integer",
        "sent": "integer",
        "resumed": "integer",
        "memory": "integer",
        "mode": "text",
        "groups": "[text]",
        "suites": "[SuiteStatus]",
        "denied": "integer",
        "descriptors": "integer",
        "lag": "number",
        "operands": "[text]",
    },
    "ServerStatus": {
        "userid": "text",
        "state": "text",
        "sessions": "integer",
        "maximum": "integer",
        "peak": "integer",
        "total": "integer",
        "pid": "integer",
        "quiescing": "truth",
        "since": "number",
        "reason": "text",
        "health": "text",
        "healthSince": "number",
        "healthReason": "text",
        "former": "[FormerProcess]",
    },
    "ServedClient": {"userid": "text", "ports": "integer", "sessions": "integer", "hosts": "integer"},
    "ServingStatus": {"serving": "truth", "reason": "text", "text": "text", "action": "text", "ports": "[PortServing]"},
    "SessionRecord": {
        "number": "integer",
        "server": "text",
        "client": "text",
        "local": "text",
        "userid": "text",
        "label": "text",
        "state": "text",
        "protocol": "text",
        "cipher": "text",
        "resumed": "truth",
        "started": "number",
        "received": "integer",
        "sent": "integer",
        "kind": "text",
        "peer": "text",
        "objection": "text",
        "alpn": "text",
        "name": "text",
        "group": "text",
    },
    "Settings": {"server": "text | null", "stack": "text | null"},
    "Sizing": {"sessions": "integer", "recommended": "PoolSize", "configured": "PoolSize | null", "messages": "[text]"},
    "StackDetails": {"stack": "text", "admission": "AdmissionStatus"},
    "SuiteStatus": {"name": "text", "strength": "text", "library": "text", "state": "text"},
    "TraceStatus": {"userid": "text", "state": "text", "trace": "text"},
}
"""
The names of each record, all of which are there, with their kinds.
"""

_SSLADMIN = {
    "QUERY": "PoolStatus",
    "QUERY STATUS": "PoolStatus",
    "QUERY STATUS SUMMARY": "PoolStatus",
    "QUERY STATUS DETAILS": "[ServerDetails | StackDetails | text]",
    "QUERY SERVING": "ServingStatus",
    "QUERY SESSIONS": "[SessionRecord]",
    "QUERY SETTINGS": "Settings",
    "QUERY CACHE": "CacheStatus",
    "QUERY TRACE": "[TraceStatus]",
    "SET": "Settings",
    "CLEAR": "Settings",
    "START": "[text]",
    "STOP": "[text]",
    "RESTART": "[text]",
    "REFRESH": "[text]",
    "REFRESH KEYS": "[text]",
    "TRACE": "[text]",
    "NOTRACE": "[text]",
    "CLOSECON": "[text]",
    "LOG": "[text]",
    "SYSTEM": "[text]",
    "HELP": "[text]",
}

_SSLNETSTAT = {
    "CONFIG SSL": "PoolStatus",
    "CONN": "Connections",
    "ALLCONN": "Connections",
    "IDENTIFY SSL": "[ConnectionRecord]",
    "INTERVAL": "Connections",
    "CLIENTS": "[ServedClient]",
    "TELNET": "Connections",
    "HOME": "{[integer]}",
    "UP": "PoolStatus",
    "LEVEL": "[text]",
    "SSL START": "[text]",
    "SSL STOP": "[text]",
    "OBEY": "[text]",
    "OBEYFILE": "[text]",
    "OBEYFILE (HISTORY": "[AcceptedRecord]",
    "OBEYFILE (ROLLBACK": "[text]",
    "HELP": "[text]",
}

_GSKKYMAN = {
    "create": "Done",
    "stash": "Done",
    "password": "Done",
    "self-signed": "Done",
    "request": "Done",
    "receive": "Done",
    "sign": "Done",
    "renew": "Done",
    "import": "Done",
    "list": "[CertificateRecord]",
    "list --requests": "[RequestRecord]",
    "list --revocations": "[RevocationRecord]",
    "show": "CertificateRecord | null",
    "display": "FileContents",
    "export": "Exported",
    "export FILE": "Done",
    "delete": "Done",
    "default": "Done",
    "trust": "Done",
    "label": "Done",
    "expiring": "[CertificateRecord]",
    "info": "KeyDatabase",
    "record-length": "Done",
    "delete-database": "Done",
}

COMMANDS = {
    "ssladmin": _SSLADMIN,
    "sslnetstat": _SSLNETSTAT,
    "gskkyman": _GSKKYMAN,
    "sslpool": {"CHECK": "Check", "BACKUP": "Done", "RESTORE": "Done"},
}
"""
What each command prints, by program and command.  It prints a C{Failure} instead where it did nothing.
"""

_ENDLESS = {"INTERVAL"}

ENTRY = {
    "time": "text",
    "level": "text",
    "stack": "text",
    "server": "text",
    "messageId": "text",
    "text": "text",
    "fields": "{text}",
}
"""
The names in a line of the log for programs.  What is empty is left out, and others may come.
"""


def faults(value: Any, kind: str, place: str = "value") -> list[str]:
    """
    Return in what C{value}, as it was read from JSON, is no C{kind}.
    """
    if " | " in kind and kind[0] not in "[{":
        found = [faults(value, each, place) for each in kind.split(" | ")]
        return [] if [] in found else min(found, key=len)
    if kind[0] == "[":
        return _within(enumerate(value) if isinstance(value, list) else None, kind[1:-1], place, "list")
    if kind[0] == "{":
        return _within(value.items() if isinstance(value, dict) else None, kind[1:-1], place, "object")
    if kind in RECORDS:
        return _recordFaults(value, RECORDS[kind], place)
    right = isinstance(value, _SCALARS[kind]) and isinstance(value, bool) == (kind == "truth")
    return [] if right else [f"{place} is no {kind}"]


def _within(items: Iterable[tuple[Any, Any]] | None, kind: str, place: str, whole: str) -> list[str]:
    """
    Return in which of its C{items} a list or an object is wrong.
    """
    if items is None:
        return [f"{place} is no {whole}"]
    return [each for at, item in items for each in faults(item, kind, f"{place}[{at}]")]


def _recordFaults(value: Any, names: dict[str, str], place: str) -> list[str]:
    """
    Return in what C{value} is no record of these C{names}.
    """
    if not isinstance(value, dict):
        return [f"{place} is no object"]
    wrong = [f"{place}.{name} is missing" for name in names if name not in value]
    wrong += [f"{place}.{name} should not be there" for name in value if name not in names]
    return wrong + [
        each for name in names if name in value for each in faults(value[name], names[name], f"{place}.{name}")
    ]


def entryFaults(entry: dict[str, Any]) -> list[str]:
    """
    Return in what an entry of the log for programs is not as programs know it.
    """
    wrong = [f"{name} is missing" for name in ("time", "level", "stack", "text") if name not in entry]
    return wrong + [each for name in ENTRY if name in entry for each in faults(entry[name], ENTRY[name], name)]


def lines(program: str, operands: dict[str, str]) -> list[str]:
    """
    Return a script that has every command of a program that ends, with the operands of those that need some.
    """
    return [f"{title} {operands.get(title, '')}" for title in COMMANDS[program] if title not in _ENDLESS]


def printed(program: str, output: str) -> dict[str, tuple[Any, list[str]]]:
    """
    Return what such a script has printed for each command, and what is wrong with it.

    @raise ValueError: it has not printed one document for each.
    """
    found, rest = [], output.lstrip()
    while rest:
        value, end = json.JSONDecoder().raw_decode(rest)
        found.append(value)
        rest = rest[end:].lstrip()
    commands = [(title, kind) for title, kind in COMMANDS[program].items() if title not in _ENDLESS]
    return {title: (value, faults(value, kind)) for (title, kind), value in zip(commands, found, strict=True)}

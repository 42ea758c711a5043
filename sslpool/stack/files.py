# -*- test-case-name: tests.config.test_files -*-
"""
Reads the configuration directory.  Lives in the stack process and in C{sslpool check}; what is
in the files is the business of L{sslpool.config}.
"""

from __future__ import annotations

import os
import platform
import stat

from sslpool.config.assembly import assemble
from sslpool.config.configuration import Assembly, Position
from sslpool.config.tokens import Findings
from sslpool.messages import Finding, Severity

#: What names of configuration files end with.
SUFFIXES = (".TCPIP", ".DTCPARMS", ".DATA", ".DIRECT")
#: The largest configuration file, in octets.
LARGEST_FILE = 16 * 1024 * 1024


def readDirectory(path: str) -> tuple[dict[str, str], list[Finding]]:
    """
    Return the text of each configuration file in a directory by its name, and what is to be
    said about those that cannot be read.

    @param path: the directory.
    """
    findings = Findings()
    files: dict[str, str] = {}
    for name in _names(path, findings):
        if name.endswith(SUFFIXES):
            text = _read(path, name, findings)
            if text is not None:
                files[name] = text
        elif name.upper().endswith(SUFFIXES):
            findings.add("SSLP285W", Position(name, 0))
    return files, list(findings.all())


def _names(path: str, findings: Findings) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except (FileNotFoundError, NotADirectoryError):
        findings.add("SSLP280E", Position(path, 0), path=path)
    except OSError as error:
        findings.add("SSLP281E", Position(path, 0), reason=error.strerror or str(error))
    return []


def _read(path: str, name: str, findings: Findings) -> str | None:
    place = Position(name, 0)
    try:
        octets = _octets(os.path.join(path, name))
    except OSError as error:
        findings.add("SSLP281E", place, reason=error.strerror or str(error))
        return None
    if octets is None:
        findings.add("SSLP282E", place)
        return None
    if len(octets) > LARGEST_FILE:
        findings.add("SSLP283E", place, most=LARGEST_FILE)
        return None
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        octet = f"X'{octets[error.start]:02X}'"
        findings.add("SSLP284E", Position(name, line), octet=octet, offset=error.start)
        return None


def _octets(path: str) -> bytes | None:
    """
    Return what is in a file, at most one octet more than it may have; C{None} where it is not a
    regular file (which is looked at before it is opened: opening a pipe would wait for a writer).
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        return None
    with open(path, "rb") as file:
        return file.read(LARGEST_FILE + 1)


def loadConfiguration(path: str, stack: str | None, node: str | None = None) -> Assembly:
    """
    Read the configuration directory and return what came of it.

    @param path: the directory; a relative KEYFILE is relative to it.
    @param stack: the stack's userid, or C{None} for the one that TCPIP DATA names.
    @param node: the name of this machine; the first part of its host name where C{None}.
    """
    directory = os.path.abspath(path)
    files, found = readDirectory(directory)
    if any(finding.message.id == "SSLP280E" for finding in found):
        return Assembly(None, tuple(found))
    nodeName = platform.node().partition(".")[0] if node is None else node
    assembly = assemble(files, directory, stack, nodeName)
    unreadable = any(finding.severity is Severity.ERROR for finding in found)
    return Assembly(None if unreadable else assembly.configuration, (*found, *assembly.findings))

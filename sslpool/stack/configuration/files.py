# -*- test-case-name: tests.stack.configuration.test_files -*-
"""
Reads the configuration directory, and finds the key database where C{:mount.} has it.  Lives in the
stack process and in C{sslpool check}; what is in the files is the business of L{sslpool.config}.
"""

from __future__ import annotations

import os
import platform
import stat
from collections.abc import Sequence

from attrs import evolve

from sslpool.config.amendment import Amendment
from sslpool.config.assembly import Texts, assemble
from sslpool.config.configuration import Assembly, Configuration, Mount, Position
from sslpool.config.tokens import Findings
from sslpool.messages import Finding, Severity, finding
from sslpool.passwordfile import PASSWORD_FILE, shortcoming
from sslpool.stack.configuration.filepool import enrolmentFindings
from sslpool.stack.front.localsystem import exposed
from sslpool.tls.policy import policyFindings

#: What names of configuration files end with.
SUFFIXES = (".TCPIP", ".DTCPARMS", ".DATA", ".DIRECT")
#: What names of profiles end with.
PROFILE_SUFFIX = ".TCPIP"
#: The CP directory.
USER_DIRECT = "USER.DIRECT"
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
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        octet = f"X'{octets[error.start]:02X}'"
        findings.add("SSLP284E", _placeOf(name, octets, error.start), octet=octet, offset=error.start)
        return None
    if (offset := octets.find(b"\0")) >= 0:
        findings.add("SSLP286E", _placeOf(name, octets, offset), offset=offset)
        return None
    return text


def _placeOf(name: str, octets: bytes, offset: int) -> Position:
    return Position(name, octets.count(b"\n", 0, offset) + 1)


def _octets(path: str) -> bytes | None:
    """
    Return what is in a file, at most one octet more than it may have; C{None} where it is not a
    regular file (which is looked at before it is opened: opening a pipe would wait for a writer).
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        return None
    with open(path, "rb") as file:
        return file.read(LARGEST_FILE + 1)


class ConfigurationDirectory:
    """
    A configuration directory, read again and again.

    @ivar path: the directory's absolute path.
    @param path: the directory; a relative KEYFILE is relative to it.
    @param stack: the stack's userid, or C{None} for the one that TCPIP DATA names.
    @param node: the name of this machine; the first part of its host name where C{None}.
    """

    def __init__(self, path: str, stack: str | None, node: str | None = None) -> None:
        self.path = os.path.abspath(path)
        self._stack = stack
        self._node = platform.node().partition(".")[0] if node is None else node

    @property
    def userDirect(self) -> str:
        """
        The path of the CP directory, whether it is there or not.
        """
        return os.path.join(self.path, USER_DIRECT)

    def read(self) -> Texts:
        """
        Read the directory.
        """
        files, found = readDirectory(self.path)
        return Texts(files, tuple(found))

    def load(self, texts: Texts, amendments: Sequence[Amendment] = ()) -> Assembly:
        """
        Return the configuration that the directory has as it was read.

        @param amendments: what has been obeyed.
        """
        found = list(texts.findings)
        if any(finding.said.id == "SSLP280E" for finding in found):
            return Assembly(None, tuple(found))
        assembly = assemble(texts.files, self.path, self._stack, self._node, amendments)
        unreadable = any(finding.severity is Severity.ERROR for finding in found)
        if unreadable or assembly.configuration is None:
            return Assembly(None, (*found, *assembly.findings))
        configuration, unmounted = mounted(assembly.configuration, self.path)
        unenrolled = enrolmentFindings(configuration, self.path)
        policy = policyFindings(configuration.parameters)
        locked = manholeFindings(configuration, self.path)
        found += [*assembly.findings, *unmounted, *unenrolled, *policy, *locked]
        return exposed(evolve(assembly, configuration=configuration, findings=tuple(found)))


def manholeFindings(configuration: Configuration, directory: str) -> list[Finding]:
    """
    Return why nobody could log in to the manhole, where there is one.
    """
    port = next((port for port in configuration.ports if port.manhole), None)
    reason = port and shortcoming(os.path.join(directory, PASSWORD_FILE), configuration.obey)
    if port is None or reason is None:
        return []
    return [finding("SSLP656W", port.position.file, port.position.line, reason=reason)]


def loadConfiguration(path: str, stack: str | None, node: str | None = None) -> Assembly:
    """
    Read a configuration directory once; see L{ConfigurationDirectory}.
    """
    directory = ConfigurationDirectory(path, stack, node)
    return directory.load(directory.read())


def mounted(configuration: Configuration, directory: str) -> tuple[Configuration, list[Finding]]:
    """
    Return the configuration with the key database where it really is, and what is to be said
    about sources that are no directories.

    @param directory: the configuration directory, to which relative sources are relative.
    """
    keyFile, longest, watch = configuration.keyFile, "", False
    findings = []
    for mount in configuration.mounts:
        source = os.path.join(directory, mount.source)
        target = os.path.normpath(mount.target)
        below = _below(configuration.keyFile, target)
        if not os.path.isdir(source):
            findings.append(_missing(mount))
        elif below is not None and len(target) > len(longest):
            keyFile, longest, watch = os.path.normpath(os.path.join(source, below)), target, mount.watch
    return evolve(configuration, keyFile=keyFile, watchKeys=watch), findings


def _below(path: str, target: str) -> str | None:
    """
    Return C{path} relative to C{target}, or C{None} where it is not below it.
    """
    prefix = target.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else None


def _missing(mount: Mount) -> Finding:
    place = mount.position
    return finding("SSLP291W", place.file, place.line, source=mount.source, target=mount.target)

# -*- test-case-name: tests.stack.configuration.test_mounts -*-
"""
What C{:mount.} does: a key database below a target is looked for below its source.
Lives in the stack process and in C{sslpool check}.
"""

from __future__ import annotations

import os

from attrs import evolve

from sslpool.config.configuration import Configuration, Mount
from sslpool.messages import Finding, finding


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

# -*- test-case-name: tests.config.test_operands -*-
"""
The VMSSL operands in effect, written as an operator would write them.  Pure; used in the stack
process.
"""

from __future__ import annotations

from sslpool.config.configuration import ServerParameters
from sslpool.config.vmssl import PROTOCOLS

_UNITS = ((3600, "H"), (60, "M"), (1, "S"))


def operandText(parameters: ServerParameters) -> str:
    """
    Return operands that mean C{parameters}, those that have a default included.
    """
    words = ["KEYFILE", parameters.keyFile, "CACHELIFE", _duration(parameters.cacheLife)]
    words += ["CACHECLEANUP", str(parameters.cacheCleanup), "PROTOCOL"]
    words += [f"{'+' if version in parameters.protocols else '-'}{version}" for version in PROTOCOLS]
    for name in (*parameters.exempt, *filter(None, [parameters.exemptStrength])):
        words += ["EXEMPT", name]
    for name in parameters.enable:
        words += ["ENABLE", name]
    if parameters.mode is not None:
        words += ["MODE", parameters.mode]
    words += ["TLSFALLBACKSCSV", "ON" if parameters.fallbackScsv else "OFF"]
    if parameters.gskTrace:
        words += ["GSKTRACE", str(parameters.gskTrace)]
    words += ["TRACE", *parameters.trace] if parameters.trace else ["NOTRACE"]
    return " ".join(words)


def _duration(seconds: int) -> str:
    length, unit = next(each for each in _UNITS if seconds % each[0] == 0)
    return f"{seconds // length} {unit}"

# -*- test-case-name: tests.config.test_operands -*-
"""
The VMSSL operands in effect, written as an operator would write them.  Pure; used in the stack process and in servers.
"""

from __future__ import annotations

from sslpool.config.configuration import ServerParameters
from sslpool.config.tokens import quoted
from sslpool.config.vmssl import PROTOCOLS

_UNITS = ((3600, "H"), (60, "M"), (1, "S"))


def operandsOf(parameters: ServerParameters) -> tuple[str, ...]:
    """
    Return operands that mean C{parameters}, those that have a default included, one after the other.
    """
    versions = (f"{'+' if version in parameters.protocols else '-'}{version}" for version in PROTOCOLS)
    exempt = (*parameters.exempt, *filter(None, [parameters.exemptStrength]))
    return (
        f"KEYFILE {quoted(parameters.keyFile)}",
        f"CACHELIFE {duration(parameters.cacheLife)}",
        f"CACHECLEANUP {parameters.cacheCleanup}",
        f"PROTOCOL {' '.join(versions)}",
        *(f"EXEMPT {name}" for name in exempt),
        *(f"ENABLE {name}" for name in parameters.enable),
        *([f"MODE {parameters.mode}"] if parameters.mode is not None else []),
        f"TLSFALLBACKSCSV {'ON' if parameters.fallbackScsv else 'OFF'}",
        f"GSKTRACE {parameters.gskTrace}",
        " ".join(["TRACE", *parameters.trace]) if parameters.trace else "NOTRACE",
        *([f"VMDUMP {parameters.vmDump}"] if parameters.vmDump is not None else []),
    )


def operandText(parameters: ServerParameters) -> str:
    """
    Return the same as one line.
    """
    return " ".join(operandsOf(parameters))


def duration(seconds: int) -> str:
    """
    Return a duration as operands have it: C{24 H}, C{90 M} or C{30 S}.
    """
    length, unit = next(each for each in _UNITS if seconds % each[0] == 0)
    return f"{seconds // length} {unit}"

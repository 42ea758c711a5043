# -*- test-case-name: tests.tls.test_findings -*-
"""
What is to be said about the VMSSL operands once the TLS library has been asked.  Stack
process and C{sslpool check}.
"""

from __future__ import annotations

from sslpool.config.configuration import ServerParameters
from sslpool.config.suites import BY_NAME
from sslpool.messages import Finding, finding
from sslpool.tls.ciphers import isProvided
from sslpool.tls.parameters import isRestrictable


def policyFindings(parameters: ServerParameters) -> tuple[Finding, ...]:
    """
    Return what the operands ask for and the library cannot do.
    """
    file, line = parameters.place.file, parameters.place.line
    missing = [name for name in parameters.enable if not isProvided(BY_NAME[name])]
    found = [finding("SSLP258W", file, line, suite=name) for name in missing]
    if parameters.mode is not None and not isRestrictable():
        found.append(finding("SSLP600W", file, line, mode=parameters.mode))
    return tuple(found)

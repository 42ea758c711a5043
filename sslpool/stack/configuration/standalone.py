# -*- test-case-name: tests.stack.configuration.test_standalone -*-
"""
One server that stands alone, as VMSSL starts it: a configuration of files or of options, with
operands from the command line and one member.  Lives in the stack process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from attrs import evolve

from sslpool.config.amendment import Amendment
from sslpool.config.assembly import Load, Texts
from sslpool.config.configuration import Assembly, Configuration, Position, ServerParameters
from sslpool.config.tokens import Findings, Token
from sslpool.config.vmssl import parseParameters
from sslpool.tls.policy import policyFindings

SERVER = "SSLSERV"
"""
The userid of the server, where the profile names none.
"""

COMMAND_LINE = Position("command line", 0)


def operands(text: str, given: ServerParameters, findings: Findings) -> ServerParameters:
    """
    Return what the operands of the command line say; where they say nothing, C{given} holds.
    A relative KEYFILE is relative to the current directory.
    """
    words = Token(text, COMMAND_LINE).quotedWords()
    parameters = parseParameters(words, findings, COMMAND_LINE, given)
    return evolve(parameters, keyFile=os.path.abspath(parameters.keyFile))


def alone(configuration: Configuration, parameters: ServerParameters) -> Configuration:
    """
    Return a configuration with one member: the server that the profile names, or SSLSERV.
    """
    limits = configuration.limits
    server = SERVER if configuration.serverId == "*" else configuration.serverId
    return evolve(
        configuration,
        serverId=server,
        poolPrefix=server,
        poolHigh=1,
        limits=evolve(limits, maxSessions=min(limits.maxSessions, limits.maxPerServer)),
        parameters=parameters,
        keyFile=parameters.keyFile,
        workSpaces=None,
    )


def withOperands(text: str, make: Callable[[str], Configuration]) -> Assembly:
    """
    Return what the operands of the command line make of a configuration without files.

    @param make: makes the configuration from the path of KEYFILE.
    """
    findings = Findings()
    parameters = operands(text, ServerParameters(), findings)
    configuration = None if findings.erroneous else alone(make(parameters.keyFile), parameters)
    return Assembly(configuration, (*findings.all(), *policyFindings(parameters)))


def standing(load: Load, text: str) -> Load:
    """
    Return what makes of the same files as C{load} one server that stands alone.

    @param text: the operands of the command line; they count where C{:parms.} says something else.
    """

    def loadAlone(texts: Texts, amendments: Sequence[Amendment]) -> Assembly:
        assembly = load(texts, amendments)
        configuration, findings = assembly.configuration, Findings()
        given = ServerParameters()
        if configuration is not None:
            given = evolve(configuration.parameters, keyFile=configuration.keyFile)
        parameters = operands(text, given, findings)
        if configuration is not None:
            configuration = None if findings.erroneous else alone(configuration, parameters)
        # What is so without the command line has been said of the files.
        known = {each.said for each in policyFindings(given)}
        lacking = [each for each in policyFindings(parameters) if each.said not in known]
        found = (*assembly.findings, *findings.all(), *lacking)
        return evolve(assembly, configuration=configuration, findings=found)

    return loadAlone

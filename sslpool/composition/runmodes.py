# -*- test-case-name: tests.test_tap -*-
"""
The ways to run sslpool, as the options of C{twistd sslpool} choose them: from files, for one application, as
a demonstration.  Lives in the stack process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from attrs import evolve, frozen
from twisted.application.service import IService

from sslpool.config.assembly import Load
from sslpool.config.configuration import Assembly, Configuration, ServerParameters
from sslpool.config.limits import Routing
from sslpool.config.values import upperCase
from sslpool.interfaces import IStackReactor
from sslpool.messages import Finding, OperatorError, Severity, operatorError
from sslpool.observe.manhole import placing
from sslpool.rundirectory import runDirectory
from sslpool.stack.configuration.files import ConfigurationDirectory
from sslpool.stack.configuration.oneline import oneLineConfiguration
from sslpool.stack.configuration.reconfiguration import Files
from sslpool.stack.configuration.servable import inChild, shortcomings
from sslpool.stack.configuration.standalone import standing, withOperands
from sslpool.stack.demo import ExampleApplication, demoConfiguration, instructions
from sslpool.stack.front.localsystem import exposed
from sslpool.stack.front.portlabels import labelsOf
from sslpool.stack.housekeeping import Tend
from sslpool.stack.scratch import Scratch
from sslpool.tls.policy import Policy


@frozen
class RunMode:
    """
    One of the ways to run sslpool, with what it needs.

    @ivar configuration: what the stack is to be.
    @ivar run: the run directory.
    @ivar files: the configuration files, where there are some.
    @ivar directory: that of the configuration files; empty where there are none.
    @ivar userDirect: the path of the CP directory, where there are files.
    @ivar before: services that must be there before the pool.
    @ivar tends: what makes again what somebody removes.
    @ivar serving: called when the pool serves.
    """

    configuration: Configuration
    run: str
    files: Files | None = None
    directory: str = ""
    userDirect: str | None = None
    before: tuple[IService, ...] = ()
    tends: tuple[Tend, ...] = ()
    serving: Callable[[], None] = lambda: None


def chosenMode(reactor: IStackReactor, options: Mapping[str, Any], scratch: list[Scratch]) -> RunMode:
    """
    Return the way that the options choose.

    @param options: those of C{twistd sslpool}.
    @raise OperatorError: they do not go together, or what they name cannot be used.
    """
    return _sandboxed(_chosenFrom(reactor, options, scratch), options["sandbox"])


def _chosenFrom(reactor: IStackReactor, options: Mapping[str, Any], scratch: list[Scratch]) -> RunMode:
    """
    Return the way that the options choose.

    @param scratch: gets the scratch directory, where one is made.
    """
    ways = [option for option in ("config", "listen", "demo") if options[option]]
    if not ways:
        raise operatorError("SSLP003E")
    if len(ways) > 1:
        raise operatorError("SSLP005E", first=f"--{ways[0]}", second=f"--{ways[1]}")
    if not options["listen"]:
        for option, tag in (("source", ":source. in DTCPARMS"), ("user", "POSIXINFO in USER.DIRECT")):
            if options[option]:
                raise operatorError("SSLP004E", option=f"--{option}", reason=f"goes with --listen; files have {tag}")
    if options["config"]:
        return _fromFiles(options)
    scratch.append(Scratch("demo" if options["demo"] else "run"))
    directory = scratch[0].path
    run = runDirectory(options["run"]) if options["run"] else directory
    if not options["demo"]:
        return RunMode(_fromOptions(options), run, before=tuple(scratch))
    application = ExampleApplication(reactor)
    configuration = demoConfiguration(directory, application.address, options["stack"])
    scratch[0].keep()
    text = instructions(directory, run, configuration)
    # Not through the log: the lines are there to be copied.
    serving = partial(print, text, file=sys.__stdout__, flush=True)
    return RunMode(configuration, run, before=(*scratch, application), tends=(scratch[0].tend,), serving=serving)


def _sandboxed(mode: RunMode, wanted: str | None) -> RunMode:
    """
    Return the way as C{--sandbox} has it; where there are files it is for them to say.
    """
    if wanted is None:
        return mode
    if mode.files is not None:
        raise operatorError("SSLP004E", option="--sandbox", reason="is :sandbox. of the pool where there are files")
    if wanted.lower() not in ("yes", "no"):
        raise operatorError("SSLP004E", option="--sandbox", reason="is yes or no")
    return evolve(mode, configuration=evolve(mode.configuration, sandbox=wanted.lower() == "yes"))


def _fromFiles(options: Mapping[str, Any]) -> RunMode:
    stack = options["stack"]
    directory = ConfigurationDirectory(options["config"], upperCase(stack) if stack else None)
    load: Load = directory.load if options["vmssl"] is None else standing(directory.load, options["vmssl"])
    run = runDirectory(options["run"])
    files = Files(directory.read, placing(load, run), directory.read())
    return RunMode(_sound(files.load(files.inEffect, ())), run, files, options["config"], directory.userDirect)


def _sound(assembly: Assembly) -> Configuration:
    """
    Print what was found, and return the configuration.

    @raise OperatorError: there was an error.
    """
    configuration = assembly.configuration
    findings = [*assembly.findings, *(_unusable(configuration.parameters) if configuration else ())]
    for finding in findings:
        print(finding, file=sys.stderr)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if configuration is None or errors:
        raise operatorError("SSLP006E", errors=errors)
    return configuration


def _unusable(parameters: ServerParameters) -> Iterator[Finding]:
    # Which operands leave nothing only the TLS library can say.
    try:
        Policy.of(parameters)
    except OperatorError as error:
        yield Finding(error.said, parameters.place.file, parameters.place.line)


def _fromOptions(options: Mapping[str, Any]) -> Configuration:
    operands, certificate = options["vmssl"], options["certificate"]
    if operands is None:
        return _serving(_sound(exposed(Assembly(_oneLine(options, options["servers"], certificate), ()))))
    if certificate:
        raise operatorError("SSLP004E", option="--certificate", reason="is KEYFILE where there are VMSSL operands")
    return _serving(_sound(exposed(withOperands(operands, partial(_oneLine, options, 1)))))


def _serving(configuration: Configuration) -> Configuration:
    """
    See that there is a certificate with which clients can be served: without files there is nothing else to do.

    @raise OperatorError: SSLP025E, nobody can be.
    """
    labels = {label for port in configuration.ports for label in labelsOf(port)}
    policy = Policy.of(configuration.parameters)
    reasons = inChild(partial(shortcomings, configuration.keyFile, labels, policy))
    if reasons:
        raise operatorError("SSLP025E", reasons="; ".join(map(str, reasons)))
    return configuration


def _oneLine(options: Mapping[str, Any], servers: int, certificate: str) -> Configuration:
    for option, value in (("--connect", options["connect"]), ("--certificate", certificate)):
        if not value:
            raise operatorError("SSLP004E", option=option, reason="is needed together with --listen")
    try:
        routing = Routing(options["routing"].upper())
    except ValueError as error:
        raise operatorError("SSLP004E", option="--routing", reason="is fill or spread") from error
    return oneLineConfiguration(
        options["listen"],
        options["connect"],
        certificate,
        servers,
        options["max-per-server"],
        routing,
        options["stack"],
        options["port"],
        options["source"],
        options["user"],
        options["peer-limit"],
    )

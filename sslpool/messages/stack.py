# -*- test-case-name: tests.test_messages -*-
"""
Messages about the stack as a whole.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "DTCRUN1011I",
        "Parameters in use: {parameters}",
        "The VMSSL operands with which all servers of the stack run, defaults included.",
        "Compare them with :parms. in the servers' DTCPARMS entry.",
    ),
    Message(
        "DTCRUN1043I",
        "Initiating XAUTOLOG of server {server}",
        "The stack starts the agent, which must be there before any server.",
        "None.",
    ),
    Message(
        "SSLP001I",
        "Stack {stack} has started: sslpool {release}, servers {first} to {last}, sessions at most {sessions}",
        "The stack runs.",
        "None.",
    ),
    Message(
        "SSLP002I",
        "Stack {stack} has ended",
        "Servers and agent have ended with it.",
        "None.",
    ),
    Message(
        "SSLP003E",
        "Nothing to run: give --config DIR, or --listen, --connect and --certificate, or --demo",
        "The command does not say what is to be run.",
        "See twistd sslpool --help, and the README.",
    ),
    Message(
        "SSLP004E",
        "{option}: {reason}",
        "An option's value cannot be used.",
        "Correct the option.",
    ),
    Message(
        "SSLP005E",
        "{first} cannot be used together with {second}",
        "The options belong to different ways of running sslpool.",
        "Leave one of them out.",
    ),
    Message(
        "SSLP006E",
        "The stack does not start: errors in the configuration: {errors}",
        "Every finding is listed above with its file and line.",
        "Correct what the findings name, and start again.",
    ),
    Message(
        "SSLP007W",
        "The limit of open files is {limit}, but the stack may need {stack} (listening sockets: {listeners}) and each "
        "server {server}: set ulimit -n, or LimitNOFILE of the service, to {needed}",
        "The stack needs one descriptor for each port and address, several for each server, and one for each session "
        "that its server has not yet read from. A server needs up to three for each session, and three for each FTP "
        "data connection. The limit could not be raised that far, because the system's hard limit is lower.",
        "Raise the hard limit as the message says, or lower SSLLIMITS.",
    ),
    Message(
        "SSLP008W",
        "{path} was removed or replaced by somebody else, and has been made again",
        "The running stack needs this path.  It is the run directory, the lock, a socket, or a file of the "
        "demonstration.  Commands and programs can find the stack again.  Connections were not disturbed.",
        "Find out what removes it, such as a cleaner of temporary files, and have that leave the run directory alone.",
    ),
    Message(
        "SSLP009E",
        "What the stack needs in its run directory cannot be made again: {reason}",
        "Somebody has removed or replaced what the stack needs, and the reason keeps the stack from making it again.  "
        "Ports are served all the same, but commands or programs may not find the stack.  The stack tries again every "
        "second.",
        "Put right what the reason says, such as a file in the place of a socket.",
    ),
    Message(
        "SSLP010I",
        "SIGHUP: the stack will be reloaded when its first server is Active",
        "The stack is still starting.",
        "None.",
    ),
    Message(
        "SSLP011I",
        "SIGHUP: the stack is reloaded",
        "The stack reads its configuration files and certificates again.  The messages after this one say what has "
        "changed.",
        "None.",
    ),
    Message(
        "SSLP012I",
        "The stack has been reloaded",
        "The changes in the configuration files are in effect, except those that need a new start (SSLP046W).  Every "
        "server has the certificates as they are now.",
        "None.",
    ),
    Message(
        "SSLP013E",
        "The reload has changed nothing",
        "The message before this one says why: an error in the configuration files, or something that the stack could "
        "not get, such as a port.  Configuration and certificates stay as they were.",
        "Put that right (sslpool check tells more), then send SIGHUP again.",
    ),
    Message(
        "SSLP014W",
        "The stack has been reloaded in part; errors: {errors}",
        "The messages before this one name what could not be done.",
        "Follow their advice, then send SIGHUP again.",
    ),
    Message(
        "SSLP015I",
        "Changes that were made with OBEY since the start stay in effect: {names}",
        "A reload reads the configuration files, and makes the changes of OBEY and OBEYFILE on top of them once more.",
        "Write into the profile what is to last: a new start of the stack forgets these changes.",
    ),
    Message(
        "SSLP016W",
        "Found in the configuration files: {finding}",
        "A reload checks the configuration files.  A warning does not stop it.",
        "See the message that is quoted.",
    ),
    Message(
        "SSLP020E",
        "Port {port} is not opened: label {label} is not in the key database",
        "A secure port needs its certificate and private key.  Other ports are not affected.",
        "Use gskkyman to make or import the label, then SSLADMIN REFRESH; or correct the label in the PORT "
        "statement.",
    ),
    Message(
        "SSLP021E",
        "{local} is not opened: another program listens there already",
        "Two programs cannot listen on the same address and port.  Other ports are not affected.  The stack tries "
        "again every few seconds, and at once with SSLADMIN REFRESH.",
        "Find the other program (ss -ltnp) and end it, or choose another port.",
    ),
    Message(
        "SSLP022E",
        "{local} is not opened: {reason}",
        "The system does not let the stack listen there.  Other ports are not affected.  The stack tries again every "
        "few seconds, and at once with SSLADMIN REFRESH, since the address may come later.",
        "Check the address of BIND; ports below 1024 need the right to use them (CAP_NET_BIND_SERVICE).",
    ),
    Message(
        "SSLP023I",
        "Listening on {local} with label {label} for {application} at {address}",
        "Connections to this port are secured; without a label (none) they are relayed in cleartext, since the entry "
        "of the application says NEVER.",
        "None.",
    ),
    Message(
        "SSLP024E",
        "The address {address} of {application} cannot be used: {reason}",
        "There is no host of this name, so nothing is changed.",
        "Correct :address. in the DTCPARMS file, or the name server.",
    ),
    Message(
        "SSLP025E",
        "The stack does not start, since no secure port could be opened: {reasons}",
        "None of the PORT statements with SECURE, or --listen, could be followed.  Waiting would not help.  With "
        "--listen this also comes if servers can use no certificate of --certificate.",
        "Correct what they name, and start again.",
    ),
    Message(
        "SSLP026W",
        "The certificate of label {label} has expired on {date}",
        "Clients will refuse it.  It is served all the same.",
        "Renew it, import it with gskkyman, and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP027W",
        "The certificate of label {label} expires on {date}, in {left}",
        "Clients will refuse it after that.",
        "Renew it in time, import it with gskkyman, and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP028E",
        "{local} is not opened: the port is in use, though no program listens there",
        "A connection from this machine to another happens to use the port, or a program has taken it without "
        "listening.  Other ports are not affected.  The stack tries again every few seconds, and at once with "
        "SSLADMIN REFRESH.",
        "None, if it passes.  ss -tanp shows who has the port.  To keep outgoing connections away from it, add it to "
        "net.ipv4.ip_local_reserved_ports.",
    ),
    Message(
        "SSLP029E",
        "The limit of open files is {limit}, but without any session the stack needs {least} (listening sockets: "
        "{listeners}, servers: {servers}): set ulimit -n, or LimitNOFILE of the service, to {needed}",
        "The limit could not be raised that far, because the system's hard limit is lower. The stack does not start, "
        "or does not follow the change.",
        "Raise the hard limit as the message says, or use fewer ports or servers.",
    ),
    Message(
        "SSLP030W",
        "The servers were not ready within {seconds} s; applications are started all the same",
        "SSLSERVERID TIMEOUT has passed.",
        "Look for messages of the servers.  Raise TIMEOUT if they only need longer.",
    ),
    Message(
        "SSLP031I",
        "{application} has been started: process {pid}",
        "AUTOLOG has started an application.",
        "None.",
    ),
    Message(
        "SSLP032E",
        "{application} is not running any more: {reason}; it is started again in {seconds} s",
        "An application that AUTOLOG had started has ended.",
        "Look at the application's own messages.",
    ),
    Message(
        "SSLP033E",
        "{application} cannot be started: {reason}",
        "The command of its :command. could not be run.",
        "Correct :command. in the DTCPARMS file.",
    ),
    Message(
        "SSLP034W",
        "{application} is listed in AUTOLOG but has no :command.",
        "AUTOLOG has nothing to start.",
        "Add :command. to its DTCPARMS entry, or take it out of AUTOLOG.",
    ),
    Message(
        "SSLP040E",
        "{file} changes nothing; errors: {errors}\n{findings}",
        "The configuration that would result has errors, so nothing of the file was followed.",
        "Correct what the findings name, and try again; (TEST shows beforehand what would change.",
    ),
    Message(
        "SSLP041E",
        "This stack was started without configuration files, so there is nothing to obey",
        "The one-line mode and the demonstration take their configuration from options.",
        "Start the stack with --config to be able to change it while it runs.",
    ),
    Message(
        "SSLP042E",
        "{file} changes nothing: {what} cannot be changed while the stack runs",
        "The pool's identity is decided when the stack starts.",
        "Change it in the profile, and start the stack again.",
    ),
    Message(
        "SSLP043I",
        "{what} changed from {before} to {after}",
        "The running stack has followed a change of its configuration.  No session was disturbed.",
        "None.",
    ),
    Message(
        "SSLP044I",
        "{what} would change from {before} to {after}",
        "TEST has changed nothing.",
        "Issue the command without TEST to make the change.",
    ),
    Message(
        "SSLP045I",
        "Nothing changes",
        "What was obeyed is in effect already.",
        "None.",
    ),
    Message(
        "SSLP046W",
        "A change of {what} takes effect when the stack is started again",
        "The entry was changed while servers run.  All servers of a pool have the same parameters, so one that is "
        "started now gets those of the others.",
        "Start the stack again when that suits, or undo the change.",
    ),
    Message(
        "SSLP047E",
        "Port {port} cannot have label {label}: not every server has read it",
        "The label came into the key database after the start of the stack or the last REFRESH, or a REFRESH did not "
        "reach every server.  Connections would be closed by servers that do not have it.  A change that needs it is "
        "not followed; a port that was closed stays closed.",
        "Use SSLADMIN REFRESH; after it, issue the OBEY again.",
    ),
    Message(
        "SSLP048E",
        "Port {port} cannot change to label {label}, which is not in the key database or cannot be used",
        "The port is open with other labels, and nobody could be served with the one that it was to get.  Nothing "
        "has changed.",
        "Use gskkyman to make or import the label, then SSLADMIN REFRESH, then issue the OBEY again; or correct the "
        "label in the PORT statement.",
    ),
    Message(
        "SSLP050W",
        "The address {address} of {application} is not known: {reason}",
        "The name cannot be looked up.  Ports of this application stay closed until it is known; the stack tries "
        "again every few seconds.  Other ports are not affected.",
        "Correct :address. in the DTCPARMS file (--connect on a command line), or check the name service.",
    ),
    Message(
        "SSLP051I",
        "{application} at {address} has moved to {addresses}",
        "The name service has other addresses for this name now.  New connections go there; running sessions are not "
        "disturbed.",
        "None.",
    ),
    Message(
        "SSLP052W",
        "The address {address} of {application} cannot be looked up: {reason}",
        "The addresses that were known before stay in use.  The stack tries again every minute.",
        "Check the name service.",
    ),
)

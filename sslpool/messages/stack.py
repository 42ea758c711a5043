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
        "These are the VMSSL operands of all servers of the stack, including defaults.",
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
    Message("SSLP002I", "Stack {stack} has ended", "Servers and agent have ended with it.", "None."),
    Message(
        "SSLP003E",
        "Nothing to run: give --config DIR, or --listen, --connect and --certificate, or --demo",
        "The command does not say what to run.",
        "See twistd sslpool --help, and the README.",
    ),
    Message("SSLP004E", "{option}: {reason}", "The value of the option is not valid.", "Correct the option."),
    Message(
        "SSLP005E",
        "{first} cannot be used together with {second}",
        "The options belong to different ways of running sslpool.",
        "Remove one of them.",
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
        "{path} was removed or replaced, and the stack created it again",
        "The running stack needs this path: it is the run directory, the lock, a socket, or a file of the "
        "demonstration. Commands and programs can find the stack again. Connections were not affected.",
        "Find out what removes it, such as a program that cleans up temporary files, and have that exclude the run "
        "directory.",
    ),
    Message(
        "SSLP009E",
        "The stack cannot restore its run directory: {reason}",
        "Something that the stack needs there was removed or replaced, and the reason keeps the stack from creating it "
        "again. Ports are served, but commands or programs may not find the stack. The stack tries again every second.",
        "Correct what the reason says, such as a file in the place of a socket.",
    ),
    Message(
        "SSLP010I",
        "SIGHUP: the stack will be reloaded when its first server is Active",
        "The stack is still starting.",
        "None.",
    ),
    Message(
        "SSLP011I",
        "SIGHUP: reloading the stack",
        "The stack reads its configuration files and certificates again. The next messages say what has changed.",
        "None.",
    ),
    Message(
        "SSLP012I",
        "The stack has been reloaded",
        "The changes in the configuration files are in effect, except those that need a restart (SSLP046W). Every "
        "server has the current certificates.",
        "None.",
    ),
    Message(
        "SSLP013E",
        "The reload failed; nothing was changed",
        "The message before this one says why: an error in the configuration files, or something that the stack could "
        "not get, such as a port. Configuration and certificates stay as they were.",
        "Correct that (sslpool check explains each finding), then send SIGHUP again.",
    ),
    Message(
        "SSLP014W",
        "The stack was reloaded only in part; errors: {errors}",
        "The messages before this one name what could not be done.",
        "Follow their advice, then send SIGHUP again.",
    ),
    Message(
        "SSLP015I",
        "Changes that were made with OBEY since the start stay in effect: {names}",
        "A reload reads the configuration files, and applies the changes of OBEY and OBEYFILE again.",
        "Write into the profile what you want to keep: a restart of the stack forgets these changes.",
    ),
    Message(
        "SSLP016W",
        "Found in {finding}",
        "The stack checks the configuration files with every change. A warning does not stop the change.",
        "See the quoted message.",
    ),
    Message(
        "SSLP020E",
        "Port {port} is not opened: label {label} is not in the key database",
        "A secure port needs its certificate and private key. This one stays closed. Other ports are not affected: "
        "the stack starts if any of them can be opened, and accepts changes to them. A change that gives the label "
        "to a port is refused.",
        "Use gskkyman to create or import the label, then SSLADMIN REFRESH; or correct the label in the PORT "
        "statement.",
    ),
    Message(
        "SSLP021E",
        "{local} is not opened: another program already listens there",
        "Two programs cannot listen on the same address and port. Other ports are not affected. The stack tries again "
        "every few seconds, and at once with SSLADMIN REFRESH.",
        "Find the program (ss -ltnp) and stop it, or choose another port.",
    ),
    Message(
        "SSLP022E",
        "{local} is not opened: {reason}",
        "The system does not let the stack listen there. Other ports are not affected. The stack tries again every few "
        "seconds, and at once with SSLADMIN REFRESH, because the address may come later.",
        "Check the address of BIND; ports below 1024 need the right to use them (CAP_NET_BIND_SERVICE).",
    ),
    Message(
        "SSLP023I",
        "Listening on {local} with label {label} for {application} at {address}",
        "Connections to this port are secured. Without a label (none) they are relayed in cleartext, because the "
        "application's entry says NEVER.",
        "None.",
    ),
    Message(
        "SSLP024E",
        "The address {address} of {application} cannot be used: {reason}",
        "The name cannot be looked up, so nothing was changed.",
        "Correct :address. in the DTCPARMS file, or the name server.",
    ),
    Message(
        "SSLP025E",
        "The stack does not start, because no secure port could be opened: {reasons}",
        "No port of the PORT statements with SECURE, or of --listen, could be opened. Waiting would not help. With "
        "--listen, it is also logged if no certificate of --certificate can be used.",
        "Correct what the reasons name, and start the stack again.",
    ),
    Message(
        "SSLP026W",
        "The certificate of label {label} expired on {date}",
        "Clients refuse it. Servers send it anyway.",
        "Renew it, import it with gskkyman, and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP027W",
        "The certificate of label {label} expires on {date}, in {left}",
        "Clients refuse it after that.",
        "Renew it in time, import it with gskkyman, and use SSLADMIN REFRESH.",
    ),
    Message(
        "SSLP028E",
        "{local} is not opened: the port is in use, but no program listens there",
        "A connection from this machine to another happens to use the port, or a program took it without listening. "
        "Other ports are not affected. The stack tries again every few seconds, and at once with SSLADMIN REFRESH.",
        "None, if it passes. ss -tanp shows who has the port. To keep outgoing connections away from it, add it to "
        "net.ipv4.ip_local_reserved_ports.",
    ),
    Message(
        "SSLP029E",
        "The limit of open files is {limit}, but without any session the stack needs {least} (listening sockets: "
        "{listeners}, servers: {servers}): set ulimit -n, or LimitNOFILE of the service, to {needed}",
        "The limit could not be raised that far, because the system's hard limit is lower. The stack does not start, "
        "or refuses the change.",
        "Raise the hard limit as the message says, or use fewer ports or servers.",
    ),
    Message(
        "SSLP030W",
        "The servers were not ready within {seconds} s; applications are started anyway",
        "SSLSERVERID TIMEOUT has passed.",
        "See the messages of the servers. Raise TIMEOUT if they only need longer.",
    ),
    Message("SSLP031I", "{application} was started: process {pid}", "AUTOLOG started an application.", "None."),
    Message(
        "SSLP032E",
        "{application} ended: {reason}; starting it again in {seconds} s",
        "AUTOLOG had started this application.",
        "See the application's own messages.",
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
        "Add :command. to its DTCPARMS entry, or remove it from AUTOLOG.",
    ),
    Message(
        "SSLP040E",
        "{file} changes nothing; errors: {errors}\n{findings}",
        "The change causes these errors, so none of it was made. Errors that existed before do not prevent a change.",
        "Correct what the findings name, and try again. To preview a change, use TEST.",
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
        "The pool's identity is fixed when the stack starts.",
        "Change it in the profile, and restart the stack.",
    ),
    Message(
        "SSLP043I",
        "{what} changed from {before} to {after}",
        "The running stack applied a change of its configuration. Sessions continue.",
        "None.",
    ),
    Message(
        "SSLP044I",
        "{what} would change from {before} to {after}",
        "TEST changes nothing.",
        "Issue the command without TEST to make the change.",
    ),
    Message("SSLP045I", "Nothing changes", "What was obeyed is already in effect.", "None."),
    Message(
        "SSLP046W",
        "A change of {what} takes effect when the stack is restarted",
        "The entry was changed while servers run. All servers of a pool have the same parameters, so a server that "
        "starts now gets those of the others.",
        "Restart the stack when that suits you, or undo the change.",
    ),
    Message(
        "SSLP047E",
        "Port {port} cannot have label {label}: not every server has read it",
        "The label was added to the key database after the start of the stack or the last REFRESH, or a REFRESH did "
        "not reach every server. Servers without it would close connections. A change that needs it is not made; a "
        "port that was closed stays closed.",
        "Use SSLADMIN REFRESH, then issue the OBEY again.",
    ),
    Message(
        "SSLP048E",
        "Port {port} cannot change to label {label}, which is not in the key database or cannot be used",
        "The port is open with other labels, and the new one cannot serve anybody. Nothing has changed.",
        "Use gskkyman to create or import the label, then SSLADMIN REFRESH, then issue the OBEY again; or correct the "
        "label in the PORT statement.",
    ),
    Message(
        "SSLP050W",
        "The address {address} of {application} is not known: {reason}",
        "The name cannot be looked up. Ports of this application stay closed until it is known; the stack tries again "
        "every few seconds. Other ports are not affected.",
        "Correct :address. in the DTCPARMS file (--connect on a command line), or check the name service.",
    ),
    Message(
        "SSLP051I",
        "{application} at {address} has moved to {addresses}",
        "The name service now has other addresses for this name. New connections go there; open sessions continue.",
        "None.",
    ),
    Message(
        "SSLP052W",
        "The address {address} of {application} cannot be looked up: {reason}",
        "The addresses that were known before stay in use. The stack tries again every minute.",
        "Check the name service.",
    ),
)

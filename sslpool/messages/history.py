# -*- test-case-name: tests.test_messages -*-
"""
Messages about the history of configurations, and about backups.  Stack, C{sslnetstat} and C{sslpool}.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP080I",
        "Configuration {number} is in effect again, now as number {now}",
        "The running stack follows the texts of an earlier configuration. No session was disturbed.",
        "None.",
    ),
    Message(
        "SSLP081W",
        "These files in {directory} have not been changed and differ from what is in effect: {names}; they count again "
        "after the next SIGHUP or start of the stack",
        "A rollback changes the running stack and writes no configuration file. A file that you change from now on "
        "counts as it always does: USER DIRECT at once, the profile with SIGHUP, the others with the next change.",
        "To keep what is in effect, put its texts into the files: obeyfile --history with the number shows them.",
    ),
    Message(
        "SSLP082W",
        "In effect until the next start of the stack, since they were made with OBEY: {names}",
        "The configuration that is in effect again was made of the files and of what was obeyed on top of them.",
        "Write into the profile what is to last.",
    ),
    Message(
        "SSLP083I",
        "The files in {directory} say the same",
        "A SIGHUP changes nothing of the configuration that is in effect again.",
        "None.",
    ),
    Message(
        "SSLP084E",
        "The history has no configuration {number}; it has {kept}",
        "The stack keeps the last ten configurations that it has accepted, fewer where they are very large.",
        "Use obeyfile --history to see them.",
    ),
    Message(
        "SSLP085W",
        "The history of configurations cannot be kept in {path}: {reason}",
        "The change is in effect all the same. A running stack still has its history in memory, and loses it when "
        "it ends.",
        "Put right what the reason says. The next change writes the whole history.",
    ),
    Message(
        "SSLP086W",
        "{path} holds no history that this stack can use: {reason}; the history begins anew",
        "The file is damaged, another program's, or of another release. It is renamed to end in .unusable, if the "
        "system permits that.",
        "None, if nothing in it is needed.",
    ),
    Message(
        "SSLP087E",
        "There is no earlier configuration to go back to",
        "The history has no configuration before the one that is in effect.",
        "Use obeyfile --history to see what there is.",
    ),
    Message(
        "SSLP088W",
        "There already, and not in the backup, so that they count too: {paths}",
        "The directory had files beside those of the backup. They have been left as they are.",
        "Remove those that are not wanted.",
    ),
    Message(
        "SSLP089W",
        "This machine has no user or group {names}; their files belong to whoever has restored them",
        "A backup says to whom its files belong.",
        "Give the files to those who are to read or change them: the servers' group reads the key database.",
    ),
    Message(
        "SSLP090I",
        "{path} has been written; configuration files from {directory}: {files}; key database {keyFile}",
        "The backup has the files as they were at one moment. Private keys in it are sealed as they are in the key "
        "database. A running stack was not disturbed.",
        "Keep it where only operators can read it: configuration files may hold passwords.",
    ),
    Message(
        "SSLP091I",
        "{stash} is not in the backup, so that nobody can use the private keys without the password",
        "Servers open the key database with its stash. Whoever has both has the private keys. sslpool backup with "
        "--stash includes it.",
        "After a restore, use 'gskkyman stash' with the password of the key database.",
    ),
    Message(
        "SSLP092W",
        "{what} is in the backup: whoever can read the backup has the private keys",
        "You have asked for it with --stash.",
        "Keep the backup as you would keep the private keys.",
    ),
    Message(
        "SSLP093E",
        "{path} has private keys that are not sealed: nothing is written without --stash",
        "The key file is not a key database, and no password is needed to read a private key in it.",
        "Use --stash, and keep the backup as you would keep the private keys.",
    ),
    Message(
        "SSLP094E",
        "{path} cannot be restored: {reason}",
        "Everything in a backup is looked at before anything is changed: names, sizes and check sums. Nothing has "
        "changed.",
        "Use a file that sslpool backup has made, and that is whole.",
    ),
    Message(
        "SSLP095E",
        "There already, so that nothing is restored: {paths}",
        "Files are overwritten only if you ask for that.",
        "Restore to another directory (--config), or use --replace.",
    ),
    Message(
        "SSLP096I",
        "Stack {stack} has been restored from {path}; configuration files in {directory}: {files}; key database "
        "{keyFile}",
        "The files have the permissions that they had, and belong to those to whom they belonged if root has restored "
        "them.",
        "None.",
    ),
    Message(
        "SSLP097I",
        "Next: sslpool check --config {directory}; then start the stack, or send SIGHUP to one that runs from there",
        "A running stack goes on with what it has read before. SIGHUP reads the configuration files and the key "
        "database.",
        "Do as the message says.",
    ),
    Message(
        "SSLP098E",
        "The key database was {keyFile}, which is not in {directory}: say with --keyfile where it is to be",
        "The configuration names a key database outside of its directory. Nothing is written elsewhere unless you "
        "say so.",
        "Use --keyfile with that path, or with another one that KEYFILE is to name then.",
    ),
    Message(
        "SSLP099E",
        "{path} cannot be restored: {reason}; nothing has changed",
        "All files of a backup are put into their places, or none of them.",
        "Put right what the reason says, then try again.",
    ),
)

SSLADMIN has SET, CLEAR and QUERY SETTINGS: targets for the commands that follow. HELP
shows the syntax of a command, and so does every message about one that is not
understood. A word that is the beginning of several keywords is SSLP434E.

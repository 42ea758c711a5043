A stack whose package was replaced while it ran says so when it starts an agent (SSLP195E), instead of misreading what
the agent says.

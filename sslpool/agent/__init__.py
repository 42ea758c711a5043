"""
The agent SSLDCSSM: owns the shared segment and the ticket keys, forks the servers.  Its process has no reactor.
"""

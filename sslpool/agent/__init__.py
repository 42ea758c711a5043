"""
The agent SSLDCSSM: owns the ticket keys, and forks the servers.  Its process has no reactor.
"""

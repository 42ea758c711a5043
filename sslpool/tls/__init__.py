"""
TLS: contexts, records, outcomes.  The only room that imports OpenSSL.  Agent and servers.
"""

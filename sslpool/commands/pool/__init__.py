"""
C{sslpool}: plans a pool, creates its members' work spaces, and checks a configuration.
"""

"""
C{sslnetstat} and C{obeyfile}: their tables of commands.
"""

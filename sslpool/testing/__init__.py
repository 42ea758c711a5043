"""
Fakes and fixtures that tests, also those of others, may use.
"""

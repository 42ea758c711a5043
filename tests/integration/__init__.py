"""
Tests that are too long for C{make test}: C{make integration}, see README.md beside.
"""

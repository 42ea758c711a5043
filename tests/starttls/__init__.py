"""
Tests for L{sslpool.starttls}.
"""

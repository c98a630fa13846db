"""Accounts from the command line, and signing in at somebody else's."""

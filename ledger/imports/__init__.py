"""Readers of the files that shops have, one file a format."""

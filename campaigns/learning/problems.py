"""What keeps a file from being learnt from."""


class BadLabels(Exception):
    """A file nothing can be learnt from; its sentence names the lines and the mending step."""

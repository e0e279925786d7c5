"""What the engine refuses to answer. Importable without numpy: the serving process needs the names too."""

from __future__ import annotations


class TooLittleData(ValueError):
    """The method needs more than there is."""

    def __init__(self, what: str, needed: int, seen: int) -> None:
        super().__init__(f"{what}: {needed} needed, {seen} seen")
        self.what, self.needed, self.seen = what, needed, seen

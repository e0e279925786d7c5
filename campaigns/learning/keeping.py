"""What was learnt is kept beside the data, whole or not at all, with the one before it."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from engine.words.sentiment import Sentiment
from engine.words.weights import BadWords

log = logging.getLogger(__name__)
KEPT, BEFORE = "sentiment.words", "sentiment-before.words"
LARGEST_BYTES = 16 << 20
"""Several times what training writes."""
PRIVATE = 0o600

__all__ = ["BEFORE", "KEPT", "BadWords", "Sentiment", "UnreadableWords", "in_use", "keep", "read", "undo"]


class UnreadableWords(Exception):
    """What was trained cannot be read; its sentence says why and what to do."""


def in_use(folder: Path) -> Sentiment:
    """What judges: the trained model of ``folder``, or what ships where there is none or it cannot be read."""
    try:
        return read(folder)
    except UnreadableWords as fault:
        # Customers are answered all the same; the doctor tells it, too.
        log.warning("%s", fault)
        return Sentiment.shipped()


def read(folder: Path) -> Sentiment:
    """As ``in_use``. Raises UnreadableWords where there is a model that cannot be read."""
    path = folder / KEPT
    try:
        with path.open("rb") as file:
            written = file.read(LARGEST_BYTES + 1)
        if len(written) > LARGEST_BYTES:
            raise BadWords("it is too large for one")
        return Sentiment.read(written)
    except FileNotFoundError:
        return Sentiment.shipped()
    except (BadWords, OSError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else fault
        raise UnreadableWords(
            f"{path} cannot be used ({why}), so what ships judges: train again, or go back with "
            "`langganan train-sentiment --undo`"
        ) from fault


def keep(folder: Path, written: bytes) -> Path:
    """Put a model in use; the one before it, or that there was none, is what ``undo`` goes back to."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, before = folder / KEPT, folder / BEFORE
    made = path.with_name(f".{KEPT}.{secrets.token_hex(4)}")
    try:
        made.touch(PRIVATE, exist_ok=False)
        with made.open("wb") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        before.unlink(missing_ok=True)
        if path.exists():
            # Linked, so that there is a model at every moment.
            os.link(path, before)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
    return path


def undo(folder: Path) -> bool:
    """Back to the model before; asked again, forth. False where nothing was ever trained."""
    path, before = folder / KEPT, folder / BEFORE
    if before.exists() and path.exists():
        aside = path.with_name(f".{KEPT}.{secrets.token_hex(4)}")
        path.replace(aside)
        before.replace(path)
        aside.replace(before)
    elif before.exists():
        before.replace(path)
    elif path.exists():
        path.replace(before)
    else:
        return False
    return True

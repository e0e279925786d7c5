"""The shop's own papers: keys, files, templates, how it can be reached."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session

from bot.checkups.finding import Finding, Patient
from bot.settings import ENV_FILE, KEY_FILE
from campaigns.channel import SIMULATOR
from campaigns.words.composing import BrokenTemplate, Composer
from ledger import questions, resealing

OTHERS = 0o077
"""The rights of everybody but the owner of a file."""


def key(_session: Session, patient: Patient) -> Iterator[Finding]:
    """The key of all fingerprints: where it lies, and whether others can read it."""
    path = patient.settings.data_dir / KEY_FILE
    if patient.settings.secret_key is not None:
        yield Finding("secret_key", "key_in_settings")
    elif is_open_to_others(path):
        yield Finding("secret_key", "file_open", "file_open", {"path": str(path)})
    else:
        yield Finding("secret_key", "key_in_file", values={"path": str(path)})


def files(_session: Session, patient: Patient) -> Iterator[Finding]:
    """Whether others on this computer can read the tokens or the customers."""
    database = patient.database.engine.url.database if patient.database.is_sqlite else None
    kept = [path for path in (ENV_FILE, Path(database) if database else None) if path is not None and path.exists()]
    wide = [str(path) for path in kept if is_open_to_others(path)]
    for path in wide:
        yield Finding("files", "file_open", "file_open", {"path": path})
    if kept and not wide:
        yield Finding("files", "files_closed", values={"paths": ", ".join(map(str, kept))})


def is_open_to_others(path: Path) -> bool:
    """Whether anybody but its owner may read or write it. Windows keeps its rights elsewhere."""
    return os.name != "nt" and path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)


def sealing(session: Session, patient: Patient) -> Iterator[Finding]:
    """Whether addresses are encrypted, all with the first key, and what lies beside them."""
    keyring, settings = patient.database.keyring, patient.settings
    found = resealing.seals(session, keyring)
    if found.lost:
        yield Finding("addresses", "seals_lost", "seals_lost", {"n": found.lost})
    elif not keyring.mark:
        yield Finding("addresses", "not_sealed")
    elif found.plain or found.older:
        yield Finding("addresses", "seals_older", "seals_older", {"plain": found.plain, "older": found.older})
    elif patient.database.is_sqlite and (path := settings.data_dir / KEY_FILE).exists():
        yield Finding("addresses", "key_beside", "key_beside", {"path": str(path)})
    else:
        yield Finding("addresses", "sealed", values={"n": found.current})


def templates(_session: Session, patient: Patient) -> Iterator[Finding]:
    """All were compiled when the shop was opened and are used as they were; to be started again it needs them."""
    try:
        Composer(patient.composer.folder).check()
    except (BrokenTemplate, OSError) as fault:
        yield Finding("templates", "template_broken", "template_broken", {"sentence": str(fault)})
    else:
        yield Finding("templates", "templates", values={"n": len(patient.composer.catalog)})


def contact(session: Session, patient: Patient) -> Iterator[Finding]:
    """Another way for customers to reach the shop: the only one where nobody of the team has a chat."""
    if patient.shop.contact:
        yield Finding("contact", "contact", values={"contact": patient.shop.contact})
    elif questions.team_chats(session, patient.channels):
        yield Finding("contact", "no_contact", "no_contact")
    else:
        yield Finding("contact", "no_contact_at_all", "no_contact")


def channels(_session: Session, patient: Patient) -> Iterator[Finding]:
    """The messengers that are configured."""
    if set(patient.channels) - {SIMULATOR}:
        yield Finding("channels", "channels", values={"names": ", ".join(patient.channels)})
    else:
        yield Finding("channels", "only_simulator", "only_simulator")

"""What keeps the shop from being opened as it is set up: settings that will not do, and a database that is away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.checkups.finding import Finding, Term
from bot.settings import Wrong
from ledger.ailments import Ailment, of_file


def settings(wrong: Iterable[Wrong]) -> Iterator[Finding]:
    """Each setting that is taken at its default, because what stands there cannot be used."""
    for each in wrong:
        values = {"name": each.name, "wrong": Term("settings_wrong", each.key, each.values)}
        yield Finding("settings", "setting_wrong", "setting", values)


def messengers(faults: Iterable[Exception]) -> Iterator[Finding]:
    """Each messenger that cannot be connected as it is set up, in the sentence that says why."""
    for each in faults:
        yield Finding("settings", "not_connected", "setting", {"sentence": str(each)})


def no_database(ailment: Ailment) -> Finding:
    """Nobody answers where the database should be, or what is there cannot be used as it is."""
    if ailment is Ailment.AWAY:
        return Finding("database", "no_database", "no_database")
    return Finding("database", "database_ill", "database_ill", {"sentence": Term("ailments", ailment)})


def no_file(fault: OSError) -> Finding:
    """A file or a folder of the shop's cannot be used, or there is no room to write it."""
    values = {"path": str(fault.filename2 or fault.filename or ""), "why": fault.strerror or type(fault).__name__}
    return Finding("database", "database_ill", "database_ill", {"sentence": Term("ailments", of_file(fault), values)})


def closed(fault: Exception) -> Finding:
    """The shop cannot be opened; the fault's sentence says why, and what to do."""
    return Finding("opening", "cannot_open", "cannot_open", {"sentence": str(fault)})

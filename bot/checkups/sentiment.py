"""Which sentiment judges what customers write, and how well it was found to judge."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import Session

from bot.checkups.finding import Finding, Patient
from campaigns.learning import keeping


def sentiment(_session: Session, patient: Patient) -> Iterator[Finding]:
    """What ships, or what was trained with the figures of its check; told where it cannot be read."""
    folder = patient.settings.data_dir
    try:
        about = keeping.read(folder).about
    except keeping.UnreadableWords:
        yield Finding("sentiment", "sentiment_broken", "sentiment_broken", {"path": str(folder / keeping.KEPT)})
        return
    figures = [about.get(name) for name in ("n", "checked", "accuracy", "macro_f1")]
    if all(isinstance(each, int | float) for each in figures):
        n, checked, accuracy, macro_f1 = figures
        values = {"n": n, "checked": checked, "accuracy": f"{accuracy:.2f}", "macro_f1": f"{macro_f1:.2f}"}
        yield Finding("sentiment", "sentiment_trained", values=values)
    else:
        yield Finding("sentiment", "sentiment_shipped")

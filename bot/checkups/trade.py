"""What the shop lives on: its history, what was learnt from it, its customers' permission, its team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.checkups.finding import Finding, Patient, Span
from campaigns import insights
from campaigns.privacy import absence
from ledger import chain, consent, questions, retention, windows
from ledger.permissions import permissions
from ledger.tables import FAILED, ConsentEvent, Customer, Interaction, Kind, Purpose, TeamMember

STALE_AFTER = timedelta(days=2)
SOON = windows.WINDOW - windows.MARGIN - timedelta(hours=20)
"""So little is left of a window after twenty hours of silence."""


def history(session: Session, _patient: Patient) -> Iterator[Finding]:
    n = session.exec(select(func.count()).where(col(Interaction.kind) == Kind.PURCHASE)).one()
    yield Finding("history", "history", "" if n else "no_history", {"n": n})


def mining(session: Session, patient: Patient) -> Iterator[Finding]:
    run = insights.current_run(session)
    if run is None or run.ready_at is None:
        yield Finding("mining", "never", "never_mined")
        return
    age = patient.clock.now() - run.ready_at
    counted = {name: _found(run.quality.get(name, 0)) for name in ("segments", "bundles")}
    mend = "nightly" if age > STALE_AFTER else ""
    yield Finding("mining", "mined", mend, {**counted, "age": Span(age.total_seconds())})


def _found(told: dict[str, int] | int) -> int:
    """How many of them a run found, out of what it tells of them."""
    return told.get("found", 0) if isinstance(told, dict) else told


def tidying(session: Session, patient: Patient) -> Iterator[Finding]:
    last, now = retention.last_run(session), patient.clock.now()
    if last is None:
        yield Finding("tidying", "never", "never_tidied")
        return
    mend = "nightly" if now - last.at > STALE_AFTER else ""
    failed = last.removed.get(FAILED, 0)
    values = {"n": last.rows, "age": Span((now - last.at).total_seconds()), "failed": failed}
    yield Finding("tidying", "tidied", "not_forgotten" if failed else mend, values)


def away(session: Session, patient: Patient) -> Iterator[Finding]:
    """Who has been away for long: what the coming nights will do about it."""
    periods, now = patient.settings.periods(), patient.clock.now()
    found = absence.away(session, periods, patient.channels.keys(), patient.shop, now)
    yield Finding("customers_away", "away", values={**vars(found), "a_night": absence.FORGOTTEN_A_NIGHT})


def ledger(session: Session, _patient: Patient) -> Iterator[Finding]:
    """Whether each event of consent fits the one before it, and how many allow offers."""
    walked = chain.verify(session)
    if not walked.ok:
        yield Finding("consent_ledger", "chain_broken", "chain_broken", {"event": walked.first_broken})
        return
    heard_on = session.exec(select(ConsentEvent.scope).distinct()).all()
    gone = set(session.exec(select(Customer.id).where(col(Customer.erased_at).is_not(None))))
    standings = [each for channel in heard_on for each in consent.standings(session, channel).items()]
    willing = len({person for person, today in standings if today.allows(Purpose.OFFERS)} - gone)
    yield Finding(
        "consent_ledger", "chain", "" if willing else "nobody_willing", {"events": walked.events, "n": willing}
    )


def wording(session: Session, patient: Patient) -> Iterator[Finding]:
    found = permissions(session, patient.composer.wordings)
    if found.older:
        # Nothing to mend: they hold for what was shown, and only their people can say yes to more.
        yield Finding("consent_wording", "older_words", values={"n": len(found.older), "all": len(found.yeses)})
    for each in found.changed:
        values = {"version": each.version, "language": each.language, "n": each.texts}
        yield Finding("consent_wording", "changed_words", "changed_words", values)


def hearing(session: Session, patient: Patient) -> Iterator[Finding]:
    """Whether a customer's question reaches anybody of the team: not where all of their chats have a window that is
    shut, or soon will be."""
    now, chats = patient.clock.now(), questions.team_chats(session, patient.channels)
    if chats and all(windows.free_until(chat) - now < SOON for chat in chats):
        wrote = max((chat.last_inbound_at for chat in chats if chat.last_inbound_at), default=None)
        age = Span((now - wrote).total_seconds()) if wrote else "?"
        yield Finding("team", "team_deaf", "team_deaf", {"n": len(chats), "age": age})


def team(session: Session, _patient: Patient) -> Iterator[Finding]:
    n = session.exec(select(func.count()).select_from(TeamMember)).one()
    yield Finding("team", "team", "" if n else "no_team", {"n": n})

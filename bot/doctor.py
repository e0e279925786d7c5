"""What is misconfigured or unfinished, and how to mend it. Looks only; changes nothing, asks nobody outside."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.app import App
from bot.settings import KEY_FILE, Settings
from campaigns import absence, insights
from ledger import chain, consent, resealing, retention
from ledger.permissions import permissions
from ledger.tables import FAILED, ConsentEvent, Customer, Interaction, Kind, Purpose, TeamMember

STALE_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``mend`` is the next step where it is not well; without one it is."""

    what: str
    found: str
    mend: str = ""

    @property
    def is_well(self) -> bool:
        return not self.mend


def examine(app: App, settings: Settings) -> list[Finding]:
    """Everything one can know without asking the messengers."""
    with app.database.reading() as session:
        return [
            *_key(settings),
            *_sealing(session, app, settings),
            Finding("database", app.database.engine.url.render_as_string(hide_password=True)),
            Finding("templates", f"{len(app.composer.catalog)} campaigns in two languages"),
            *_channels(app),
            _contact(app),
            *_history(session),
            *_mining(session, app),
            *_tidying(session, app),
            *_consent(session),
            *_wording(session, app),
            *_team(session),
        ]


def _key(settings: Settings) -> Iterator[Finding]:
    path = settings.data_dir / KEY_FILE
    if settings.secret_key is not None:
        yield Finding("secret key", "from SECRET_KEY")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("secret key", f"{path} can be read by others", f"chmod 600 {path}")
    else:
        yield Finding("secret key", f"{path}; back it up together with the database")


def _sealing(session: Session, app: App, settings: Settings) -> Iterator[Finding]:
    keyring = app.database.keyring
    found = resealing.seals(session, keyring)
    if found.lost:
        lost = f"{found.lost:,} sealed with a key that is not here"
        yield Finding("addresses", lost, "put that key back into ENCRYPTION_KEY, behind the first")
    elif not keyring.mark:
        yield Finding("addresses", "not encrypted; docs/howto/encryption.md says when that matters, and how")
    elif found.plain or found.older:
        waiting = f"{found.plain:,} not encrypted, {found.older:,} with an older key"
        yield Finding("addresses", waiting, "langganan rotate-key")
    elif app.database.is_sqlite and (path := settings.data_dir / KEY_FILE).exists():
        beside = f"encrypted, but with {path} beside them phone numbers can be guessed"
        yield Finding("addresses", beside, f"move what {path} holds into .env as SECRET_KEY, and delete the file")
    else:
        yield Finding("addresses", f"encrypted, all {found.current:,}")


def _channels(app: App) -> Iterator[Finding]:
    names = ", ".join(app.channels)
    if "simulator" in app.channels:
        yield Finding("channels", f"only the {names}", "set TELEGRAM_BOT_TOKEN in .env; @BotFather gives you one")
        return
    yield Finding("channels", names)
    public = app.shop.public_url
    if not app.shop.reaches_phones:
        mend = "set PUBLIC_URL to the https address under which phones reach this computer"
        yield Finding("public address", f"{public} leads nowhere from a phone", mend)
    else:
        yield Finding("public address", public)


def _contact(app: App) -> Finding:
    if app.shop.contact:
        return Finding("contact", app.shop.contact)
    mend = "set SHOP_CONTACT in .env to a phone number or another way to reach you"
    return Finding(
        "contact", "none: the bot passes no message on, and customers are told no other way to reach you", mend
    )


def _history(session: Session) -> Iterator[Finding]:
    n = session.exec(select(func.count()).where(col(Interaction.kind) == Kind.PURCHASE)).one()
    yield Finding("history", f"{n:,} purchases", "" if n else "langganan import FILE brings in what you sold so far")


def _mining(session: Session, app: App) -> Iterator[Finding]:
    run = insights.current_run(session)
    if run is None or run.ready_at is None:
        yield Finding("mining", "never done", "langganan mine, or leave `langganan serve` running overnight")
        return
    age = app.clock.now() - run.ready_at
    segments = f"{run.quality.get('segments')} segments, {run.quality.get('bundles')} bundles"
    mend = "langganan serve mines every night; is it running?" if age > STALE_AFTER else ""
    yield Finding("mining", f"{segments}, {age.days} days ago", mend)


def _tidying(session: Session, app: App) -> Iterator[Finding]:
    last, now = retention.last_run(session), app.clock.now()
    if last is None:
        mend = "langganan tidy --dry-run shows what would go; `langganan serve` tidies every night"
        yield Finding("tidying", "never done", mend)
    else:
        age = now - last.at
        mend = "langganan serve tidies every night; is it running?" if age > STALE_AFTER else ""
        if failed := last.removed.get(FAILED, 0):
            mend = f"{failed} customers could not be forgotten; the log of `langganan serve` says where it failed"
        yield Finding("tidying", f"{last.rows:,} rows, {age.days} days ago", mend)
    away = absence.away(session, app.settings.periods(), app.channels.keys(), app.shop, now)
    waiting = f"{away.to_ask:,} to be asked, {away.cannot_be_asked:,} who cannot be asked, {away.in_grace:,} in grace"
    forgotten = f"{away.to_forget:,} to be forgotten, at most {absence.FORGOTTEN_A_NIGHT} a night"
    yield Finding("customers away", f"{waiting}, {forgotten}")


def _consent(session: Session) -> Iterator[Finding]:
    walked = chain.verify(session)
    if not walked.ok:
        mend = "restore a backup from before; see docs/privacy.md"
        yield Finding("consent ledger", f"event {walked.first_broken} does not fit", mend)
        return
    channels = session.exec(select(ConsentEvent.channel).distinct()).all()
    gone = set(session.exec(select(Customer.id).where(col(Customer.erased_at).is_not(None))))
    standings = [each for channel in channels for each in consent.standings(session, channel).items()]
    willing = len({person for person, today in standings if today.allows(Purpose.OFFERS)} - gone)
    mend = "" if willing else "share the bot's link: customers allow offers themselves, by writing to it"
    yield Finding("consent ledger", f"{walked.events} events fit; {willing} allow offers", mend)


def _wording(session: Session, app: App) -> Iterator[Finding]:
    found = permissions(session, app.composer.wordings)
    if found.older:
        what = f"{len(found.older):,} of {len(found.yeses):,} yeses answered words that are asked no more"
        # Nothing to mend: they hold for what was shown, and only their people can say yes to more.
        yield Finding("consent wording", f"{what}; langganan compliance --list names them")
    for each in found.changed:
        what = f"{each.version} ({each.language}) stands over {each.texts} different texts"
        yield Finding("consent wording", what, "raise its version in templates/catalog.toml, under [wordings]")


def _team(session: Session) -> Iterator[Finding]:
    n = session.exec(select(func.count()).select_from(TeamMember)).one()
    yield Finding("team", f"{n} chats may command", "" if n else "langganan owner-code, and send the code to the bot")

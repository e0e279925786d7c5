"""The owner's papers: the record of processing and the draft of a breach notice, written from what the program knows.

Neither names a customer: both count people, and speak of columns and kinds.
"""

from __future__ import annotations

import stat
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from sqlalchemy import func
from sqlmodel import Session, select

from bot.talk.replies import Teller
from campaigns.channel import Document
from campaigns.words.composing import Laid
from ledger import belongings, chain, compliance, resealing
from ledger.columns import keyring_of
from ledger.compliance import ANSWER_WITHIN, PERSONAL, Holdings
from ledger.declarations import Declaration, Until, What, Why, declarations
from ledger.permissions import permissions
from ledger.tables import TeamMember

RECORD, BREACH = "record", "breach_notice"
LACKING = frozenset({"unsealed", "open", "broken"})
"""Of the measures those that say what is missing."""
STYLE = (
    "body{font:1rem/1.55 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222;"
    "background:#fff}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #ccc}"
    "h3{font-size:1rem;margin-bottom:0}ul{padding-left:1.2rem}li{margin:.2rem 0;overflow-wrap:anywhere}"
    "code{font-size:.9em;background:#f4f4f0;padding:0 .2em}"
    "@media print{body{margin:0;max-width:none;font-size:10pt}h2,h3{break-after:avoid}li{break-inside:avoid}}"
)


@dataclass(frozen=True)
class Papers:
    """Writes in the owner's language. ``channels`` are those the shop has, whether anybody writes there or not."""

    session: Session
    teller: Teller
    channels: Collection[str]
    now: datetime

    def record(self) -> str:
        """What is processed, why, for how long and how it is guarded (UU PDP 31, GDPR 30), as Markdown."""
        held = compliance.holdings(self.session)
        today = permissions(self.session, self.teller.composer.wordings)
        measures = list(self._measures())
        return self._document(
            RECORD,
            held,
            reasons=[
                {"purpose": self._word("record_why", why), "ground": self._word("record_grounds", why)} for why in Why
            ],
            permissions=[
                {"name": self._word("record_purposes", each.purpose), **vars(each.people)} for each in today.answered
            ],
            team=self.session.exec(select(func.count()).select_from(TeamMember)).one(),
            recipients=[self._word("record_recipients", channel) for channel in self.channels],
            transfers=[self._word("record_transfers", channel) for channel in self.channels],
            periods=[self._until(until) for until in Until],
            measures=[sentence for key, sentence in measures if key not in LACKING],
            lacking=[sentence for key, sentence in measures if key in LACKING],
            of_people=[self._kind(*each) for each in declarations() if each[0] in belongings.ways()],
            of_the_shop=[self._kind(*each) for each in declarations() if each[0] not in belongings.ways()],
            tables=[self._table(name, columns) for name, columns in declarations()],
        )

    def breach_notice(self) -> str:
        """Two letters to fill in, with what the database holds (UU PDP 46, GDPR 33 and 34), as Markdown."""
        held = compliance.holdings(self.session)
        return self._document(
            BREACH,
            held,
            deadline=self._moment(self.now + ANSWER_WITHIN),
            channels=[{"name": channel_name(self.teller, each), "n": n} for each, n in held.channels.items()],
            is_sealed=self._is_sealed(),
        )

    def _document(self, name: str, held: Holdings, **values: Any) -> str:
        return self.teller.composer.document(
            name,
            self.teller.language,
            shop=self.teller.shop.name,
            contact=self.teller.shop.contact,
            date=self._moment(self.now),
            people=held.people,
            kinds=[{"name": self._word("record_what", what), "rows": held.rows.get(what, 0)} for what in PERSONAL],
            **values,
        )

    def _kind(self, name: str, columns: Mapping[str, Declaration]) -> dict[str, Any]:
        """A kind of record in a line: what, why and how long, of most of its columns first."""
        whys, untils = (
            Counter(each.why for each in columns.values()),
            Counter(each.until for each in columns.values()),
        )
        return {
            "line": self._word("record_tables", name),
            "whys": [self._word("record_why", why) for why, _ in whys.most_common()],
            "untils": [self._short(until) for until, _ in untils.most_common()],
        }

    def _table(self, name: str, columns: Mapping[str, Declaration]) -> dict[str, Any]:
        """A table's columns: together what is kept for the same and as long, and in there what is of one kind."""
        groups: dict[tuple[Why, Until], dict[What, list[Laid]]] = defaultdict(lambda: defaultdict(list))
        for column, said in columns.items():
            groups[said.why, said.until][said.what].append(Laid(column))
        told = [
            {
                "why": self._word("record_why", why),
                "until": self._until(until),
                "kinds": [{"name": self._word("record_what", what), "columns": of} for what, of in kinds.items()],
            }
            for (why, until), kinds in groups.items()
        ]
        return {"name": name, "line": self._word("record_tables", name), "groups": told}

    def _measures(self) -> Iterator[tuple[str, str]]:
        """What guards the data, and what does not: looked up, where it can be otherwise."""
        walked = chain.verify(self.session)
        keys = [
            "hashes",
            "sealed" if self._is_sealed() else "unsealed",
            *self._storage(),
            "erasure",
            "leaving",
            "masking",
            "codes",
        ]
        if "whatsapp" in self.channels:
            keys.append("signatures")
        yield from ((key, self._word("record_measures", key)) for key in keys)
        state, n = ("chain", walked.events) if walked.ok else ("broken", walked.first_broken)
        yield state, self._word("record_measures", state, n=n)

    def _is_sealed(self) -> bool:
        """Whether every address is: a key alone seals none that were there before."""
        keyring = keyring_of(self.session.get_bind().dialect)
        return bool(keyring.mark) and resealing.seals(self.session, keyring).plain == 0

    def _storage(self) -> list[str]:
        url = self.session.get_bind().engine.url
        if url.get_backend_name() != "sqlite":
            return ["server"]
        file = Path(url.database or "")
        is_open = file.is_file() and stat.S_IMODE(file.stat().st_mode) & 0o077
        return ["open" if is_open else "private", "scrub"]

    def _until(self, until: Until) -> Laid:
        return self._word("record_until", until, days=self.teller.shop.kept_days.get(until, 0))

    def _short(self, until: Until) -> Laid:
        return self._word("record_kept", until, days=self.teller.shop.kept_days.get(until, 0))

    def _word(self, shelf: str, key: str, **values: Any) -> Laid:
        return Laid(self.teller.word(shelf, key, **values))

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self.teller.shop.zone)
        return format_datetime(local, "d MMMM y HH:mm zzz", locale=self.teller.language)


def channel_name(teller: Teller, channel: str) -> str:
    """How people call it; its own name where an import brought one we do not serve."""
    return teller.composer.shelf(teller.language, "record_channels").get(channel, channel)


def page(markdown: str, language: str) -> str:
    """Markdown as a page that stands by itself: nothing in it comes from elsewhere, no HTML in it is let through."""
    from markdown_it import MarkdownIt  # only where a page is asked for

    body: str = MarkdownIt("commonmark", {"html": False}).render(markdown)
    title = escape(markdown.partition("\n")[0].lstrip("# "))
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    )


def as_document(name: str, markdown: str, language: str) -> Document:
    """For a chat: a page, which every telephone opens."""
    return Document(f"{name}.html", page(markdown, language).encode(), "text/html")

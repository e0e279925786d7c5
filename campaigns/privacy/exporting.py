"""A customer's data to take along: everything the database holds, with the words that make it understood.

ledger.belongings → rows of every table ┐
lexicon           → reasons, names      ├→ document → JSON, or a ZIP with a CSV for each kind of record
ledger.declarations → purposes, times   ┘
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from sqlmodel import Session, col, select

from campaigns import insights
from campaigns.choosing import reasons
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Campaign, Message, Segment
from campaigns.words.composing import Composer, Laid
from ledger import belongings, privacy
from ledger.customers import FROM_CHAT, FROM_CONTACT
from ledger.declarations import Until, What, declarations
from ledger.formulas import guarded
from ledger.tables import About, ConsentWording, Customer

PARTS = {
    "customers": "customer",
    "consent_events": "consent",
    "conversation_states": "conversation",
    "memberships": "segments",
    "team_members": "team",
}
"""What a table is called in the document where that is not its own name."""
WHEN = {
    "customers": "created_at",
    "addresses": "created_at",
    "consent_events": "at",
    "preferences": "updated_at",
    "wishes": "at",
    "interactions": "at",
    "steps": "at",
    "messages": "sent_at",
    "questions": "asked_at",
    "notices": "made_at",
    "vouchers": "created_at",
    "tracked_links": "created_at",
    "privacy_requests": "asked_at",
    "conversation_states": "updated_at",
    "team_members": "since",
    "shown_choices": "made_at",
    "link_codes": "made_at",
    "survey_responses": "began_at",
    "survey_answers": "at",
    "voices": "at",
}
"""Of each table the moment that a person would ask for; it is told by the shop's clock too."""
DATA, README = "data.json", "README.txt"
YEAR = 365
"""Days."""
OLDEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
PRIVATE_FILE = 0o600 << 16
BOM = "\ufeff"
Row = dict[str, Any]


def export(session: Session, customer: Customer, *, composer: Composer, shop: Shop, made_at: datetime) -> Row:
    """Everything on one customer, in plain types, in their language.

    ``about`` says what it is kept for and what they may ask for; then a part for every table, each row with all its
    columns and, where there is something to explain, more: a product's name, a segment's reasons, why a message came,
    the words that a yes was given to, the moment by the shop's clock.
    """
    language = customer.language or shop.language
    rows = privacy.export(session, customer)
    _explain(session, rows, composer, shop, language)
    parts: Row = {PARTS.get(table, table): found for table, found in rows.items()}
    return {
        "made_at": belongings.plain(made_at),
        "zone": shop.zone.key,
        "shop": shop.name,
        "about": _about(rows, composer, shop, language),
        **parts,
        "customer": parts["customer"][0],
    }


def about(session: Session, customer: Customer, *, composer: Composer, shop: Shop) -> Row:
    """What is kept of one customer, what for and for how long, who receives it, where it comes from, what they may
    ask for: what stands at the top of the document, without the rows themselves."""
    return _about(privacy.export(session, customer), composer, shop, customer.language or shop.language)


def zipped(document: Mapping[str, Any], *, composer: Composer) -> bytes:
    """The document as an archive: data.json, a CSV for each kind of record there is any of, README.txt.

    The CSVs are UTF-8 with a byte order mark, as RFC 4180 has it. Equal documents give equal bytes.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in _files(document, composer):
            entry = zipfile.ZipInfo(name, OLDEST_ZIP_DATE)
            entry.external_attr, entry.compress_type = PRIVATE_FILE, zipfile.ZIP_DEFLATED
            file.writestr(entry, text.encode())
    return archive.getvalue()


def as_json(document: Mapping[str, Any]) -> str:
    """The document as JSON that a person can read too."""
    return json.dumps(document, ensure_ascii=False, indent=2)


def _explain(session: Session, rows: Mapping[str, list[Row]], composer: Composer, shop: Shop, language: str) -> None:
    """Add to the rows, in place, what their numbers mean."""
    messages = [session.get_one(Message, row["id"]) for row in rows["messages"]]
    named = reasons.names(session, _products(rows, messages))
    for row in (each for table in ("interactions", "tracked_links") for each in rows[table]):
        row["product"] = named.get(row["product_id"])
    for row in rows["wishes"]:
        row["product"] = named.get(int(row["value"])) if row["about"] == About.PRODUCT else None
    for row in rows["recommendations"]:
        picks = insights.suggested(row["picks"])
        row["products"] = [named.get(each.product_id, "") for each in picks]
        row["why"] = [reasons.recommended(composer, language, each, named) for each in picks]
    asked = _asked(session, {row["wording_hash"] for row in rows["consent_events"]})
    for row in rows["consent_events"]:
        row["asked"] = asked.get(row["wording_hash"], "")
    for table, column in WHEN.items():
        for row in rows[table]:
            row["when"] = _when(row[column], shop.zone, language)
    audiences = _campaigns(session, messages)
    for row, message in zip(rows["messages"], messages, strict=True):
        campaign = audiences[message.campaign_id]
        row["offer"] = composer.shelf(language, "templates").get(campaign.template, campaign.template)
        row["why"] = reasons.because(
            composer, language, message, named, audience=campaign.audience, template=campaign.template
        )
    currency = insights.currency(session) or shop.currency
    for row in rows["memberships"]:
        numbers = [row["segment_id"], row["micro_id"]]
        segments = [session.get_one(Segment, number) for number in numbers if number is not None]
        row["segment"] = reasons.segment_name(composer, language, segments[-1].key)
        told = [each for segment in segments for each in segment.reasons]
        row["why"] = [reasons.segment(composer, language, each, currency) for each in told]


def _asked(session: Session, hashes: set[str]) -> dict[str, str]:
    """The words that were asked, by their hash; a STOP answers none."""
    wanted = select(ConsentWording.hash, ConsentWording.text).where(col(ConsentWording.hash).in_(hashes))
    return dict(session.exec(wanted).all())


def _when(moment: str | None, zone: ZoneInfo, language: str) -> str:
    """A moment in ISO 8601 as the shop's clock had it: "22 November 2026 15:54 WIB"; empty where there is none."""
    if not moment:
        return ""
    local = datetime.fromisoformat(moment).astimezone(zone)
    return f"{format_datetime(local, 'd MMMM y HH:mm', locale=language)} {local.tzname()}"


def _products(rows: Mapping[str, list[Row]], messages: Iterable[Message]) -> set[int]:
    found = {row["product_id"] for table in ("interactions", "tracked_links") for row in rows[table]}
    picks = [each for row in rows["recommendations"] for each in insights.suggested(row["picks"])]
    found |= {each.product_id for each in picks} | {each.reason_product_id for each in picks}
    found |= {int(row["value"]) for row in rows["wishes"] if row["about"] == About.PRODUCT}
    return {each for each in found if each is not None}.union(*(reasons.products_in(each) for each in messages))


def _campaigns(session: Session, messages: Iterable[Message]) -> dict[int, Campaign]:
    wanted = select(Campaign).where(col(Campaign.id).in_({each.campaign_id for each in messages}))
    return {campaign.id: campaign for campaign in session.exec(wanted)}


def _about(rows: Mapping[str, list[Row]], composer: Composer, shop: Shop, language: str) -> Row:
    """What the law wants told beside the data: GDPR 15(1), UU PDP 21."""

    def word(key: str, **values: str) -> str:
        return composer.word(language, "export", key, **values)

    contact = word("contact", contact=shop.contact) if shop.contact else word("ask", shop=shop.name)
    return {
        "title": word("title", shop=shop.name),
        "contact": contact,
        "parts": [_part(table, composer, shop, language) for table, found in rows.items() if found],
        "recipients": word("recipients").strip().splitlines(),
        "sources": _sources(rows, composer, language),
        "profiling": word("logic"),
        "rights": word("rights").strip().splitlines(),
    }


def _part(table: str, composer: Composer, shop: Shop, language: str) -> Row:
    """What a table holds, what for and how long, as its columns declare."""
    shelf = composer.shelf(language, "export")
    declared = dict(declarations())[table].values()
    return {
        "part": PARTS.get(table, table),
        "holds": _distinct(shelf["where" if each.what is What.CONTACT else each.what] for each in declared),
        "purposes": _distinct(shelf[each.why] for each in declared),
        "kept": _distinct(_kept(each.until, composer, shop, language) for each in declared),
    }


def _kept(until: Until, composer: Composer, shop: Shop, language: str) -> str:
    """How long, as the shop has set it; without a number where age alone ends nothing."""
    return composer.word(language, "export", until, span=span(composer, language, shop.kept_days.get(until, 0)))


def span(composer: Composer, language: str, days: int) -> str:
    """ "2 years", "90 days"; empty for none."""
    years = days // YEAR if days % YEAR == 0 else 0
    key = "days" if not years else "year" if years == 1 else "years"
    return composer.word(language, "spans", key, n=years or days) if days else ""


def _sources(rows: Mapping[str, list[Row]], composer: Composer, language: str) -> list[str]:
    named = [row["source"] for row in (*rows["customers"], *rows["identities"])]
    sources = _distinct([*named, *(row["origin"] for row in rows["addresses"])])
    own = {
        FROM_CHAT: composer.word(language, "export", "chat"),
        FROM_CONTACT: composer.word(language, "steering", "contact"),
    }
    return [own.get(each) or composer.word(language, "export", "import", source=each) for each in sources]


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _files(document: Mapping[str, Any], composer: Composer) -> Iterable[tuple[str, str]]:
    yield DATA, as_json(document)
    parts = []
    for part in sorted(PARTS.get(table, table) for table in belongings.ways()):
        found = document[part] if isinstance(document[part], list) else [document[part]]
        if found:
            parts.append(part)
            yield f"{part}.csv", as_csv(found)
    told = [_readme(document, parts, composer, language) for language in LANGUAGES]
    yield README, "\n\n--\n\n".join(["Mulai dari sini / Start here", *told]) + "\n"


def _readme(document: Mapping[str, Any], parts: Iterable[str], composer: Composer, language: str) -> str:
    """What the archive is and what is in it, by the shop's clock."""
    lines = "\n".join(f"- {part}.csv: {composer.word(language, 'export_parts', part)}" for part in parts)
    made_at = _when(document["made_at"], ZoneInfo(document["zone"]), language)
    values = {"shop": str(document["shop"]), "made_at": made_at, "files": Laid(lines)}
    return composer.word(language, "export", "readme", **values).strip()


def as_csv(rows: Sequence[Row]) -> str:
    """Rows that all have the keys of the first, as a table in which no spreadsheet computes anything."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(map(guarded, rows[0]))
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return BOM + text.getvalue()


def _cell(value: Any) -> Any:
    """A value as a spreadsheet may see it: texts that could be formulas are defused, numbers are not touched."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = "; ".join(value)
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return guarded(said)

"""What is kept about somebody: told in short, handed over whole, erased for good."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from sqlalchemy import func
from sqlmodel import col, select

from bot import downloads
from bot.talk import birthday, fairness, linking, own_page
from bot.talk.intents import Intent, Means
from bot.talk.turn import Turn
from campaigns import insights
from campaigns.channel import Document
from campaigns.choosing import reasons
from campaigns.launching.drafts import SURVEY
from campaigns.privacy import exporting, forgetting
from campaigns.tables import SENT_STATES, Campaign, Message, SurveyAnswer, SurveyResponse
from campaigns.words.composing import Laid, Reply
from ledger import privacy
from ledger.customers import FROM_CHAT, FROM_CONTACT
from ledger.declarations import Until
from ledger.tables import Address, Erasure, Identity, Interaction, Kind, Purpose, RequestKind

FORGET = "forget"
BY_THEMSELVES = "customer"
MOST_REASONS = 2


def summary(turn: Turn) -> dict[str, Any]:
    """What is kept of them, in their words."""
    return {**_who(turn), **_counts(turn), **_group(turn), **_keeping(turn)}


def my_data(turn: Turn) -> list[Reply]:
    """What, how much, since when, from where, who receives it, how long it is kept, which group and why."""
    note_given(turn, RequestKind.SUMMARY)
    return [turn.reply("mydata", **summary(turn), page=own_page.link(turn))]


def copy(turn: Turn) -> list[Reply]:
    """Everything, as a document in the chat or behind a link that expires."""
    is_document, has_link = turn.carries_documents, turn.shop.reaches_phones
    is_answered = is_document or has_link
    privacy.note_request(
        turn.session,
        RequestKind.COPY,
        turn.customer.id,
        turn.inbound.channel,
        BY_THEMSELVES,
        asked_at=turn.now,
        answered_at=turn.now if is_answered else None,
    )
    link = "" if is_document or not has_link else _link(turn)
    said = turn.reply("copy", is_document=is_document, link=Laid(link), until=_until(turn), contact=turn.shop.contact)
    return [Reply(said.text, said.buttons, archive(turn) if is_document else None)]


def ask_to_forget(turn: Turn) -> list[Reply]:
    turn.open_topic(FORGET)
    return [turn.reply("forget_ask", chats=linking.linked_chats(turn))]


def answer(turn: Turn, intent: Intent) -> list[Reply]:
    """Only a yes erases; what is no answer is asked about once more, and then everything is kept."""
    topic, means = turn.topic(), intent.answers(FORGET)
    turn.close_topic()
    if means not in (Means.YES, Means.NO) and not (topic and topic.data.get("is_again")):
        turn.open_topic(FORGET, is_again=True)
        return [turn.reply("forget_sure")]
    if means is not Means.YES:
        return [turn.reply("forget_kept")]
    # The words are found first: afterwards nobody knows which language they spoke.
    language = turn.language
    receipt = forget(turn, topic.updated_at if topic is not None else turn.now)
    rows = sum(receipt.erased.values())
    return [turn.composer.reply("forgotten", language, shop=turn.shop.name, rows=rows, number=receipt.number)]


def forget(turn: Turn, asked_at: datetime) -> Erasure:
    """Erase all of it, and the receipt."""
    return forgetting.forget(
        turn.session,
        turn.customer,
        zone=turn.shop.zone,
        by=BY_THEMSELVES,
        at=turn.now,
        channel=turn.inbound.channel,
        asked_at=asked_at,
    )


def note_given(turn: Turn, kind: RequestKind) -> None:
    """They asked for it and have it."""
    privacy.note_request(
        turn.session,
        kind,
        turn.customer.id,
        turn.inbound.channel,
        BY_THEMSELVES,
        asked_at=turn.now,
        answered_at=turn.now,
    )


def archive(turn: Turn) -> Document:
    """Everything, made at this moment."""
    told = exporting.export(turn.session, turn.customer, composer=turn.composer, shop=turn.shop, made_at=turn.now)
    return Document(archive_name(turn.customer.id), exporting.zipped(told, composer=turn.composer), "application/zip")


def archive_name(customer_id: int) -> str:
    """What the file is called: it may lie in a downloads folder that others see, so it names nobody."""
    return f"data-{customer_id}.zip"


def _link(turn: Turn) -> str:
    return downloads.link(turn.session, turn.shop.public_url, turn.customer.id, turn.now)


def _until(turn: Turn) -> str:
    ends = (turn.now + downloads.LIFETIME).astimezone(turn.shop.zone)
    return format_datetime(ends, f"d MMMM {turn.word('recurrence', 'clock')}", locale=turn.language)


def _who(turn: Turn) -> dict[str, Any]:
    session, customer = turn.session, turn.customer
    places = session.exec(select(Address).where(Address.customer_id == customer.id)).all()
    stores = session.exec(select(Identity.source).where(Identity.customer_id == customer.id)).all()
    words = {FROM_CHAT: "chat", FROM_CONTACT: "contact"}
    sources = dict.fromkeys([customer.source, *(each.origin for each in places), *stores])
    return {
        "name": customer.name,
        "birthday": birthday.kept(turn),
        "fairness": fairness.kept(turn),
        "chats": sorted({turn.word("channels", each.channel) for each in places}),
        "since": turn.day(customer.created_at),
        "sources": list(dict.fromkeys(turn.word("steering", words.get(each, "import")) for each in sources)),
    }


def _counts(turn: Turn) -> dict[str, Any]:
    mine = Interaction.customer_id == turn.customer.id
    rows = turn.session.exec(
        select(Interaction.kind, func.count(), func.min(Interaction.at)).where(mine).group_by(Interaction.kind)
    ).all()
    counts = Counter({kind: n for kind, n, _ in rows})
    first = {kind: at for kind, _, at in rows}.get(Kind.PURCHASE)
    sent = (
        select(func.count())
        .select_from(Message)
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(
            turn.is_theirs(Message.customer_id),
            col(Message.state).in_(SENT_STATES),
            Campaign.template != SURVEY,
        )
    )
    told = (
        select(func.count())
        .select_from(SurveyAnswer)
        .join(SurveyResponse, col(SurveyResponse.id) == col(SurveyAnswer.response_id))
        .where(turn.is_theirs(SurveyResponse.customer_id))
    )
    return {
        "purchases": counts[Kind.PURCHASE],
        "first_purchase": turn.day(first) if first is not None else "",
        "messages": counts[Kind.MESSAGE_IN] + counts[Kind.MESSAGE_OUT],
        "offers": turn.session.exec(sent).one(),
        "answers": turn.session.exec(told).one(),
    }


def _group(turn: Turn) -> dict[str, Any]:
    segment = insights.segment_of(turn.session, turn.customer.id)
    allowed = turn.standing.allows(Purpose.PROFILING)
    if segment is None:
        return {"segment": "", "why": "", "profiling": allowed}
    currency = insights.currency(turn.session) or turn.shop.currency
    told = [reasons.segment(turn.composer, turn.language, each, currency) for each in segment.reasons[:MOST_REASONS]]
    name = reasons.segment_name(turn.composer, turn.language, segment.key)
    return {"segment": name, "why": Laid("; ".join(told)), "profiling": allowed}


def _keeping(turn: Turn) -> dict[str, Any]:
    kept = turn.shop.kept_days
    return {
        "recipients": [turn.word("carriers", each) for each in sorted({*turn.channels, turn.inbound.channel})],
        "messages_kept": exporting.span(turn.composer, turn.language, kept.get(Until.MESSAGES, 0)),
        "kept_inactive": exporting.span(turn.composer, turn.language, kept.get(Until.ERASED, 0)),
    }

"""A survey's results in words: who answered, and each question with its n and what it may be between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.talk.desk.survey_words import left_out
from bot.talk.replies import Teller
from campaigns.outcomes.charts import Bar, Chart, Look
from campaigns.surveys.figures import LEAST, Estimate
from campaigns.surveys.questionnaires import LOYALTY, Asks
from campaigns.surveys.results import Item, Measured, Results
from campaigns.words.composing import Laid, Reply


def told(teller: Teller, found: Results, *, spared: int = 0, is_chat: bool = True) -> Reply:
    """All of it, with a picture where there is something to draw."""
    rate = found.response_rate
    reply = teller.say(
        "survey_results",
        number=found.survey,
        name=teller.word("survey_kinds", found.kind),
        state=teller.word("survey_states", found.state),
        is_open=found.state not in ("closed", "draft"),
        asked=found.asked,
        waiting=found.waiting,
        done=found.done,
        under_way=found.under_way,
        declined=found.declined,
        silent=found.silent,
        rate=_percents(teller, rate) if rate else "",
        left_out=left_out(teller, dict(found.left_out)),
        items=[Laid(_item(teller, each)) for each in found.items],
        measured=[Laid(_measured(teller, each)) for each in found.measured],
        is_too_few=found.answered < LEAST,
        least=LEAST,
        spared=spared,
        can_be_analysed=found.kind == LOYALTY and found.answered >= LEAST,
        is_chat=is_chat,
    )
    chart = picture(teller, found)
    return Reply(reply.text, reply.buttons, chart=chart) if chart is not None else reply


def picture(teller: Teller, found: Results) -> Chart | None:
    """The means with their intervals, or how many gave each value of the one question; None of too few."""
    bars = [_bar(teller, teller.word("survey_constructs", each.construct), each.estimate) for each in found.measured]
    if not bars:
        counted = next((each for each in found.items if each.distribution), None)
        if counted is None:
            return None
        bars = [Bar(str(value), n, teller.number(n)) for value, n in counted.distribution.items()]
        title, n = counted.question.in_words(teller.language), counted.n
    else:
        title, n = teller.word("survey_kinds", found.kind), max(each.estimate.n for each in found.measured)
    return Chart(Look.BARS, title, tuple(bars), teller.word("surveys", "chart_note", n=n))


def _bar(teller: Teller, label: str, estimate: Estimate) -> Bar:
    return Bar(label, estimate.value, _span(teller, estimate), estimate.low, estimate.high)


def _item(teller: Teller, item: Item) -> str:
    """ "PM1 …: 4,1 (3,9–4,3; n 25)"; of words the themes with what was written."""
    words = item.question.in_words(teller.language)
    skipped = teller.word("surveys", "skipped", n=item.skipped) if item.skipped else ""
    if item.question.range is None:
        return "\n".join(
            [f"• {words} {teller.word('surveys', 'n_words', n=item.n)}{skipped}", *_themes(teller, item)]
        )
    if item.estimate is None:
        return f"• {words} {teller.word('surveys', 'too_few', n=item.n, least=LEAST)}{skipped}"
    told = _percents(teller, item.estimate) if item.question.asks is Asks.YES_NO else _span(teller, item.estimate)
    if item.question.asks is Asks.LIKELY:
        told = teller.word("surveys", "nps", score=_signed(teller, item, item.estimate), **_thirds(teller, item))
    if item.content is not None:
        told = f"{told}; {teller.word('surveys', 'content', share=_percents(teller, item.content))}"
    return f"• {words} {told}{skipped}"


def _signed(teller: Teller, item: Item, estimate: Estimate) -> str:
    low, high = (teller.signed(round(each or 0)) for each in (estimate.low, estimate.high))
    return teller.word("surveys", "span", value=teller.signed(round(estimate.value)), low=low, high=high, n=item.n)


def _thirds(teller: Teller, item: Item) -> dict[str, str]:
    """The shares of those who promote, are passive, and do not."""
    counts = item.distribution
    shares = {
        "promoters": sum(n for value, n in counts.items() if value >= 9),
        "passives": sum(n for value, n in counts.items() if value in (7, 8)),
        "detractors": sum(n for value, n in counts.items() if value <= 6),
    }
    return {name: f"{teller.number(100 * n / item.n)}%" for name, n in shares.items()}


def _measured(teller: Teller, each: Measured) -> str:
    return f"• {teller.word('survey_constructs', each.construct)}: {_span(teller, each.estimate)}"


def _themes(teller: Teller, item: Item) -> Sequence[str]:
    told: list[str] = []
    for each in item.themes:
        name = teller.word("survey_themes", each.key) if each.key else f"“{each.words}”" if each.words else ""
        told += [teller.word("surveys", "theme", name=name, n=each.n, of=item.n)] if name else []
        told += [f"  “{quote}”" for quote in each.quotes]
    return told


def _span(teller: Teller, estimate: Estimate) -> str:
    if estimate.low == estimate.high:
        return teller.word("surveys", "all_alike", value=teller.number(estimate.value, 1), n=estimate.n)
    values: dict[str, Any] = {
        "value": teller.number(estimate.value, 1),
        "low": teller.number(estimate.low or 0, 1),
        "high": teller.number(estimate.high or 0, 1),
        "n": estimate.n,
    }
    return teller.word("surveys", "span", **values)


def _percents(teller: Teller, estimate: Estimate) -> str:
    value, low, high = (
        f"{teller.number(100 * (each or 0))}%" for each in (estimate.value, estimate.low, estimate.high)
    )
    return teller.word("surveys", "span", value=value, low=low, high=high, n=estimate.n)

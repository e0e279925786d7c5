"""A draft written as a line, in the words of the grammar that reads it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.talk.desk.lines.names import BUNDLE, GOAL_TRIGGERS, Known
from bot.talk.desk.lines.texts import quote
from campaigns.launching.drafts import Allocation, Draft, Trigger, Variant, When
from campaigns.launching.recurring import Every, Recurrence

SAID: Mapping[str, Mapping[str, str]] = {
    "id": {
        "to": "ke",
        "products": "produk",
        "no_discount": "tanpa diskon",
        "discount": "diskon",
        "or": "atau",
        "shares": "bagi",
        "bandit": "cari yang terbaik",
        "no_holdout": "tanpa pembanding",
        "holdout": "tahan",
        "budget": "anggaran",
        "now": "sekarang",
        "at": "jam",
        "later": "{minutes} menit lagi",
        "best_hour": "jam terbaik",
        "day": "tiap hari",
        "week": "tiap hari",
        "month": "tiap tanggal",
        Trigger.VIEWED: "lihat tapi tidak beli",
        Trigger.CART: "keranjang ditinggal",
        Trigger.FIRST_PURCHASE: "pembelian pertama",
        Trigger.REPLENISHMENT: "waktunya beli lagi",
        Trigger.QUIET: "lama diam",
        Trigger.BIRTHDAY: "ulang tahun",
    },
    "en": {
        "to": "to",
        "products": "products",
        "no_discount": "no discount",
        "discount": "",
        "or": "or",
        "shares": "split",
        "bandit": "pick the winner",
        "no_holdout": "no holdout",
        "holdout": "hold",
        "budget": "budget",
        "now": "now",
        "at": "",
        "later": "in {minutes} minutes",
        "best_hour": "at their best hour",
        "day": "every day",
        "week": "every",
        "month": "every month on the",
        Trigger.VIEWED: "viewed but did not buy",
        Trigger.CART: "left a cart",
        Trigger.FIRST_PURCHASE: "first purchase",
        Trigger.REPLENISHMENT: "due to buy again",
        Trigger.QUIET: "gone quiet",
        Trigger.BIRTHDAY: "birthday",
    },
}
WEEKDAYS = {
    "id": ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def spell(draft: Draft, known: Known) -> str:
    """A draft as a line that reads as that draft again.

    It holds for what a line can say: moments to the minute, ahead and within a year; variants in the order of their
    letters, whole percents; texts only with the goal of own words; names that ``known`` has. A birthday offer has no
    other time than the birthday.
    """
    said = SAID.get(known.language, SAID["en"])
    pieces = [piece for piece in _pieces(draft, known, said) if piece]
    opening = " ".join(pieces[:2]) if draft.template and draft.audience else "".join(pieces[:1])
    rest = pieces[2:] if draft.template and draft.audience else pieces[1:]
    line = ", ".join([opening, *rest]) if opening else ""
    texts = _texts(draft)
    return f"{line}: {quote(texts, said['or'])}" if texts else line


def _pieces(draft: Draft, known: Known, said: Mapping[str, str]) -> Iterator[str]:
    number = _bundle_number(draft, known)
    if draft.template:
        goal = _name(known.templates, draft.template)
        yield f"{goal} {number}" if number else goal
    if draft.audience:
        yield f"{said['to']} {_quoted(_name(known.audiences, draft.audience))}"
    if draft.product_ids and not number:
        yield f"{said['products']} {'+'.join(map(str, draft.product_ids))}"
    yield from _variants(draft, said)
    if draft.holdout_percent is not None:
        yield f"{said['holdout']} {draft.holdout_percent}%" if draft.holdout_percent else said["no_holdout"]
    if draft.budget is not None:
        yield f"{said['budget']} {draft.budget:f}"
    if draft.when:
        yield from _when(
            draft.when, known, said, is_said=GOAL_TRIGGERS.get(draft.template or "") is draft.when.trigger
        )


def _name(names: Mapping[str, str], key: str) -> str:
    return next((name for name, meant in names.items() if meant == key), key)


def _quoted(name: str) -> str:
    return name if name.isalpha() else f'"{name}"'


def _bundle_number(draft: Draft, known: Known) -> int | None:
    if draft.template != BUNDLE or not draft.product_ids:
        return None
    bundles = [tuple(each) for each in known.bundles]
    return bundles.index(draft.product_ids) + 1 if draft.product_ids in bundles else None


def _variants(draft: Draft, said: Mapping[str, str]) -> Iterator[str]:
    variants = draft.variants
    if variants and not (_texts_vary(variants) and not any(each.discount_percent for each in variants)):
        percents = [each.discount_percent for each in variants]
        if _texts_vary(variants):
            percents = percents[:1]
        yield _discounts(percents, said)
    if any(each.share != 1 / len(variants) for each in variants):
        yield f"{said['shares']} {':'.join(_percent(each.share) for each in variants)}"
    if draft.allocation is Allocation.BANDIT:
        yield said["bandit"]


def _discounts(percents: list[int], said: Mapping[str, str]) -> str:
    listed = [f"{each}%" if each else said["no_discount"] for each in percents]
    spoken = f" {said['or']} ".join(listed)
    return f"{said['discount']} {spoken}".strip() if percents[0] else spoken


def _percent(share: float) -> str:
    """A share in percent, to its last digit."""
    percent = f"{Decimal(repr(share)).scaleb(2):f}"
    return percent.rstrip("0").rstrip(".") if "." in percent else percent


def _texts_vary(variants: tuple[Variant, ...]) -> bool:
    return any(each.text is not None for each in variants)


def _texts(draft: Draft) -> list[str]:
    if draft.text is not None:
        return [draft.text]
    return [each.text for each in draft.variants if each.text is not None]


def _when(when: When, known: Known, said: Mapping[str, str], *, is_said: bool) -> Iterator[str]:
    """``is_said``: the goal's name tells the trigger already."""
    if when.is_now:
        yield said["now"]
    if when.at:
        yield _moment(when.at, known, said)
    if when.repeats:
        yield _again(when.repeats, known, said)
    if when.trigger and not is_said:
        yield said[when.trigger]
    if when.at_best_hour:
        yield said["best_hour"]


def _moment(at: datetime, known: Known, said: Mapping[str, str]) -> str:
    """The day with its weekday, so that a slip is seen. The second of two like hours is told by how far off it is."""
    language = known.language if known.language in WEEKDAYS else "en"
    local = at.astimezone(known.zone)
    if local.replace(tzinfo=None, fold=0).replace(tzinfo=known.zone).astimezone(UTC) != at:
        minutes = (at - known.now.astimezone(UTC).replace(second=0, microsecond=0)) // timedelta(minutes=1)
        return said["later"].format(minutes=minutes)
    year = f" {local.year}" if local.year != known.now.astimezone(known.zone).year else ""
    day = f"{WEEKDAYS[language][local.weekday()]} {local.day} {MONTHS[language][local.month - 1]}{year}"
    return f"{day} {said['at']} {local:%H:%M}".replace("  ", " ")


def _again(again: Recurrence, known: Known, said: Mapping[str, str]) -> str:
    language = known.language if known.language in WEEKDAYS else "en"
    clock = f"{said['at']} {again.at:%H:%M}".strip()
    if again.every is Every.WEEK:
        days = ", ".join(WEEKDAYS[language][day] for day in again.weekdays)
        return f"{said['week']} {days} {clock}"
    if again.every is Every.MONTH:
        return f"{said['month']} {_nth(again.day or 1, language)} {clock}"
    return f"{said['day']} {clock}"


def _nth(day: int, language: str) -> str:
    if language == "id":
        return str(day)
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"

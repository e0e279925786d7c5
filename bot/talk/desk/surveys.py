"""/survey: what can be asked and what was; a survey looked at, approved, watched and closed, by who may."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.talk.desk import confirming, survey_analysis
from bot.talk.desk.command import Command
from bot.talk.desk.knowing import known
from bot.talk.desk.survey_telling import told
from bot.talk.desk.survey_words import launched, listed, previewed
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.choosing.audiences import PARTLY
from campaigns.launching.drafts import SURVEY
from campaigns.problems import BadDraft, Problem, UnknownAudience
from campaigns.surveys import planning, questionnaires, results
from campaigns.surveys.questionnaires import OWN, Questionnaire
from campaigns.tables import Status, Survey
from campaigns.words.composing import Composer, Reply
from ledger.notices import RANK
from ledger.tables import Role

NUMBER = re.compile(r"#?\s*([0-9]{1,9})")
ANALYSED = re.compile(r"#?\s*([0-9]{1,9})\s+(?:analysis|analisis|analyse|analyze|analisa)", re.IGNORECASE)
CLOSING = re.compile(r"(?:close|tutup|akhiri|end)\s+#?\s*([0-9]{1,9})", re.IGNORECASE)
TO = re.compile(r"\s+(?:to|for|kepada|untuk|ke|buat)\s+", re.IGNORECASE)
CALLED = {
    "loyalty": "loyalty", "loyalitas": "loyalty", "kesetiaan": "loyalty", "setia": "loyalty",
    "nps": "nps", "rekomendasi": "nps", "recommend": "nps",
    "csat": "csat", "kepuasan": "csat", "puas": "csat", "satisfaction": "csat",
    "own": OWN, "sendiri": OWN, "bebas": OWN, "free": OWN,
}  # fmt: skip
"""What a questionnaire goes by."""


def answer(turn: Turn, teller: Teller, said: str) -> list[Reply]:
    """What follows /survey: nothing, a survey's number, "close 3", or what to ask and whom."""
    number, closing = NUMBER.fullmatch(said.strip()), CLOSING.fullmatch(said.strip())
    if not said.strip():
        return [listed(turn.session, teller, turn.now)]
    if closing is not None:
        _require_manager(turn, teller)
        survey = planning.find(turn.session, int(closing[1]))
        spared = planning.close(turn.session, survey, by=turn.actor, now=turn.now)
        return [told(teller, results.results(turn.session, survey, turn.now), spared=spared)]
    if number is not None:
        return _one(turn, teller, planning.find(turn.session, int(number[1])))
    if analysed := ANALYSED.fullmatch(said.strip()):
        survey = planning.find(turn.session, int(analysed[1]))
        return [survey_analysis.of_survey(turn.session, teller, survey)]
    _require_manager(turn, teller)
    there = known(turn.session, turn.composer, turn.shop, turn.language, turn.now)
    asked, audience = read(turn.composer, said, there.audiences)
    survey = planning.draft(turn.session, asked, audience, shop=turn.shop, by=turn.actor, now=turn.now)
    return _show(turn, teller, survey)


def read(composer: Composer, said: str, audiences: Mapping[str, str]) -> tuple[Questionnaire, str | None]:
    """ "loyalty", "nps to loyal customers", "own How was it? 1-5 | Anything else?": what is asked, and whom.

    Raises BadDraft, UnknownAudience.
    """
    first, _, rest = said.strip().partition(" ") if "\n" not in said.partition(" ")[0] else said.partition("\n")
    kind = CALLED.get(first.casefold().rstrip(":"))
    if kind is None:
        raise BadDraft("unknown_survey", name=first, known=", ".join(questionnaires.KINDS))
    if kind == OWN:
        return _own(rest, audiences)
    whom = TO.sub("", f" {rest.strip()}", count=1).strip() if rest.strip() else ""
    return questionnaires.ready(composer, kind), audience_of(whom, audiences) if whom else None


def _own(rest: str, audiences: Mapping[str, str]) -> tuple[Questionnaire, str | None]:
    """Whom comes first, with a colon behind: "own to loyal customers: How was it?"."""
    begins = TO.match(f" {rest}")
    if begins is None or ":" not in rest:
        return questionnaires.own(rest.strip().removeprefix(":")), None
    whom, _, questions = f" {rest}"[begins.end() :].partition(":")
    return questionnaires.own(questions), audience_of(whom.strip(), audiences)


def audience_of(name: str, audiences: Mapping[str, str]) -> str:
    """The key of a group by one of its names. Raises UnknownAudience."""
    found = audiences.get(name.strip("“”\"' ").casefold())
    if found is None or found == PARTLY:
        raise UnknownAudience("unknown_audience", name=name, known=", ".join(sorted(set(audiences.values()))))
    return found


def _one(turn: Turn, teller: Teller, survey: Survey) -> list[Reply]:
    if planning.campaign_of(turn.session, survey).status == Status.DRAFT and _is_manager(turn):
        return _show(turn, teller, survey)
    return [told(teller, results.results(turn.session, survey, turn.now))]


def _show(turn: Turn, teller: Teller, survey: Survey) -> list[Reply]:
    """The preview, and the question whether it shall go out; without anybody to ask there is none."""
    shown = planning.preview(turn.session, survey, turn.channels, turn.shop, turn.now)
    reply = previewed(turn.session, teller, survey, shown)
    return confirming.ask(turn, SURVEY, reply, survey=survey.id) if shown.reached.chosen else [reply]


@confirming.deed(SURVEY, Role.MANAGER)
def _approved(turn: Turn, teller: Teller, data: dict[str, int]) -> list[Reply]:
    survey = planning.find(turn.session, data["survey"])
    plan = planning.approve(turn.session, survey, turn.channels, turn.shop, by=turn.actor, now=turn.now)
    return [launched(teller, survey, plan)]


def _is_manager(turn: Turn) -> bool:
    return RANK[turn.role or Role.STAFF] >= RANK[Role.MANAGER]


def _require_manager(turn: Turn, teller: Teller) -> None:
    """Raises Problem: who helps out may look at surveys; whom to ask what is for who runs the shop."""
    if not _is_manager(turn):
        raise Problem("survey_not_yours", role=teller.word("role_or_more", Role.MANAGER))


COMMANDS = {"survey": Command(Role.STAFF, answer, also=("survei",))}

"""The invitation to a survey: how many questions, how long it takes, that nobody has to, and what it is for."""

from __future__ import annotations

from campaigns.choosing.audiences import Candidate
from campaigns.shop import Shop
from campaigns.surveys import questionnaires
from campaigns.tables import ApprovedContent, Survey
from campaigns.words import frames
from campaigns.words.composing import Composer, Reply, clean
from campaigns.words.filling import first_name


def in_free_words(survey: Survey, candidate: Candidate, shop: Shop, composer: Composer) -> Reply:
    """As it stands in replies/<language>/survey_invitation.j2, with its buttons."""
    return anybodys(survey, shop, composer, candidate.language, first_name(candidate.name))


def anybodys(survey: Survey, shop: Shop, composer: Composer, language: str, name: str = "") -> Reply:
    """The same to somebody of that name, or of none."""
    asked = questionnaires.of(survey)
    return composer.reply(
        "survey_invitation",
        language,
        shop=shop.name,
        name=name,
        n=len(asked),
        minutes=questionnaires.minutes(asked),
        days=survey.lapse_days,
    )


def in_approved_words(
    survey: Survey, candidate: Candidate, shop: Shop, composer: Composer, approved: ApprovedContent
) -> tuple[str, dict[str, str]]:
    """How it reads in words that WhatsApp approved, and what fills their places, "1" and so on."""
    asked, language = questionnaires.of(survey), candidate.language
    name = frames.one_line(clean(first_name(candidate.name))[: frames.LONGEST["name"]])
    said = {
        "name": composer.word(language, "approved_places", "name", name=name) if name else "",
        "shop": frames.one_line(clean(shop.name)),
        "n": str(len(asked)),
        "minutes": str(questionnaires.minutes(asked)),
    }
    empty = composer.shelf(language, "approved_empty")
    variables = {str(n): said[place] or empty[place] for n, place in enumerate(approved.places, 1)}
    return frames.filled(approved.body, variables), variables


def said(
    survey: Survey, candidate: Candidate, shop: Shop, composer: Composer, approved: ApprovedContent | None
) -> str:
    """How the invitation reads to somebody, for a preview."""
    if approved is None:
        return in_free_words(survey, candidate, shop, composer).text
    return in_approved_words(survey, candidate, shop, composer, approved)[0]

"""From the pieces of a line to a draft, subject by subject, each laid over what the draft said before. Pure.

A subject that is at fault leaves the draft as it was; what it could be instead is kept beside it, to be offered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.talk.desk.lines import moments
from bot.talk.desk.lines.aims import goal
from bot.talk.desk.lines.dealing import offer
from bot.talk.desk.lines.names import EXCEPTION, Known
from bot.talk.desk.lines.offers import RANGE, WHOLE_PERCENT
from bot.talk.desk.lines.pieces import Absent, Audience, Budget, Hold, OnDate, Piece, Triggered, Trouble
from bot.talk.desk.lines.saying import Saying, Step
from bot.talk.desk.lines.spending import FAULT
from campaigns.launching.drafts import LARGEST_HOLDOUT, Draft, Trigger, When

ABSENT = "no_such_segment"
BIRTHDAY, REPLENISHMENT = "birthday", "replenishment"
NOT_OF_TIME = frozenset({WHOLE_PERCENT, RANGE, EXCEPTION, FAULT})
RHYTHMS = frozenset({"which_rhythm", "which_weekday", "which_monthday"})
"""What comes round again, nobody knows how: an hour that is left of it is no moment to propose."""


@dataclass(frozen=True)
class Laid:
    """``instead`` is the draft with what comes nearest to each fault."""

    draft: Draft
    instead: Draft
    faults: tuple[str, ...]


def lay(saying: Saying, known: Known, onto: Draft) -> Laid:
    """Subject by subject: what for, to whom, with which offer, kept from how many, for how much, when."""
    draft = instead = onto
    faults: list[str] = []
    for subject in (goal, _audience, offer, _holdout, _budget, _when):
        step = subject(saying, known, onto, instead)
        instead = replace(instead, **step.changes)
        draft = draft if step.faults else replace(draft, **step.changes)
        faults += [each for each in step.faults if each not in faults]
    return Laid(draft, instead, tuple(faults))


def _audience(saying: Saying, _known: Known, onto: Draft, _instead: Draft) -> Step:
    """An exception is never dropped: whoever it leaves out would be written to. Nor is a group that is not there."""
    keys = [each.key for each in saying.all(Audience)]
    if Trouble(EXCEPTION) in saying.pieces:
        return Step({"audience": None}, (EXCEPTION,))
    if saying.all(Absent):
        return Step({"audience": None}, (ABSENT,))
    return Step({"audience": keys[0] if keys else onto.audience}, ("two_audiences",) if len(keys) > 1 else ())


def _holdout(saying: Saying, _known: Known, onto: Draft, _instead: Draft) -> Step:
    said = [each.percent for each in saying.all(Hold)]
    largest = round(LARGEST_HOLDOUT * 100)
    if any(each > largest for each in said):
        return Step({}, ("holdout",))
    return Step(
        {"holdout_percent": said[0] if said else onto.holdout_percent}, ("two_holdouts",) if len(said) > 1 else ()
    )


def _budget(saying: Saying, _known: Known, onto: Draft, _instead: Draft) -> Step:
    if Trouble(FAULT) in saying.pieces:
        return Step({}, (FAULT,))
    said = [each.amount for each in saying.all(Budget)]
    return Step({"budget": said[0] if said else onto.budget}, ("two_budgets",) if len(said) > 1 else ())


def _when(saying: Saying, known: Known, onto: Draft, instead: Draft) -> Step:
    """A birthday's offer goes on the birthday: a time beside it would send it to everybody at once."""
    pieces = _time_pieces(saying, instead)
    settled = moments.settle(pieces, known.now, known.zone, onto.when)
    faults = list(settled.faults)
    if known.language == "en" and any(each.is_unclear for each in saying.all(OnDate)):
        faults.append("month_in_words")
    when = onto.when if RHYTHMS & set(faults) else settled.when or onto.when
    if instead.template == BIRTHDAY and when is not None and when.trigger is not Trigger.BIRTHDAY:
        when = When(trigger=Trigger.BIRTHDAY, at_best_hour=when.at_best_hour)
        faults += ["trigger_has_no_time"] if settled.when and "trigger_has_no_time" not in faults else []
    return Step({"when": when}, tuple(faults))


def _time_pieces(saying: Saying, instead: Draft) -> list[Piece]:
    """Without "replenishment" where it only names the goal, because a time or another trigger is said as well."""
    pieces = [each for each in saying.pieces if not isinstance(each, Trouble) or each.fault not in NOT_OF_TIME]
    rest = [each for each in pieces if each != Triggered(Trigger.REPLENISHMENT)]
    is_told = moments.tells(rest) or any(isinstance(each, Triggered) for each in rest)
    return rest if instead.template == REPLENISHMENT and is_told else pieces

"""What goes with what in a survey, in words and as a picture: the same in chat and on the command line.

The words claim no more than the answers bear: things go together, or it cannot be told; none brings another about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from babel.numbers import format_decimal, format_percent
from sqlmodel import Session

from bot.talk.replies import Teller
from campaigns.outcomes.charts import Arrow, Circle, PathChart
from campaigns.problems import Problem
from campaigns.surveys.analysis import (
    Analysis,
    Caution,
    Chain,
    Kept,
    Link,
    Measured,
    Reliability,
    Span,
    Verdict,
    items_of,
    kept,
)
from campaigns.surveys.answers import people
from campaigns.tables import Survey
from campaigns.words.composing import Laid, Reply

MOST_CAUTIONS, MOST_STEPS, MOST_CHAINS = 5, 3, 4
SIGNED = "#,##0.00;−#,##0.00"
NUMBERS = {"loading": 2, "htmt": 2, "vif": 1}


def analysed(
    teller: Teller, what: str, kept: Kept | None, *, number: int, newer: int = 0, has_model: bool = True
) -> Reply:
    """The shop's own survey ``number``, called ``what``, as the run in use has it; ``newer`` answers came since."""
    if not has_model:
        return _empty(teller, "no_model", what, number)
    if kept is None:
        return _empty(teller, "none", what, number)
    if kept.analysis is None:
        why = kept.hindrance or Caution("survey_few_answers", {})
        return _empty(teller, "hindered", what, number, Laid(teller.sentence(Problem(why.key, **why.values))), newer)
    return told(teller, what, kept.analysis, teller.moment(kept.at), newer)


def of_survey(session: Session, teller: Teller, survey: Survey) -> Reply:
    """The shop's own survey, as the run in use has it."""
    found = kept(session, survey.id)
    seen = found.analysis.seen if found is not None and found.analysis is not None else None
    newer = max(people(session, survey.id) - seen, 0) if seen is not None else 0
    what = teller.word("survey_picture", "one", number=survey.id)
    has_model = items_of(survey) is not None
    return analysed(teller, what, found, number=survey.id, newer=newer, has_model=has_model)


def told(teller: Teller, what: str, found: Analysis, when: str = "", newer: int = 0) -> Reply:
    """Anybody's survey: sentences, and the picture."""
    say = _Saying(teller, found)
    said = teller.say(
        "survey_analysis",
        kind="found",
        what=what,
        number=0,
        why="",
        when=when,
        n=teller.number(found.n),
        seen=teller.number(found.seen),
        newer=teller.number(newer) if newer else "",
        links=_whole(say.link(each) for each in found.links),
        chains=_whole(say.chain(each) for each in say.chains()),
        explained=_whole(say.explained()),
        many=any(len([a for a in found.links if a.target == each.target]) > 1 for each in found.links),
        measured=_whole(say.measured(each) for each in found.constructs),
        cautions=_whole(say.caution(each) for each in say.cautions()),
        steps=_whole(say.steps()),
    )
    return replace(said, chart=picture(teller, found))


def picture(teller: Teller, found: Analysis) -> PathChart:
    """Circles with what is known of them, arrows with their coefficients and intervals."""
    say = _Saying(teller, found)
    place = {each.name: n for n, each in enumerate(found.constructs)}
    arrows = (
        Arrow(
            place[each.source],
            place[each.target],
            say.figure(each.path.value),
            say.between(each.path),
            abs(each.path.value or 0.0),
            each.verdict is Verdict.TOLD,
        )
        for each in found.links
    )
    return PathChart(
        teller.word("survey_picture", "title"),
        tuple(Circle(say.name(each.name), tuple(say.inside(each))) for each in found.constructs),
        tuple(arrows),
        teller.word("survey_picture", "note", n=teller.number(found.n)),
    )


def _empty(teller: Teller, kind: str, what: str, number: int, why: str = "", newer: int = 0) -> Reply:
    lists = dict.fromkeys(("links", "chains", "explained", "measured", "cautions", "steps"), ())
    since = teller.number(newer) if newer else ""
    values = {"when": "", "n": "", "seen": "", "many": False, **lists}
    return teller.say("survey_analysis", kind=kind, what=what, number=number, why=why, newer=since, **values)


class _Saying:
    """Puts the parts of one analysis into one language."""

    def __init__(self, teller: Teller, found: Analysis) -> None:
        self.teller, self.found = teller, found

    def link(self, each: Link) -> str:
        said = self.teller.word("survey_links", self._key(each.path, each.verdict, (each.source, each.target)), **{
            "source": self.name(each.source), "target": self.name(each.target), "needed": self.count(each.needed),
            "name": self._unsound(each.source, each.target), **self.span(each.path),
        })  # fmt: skip
        return _begun(said)

    def chain(self, each: Chain) -> str:
        first, *middle, last = (self.name(name) for name in each.through)
        said = self.teller.word("survey_chains", self._key(each.effect, each.verdict, each.through), **{
            "source": first, "middle": " → ".join(middle), "target": last,
            "name": self._unsound(*each.through), **self.span(each.effect),
        })  # fmt: skip
        return _begun(said)

    def _key(self, span: Span, verdict: Verdict, names: Sequence[str]) -> str:
        if span.low is None:
            return "no_interval"
        if verdict is Verdict.TOLD:
            return "told_up" if (span.value or 0) > 0 else "told_down"
        return "unsound" if self._unsound(*names) else verdict.value

    def _unsound(self, *names: str) -> str:
        """The first of these whose questions do not measure one thing."""
        poor = (name for name in names if self.found.construct(name).reliability is Reliability.POOR)
        return self.name(next(poor, ""))

    def chains(self) -> list[Chain]:
        """Those that are told, or made of links that are: of the others nothing is said that was not said before."""
        told = {(each.source, each.target) for each in self.found.links if each.verdict is Verdict.TOLD}
        shown = (
            each
            for each in self.found.chains
            if each.verdict is Verdict.TOLD or told.issuperset(pairwise(each.through))
        )
        return list(islice(shown, MOST_CHAINS))

    def explained(self) -> Iterator[str]:
        """Where an arrow is told: chance alone explains something, too."""
        told = {each.target for each in self.found.links if each.verdict is Verdict.TOLD}
        for each in self.found.constructs:
            if each.name in told and each.r2 is not None and each.r2.value is not None:
                shares = {"share": each.r2.value, "low": each.r2.low, "high": each.r2.high}
                said = {name: self.percent(value) for name, value in shares.items()}
                key = "told" if each.r2.low is not None else "no_interval"
                yield _begun(self.teller.word("survey_r2", key, name=self.name(each.name), **said))

    def measured(self, each: Measured) -> str:
        values = {"k": len(each.items), "alpha": self.figure(each.alpha), "weakest": each.weakest}
        return _begun(
            self.teller.word("survey_reliability", each.reliability.value, name=self.name(each.name), **values)
        )

    def cautions(self) -> list[Caution]:
        """The gravest. Where a question is mirrored, the others of its construct only look weak."""
        turned = self._turned()
        told = [each for each in self.found.cautions if each.key != "weak" or each.values["name"] not in turned]
        return told[:MOST_CAUTIONS]

    def caution(self, each: Caution) -> str:
        return self.teller.word("survey_cautions", each.key, **self._values(each))

    def steps(self) -> Iterator[str]:
        """At most MOST_STEPS, the last of which is to try it out."""
        yield from list(self._mends())[: MOST_STEPS - 1]
        yield self.teller.word("survey_steps", "try_it")

    def _mends(self) -> Iterator[str]:
        """Questions first: where they measure nothing, more answers do not help."""
        for step, items in self._to_mend().items():
            yield self.teller.word("survey_steps", step, items=", ".join(items))
        for each in self.found.cautions:
            if each.key == "alike":
                yield self.teller.word("survey_steps", "merge", **self._values(each))
        if needed := [
            *(each.needed for each in self.found.links if self._wants_more(each)),
            *(each.values["needed"] for each in self.found.cautions if each.key == "few_answers"),
        ]:
            yield self.teller.word("survey_steps", "ask_more", needed=self.count(max(needed)))

    def _wants_more(self, each: Link) -> bool:
        return each.verdict is Verdict.TOO_FEW and not self._unsound(each.source, each.target)

    def _to_mend(self) -> dict[str, list[str]]:
        """What to do with which questions. Where one is mirrored, the others of its construct only look weak."""
        found: dict[str, list[str]] = {}
        turned = self._turned()
        for each in self.found.cautions:
            if each.key == "mirrored":
                found.setdefault("turn", []).append(each.values["item"])
            elif each.key in {"weak", "elsewhere"} and each.values["name"] not in turned:
                found.setdefault("reword", []).append(each.values["item"])
        for construct in self.found.constructs:
            if construct.reliability is Reliability.POOR and construct.name not in turned:
                items = found.setdefault("reword", [])
                items += [construct.weakest] if construct.weakest not in items else []
        return found

    def _turned(self) -> set[str]:
        return {each.values["name"] for each in self.found.cautions if each.key == "mirrored"}

    def _values(self, each: Caution) -> dict[str, str]:
        return {name: self._value(name, value) for name, value in each.values.items()}

    def _value(self, name: str, value: str | float) -> str:
        if isinstance(value, str):
            return self.name(value)
        if name == "share":
            return self.percent(value)
        return self.figure(value, NUMBERS[name]) if name in NUMBERS else self.teller.number(value)

    def inside(self, each: Measured) -> Iterator[str]:
        if each.r2 is not None:
            yield f"R² {self.figure(each.r2.value)}"
        if each.alpha is not None:
            yield f"α {self.figure(each.alpha)}"

    def name(self, name: str) -> str:
        """What a construct is called within a sentence; questions and others' constructs by their own names."""
        ours = self.teller.composer.shelf(self.teller.language, "survey_constructs").get(name)
        return name if ours is None else ours[:1].lower() + ours[1:]

    def span(self, each: Span) -> dict[str, str]:
        return {"value": self.figure(each.value), "low": self.figure(each.low), "high": self.figure(each.high)}

    def between(self, each: Span) -> str:
        if each.low is None:
            return ""
        return self.teller.word("survey_picture", "between", low=self.figure(each.low), high=self.figure(each.high))

    def figure(self, value: float | None, digits: int = 2) -> str:
        if value is None:
            return "–"
        shown = round(value, digits) + 0.0
        return format_decimal(
            shown, format=SIGNED if digits == 2 else "#,##0.0;−#,##0.0", locale=self.teller.language
        )

    def percent(self, value: float | None) -> str:
        return format_percent(value, locale=self.teller.language) if value is not None else "–"

    def count(self, needed: int) -> str:
        """To two figures, upwards: more would pretend to know."""
        step = 10 ** max(len(str(needed)) - 2, 0)
        return self.teller.number(-(-needed // step) * step)


def _whole(sentences: Iterable[str]) -> list[Laid]:
    """Ours as they stand, however long; what was filled into them was cleaned by then."""
    return [Laid(each) for each in sentences]


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

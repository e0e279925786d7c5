"""The questions put one after the other; what comes of it is a handful of settings, and nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from bot.setup import checking, trying
from bot.setup.desk import Voice
from bot.setup.questions import QUESTIONS, TWILIO, Question, choices, meant, usual
from bot.setup.trying import Came, Tried
from bot.talk.intents import Means, understand
from campaigns.words.composing import Laid

BACK = frozenset({"<", "kembali", "back"})
EMPTY = "-"
MASK = "••••"


class Back(Exception):
    """To the question before."""


class Later(Exception):
    """This messenger is left as it was."""


@dataclass
class Conversation:
    """What was there ``before``, what is usual, and what is answered now, by the settings' names."""

    voice: Voice
    before: Mapping[str, str]
    defaults: Mapping[str, str]
    transport: httpx.AsyncBaseTransport | None = None
    is_offline: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    bot_name: str = ""

    def go_through(self, questions: Sequence[Question]) -> None:
        """All of them in turn, back and forth."""
        place = 0
        while place < len(questions):
            try:
                if self._is_due(questions[place]):
                    self._begin(questions, place)
                    self.put(questions[place])
                place += 1
            except Back:
                place = max(place - 1, 0)
                while place and not self._is_due(questions[place]):
                    place -= 1

    def agree(self, questions: Sequence[Question]) -> bool:
        """Show all answers; change one by its number; whether they are to be written."""
        while True:
            asked = [each for each in questions if self._is_due(each)]
            self._summarise(asked)
            said = self.voice.hear("write")
            if said.isdecimal() and 0 < int(said) <= len(asked):
                self._change(asked[int(said) - 1])
                continue
            means = understand(said).means
            if means in (Means.YES, Means.NO):
                return means is Means.YES
            self.voice.say("write_or_what")

    def known(self, name: str) -> str:
        """What a setting would be if this was written now."""
        return self.answers.get(name, self.before.get(name, ""))

    def put(self, question: Question) -> None:
        """Ask until the answer will do. Raises Back."""
        name = question.name
        offered = choices(name, self._all())
        default = usual(name, self._all(), self.defaults, self.before) if name not in self.answers else ""
        default = self.answers.get(name, default)
        self.voice.show("")
        self.voice.show(self.voice.word(name, "setup_ask"))
        self._offer(name, offered)
        while True:
            said = self._heard(question, default)
            if said.casefold() in BACK:
                raise Back
            if said == "?":
                self.voice.say(name, "setup_what")
                continue
            answer = "" if said == EMPTY and question.is_optional else meant(question, said, offered) or default
            try:
                if self._will_do(question, answer):
                    self._keep(name, answer)
                    return
            except Later:
                self._leave(name)
                return

    def _keep(self, name: str, answer: str) -> None:
        if name == "shop_language":
            self.voice.language = answer
        if name == "shop_region" and answer != self._all().get(name):
            for follower in ("shop_timezone", "shop_currency"):
                self.answers.pop(follower, None)
        self.answers[name] = answer
        if name == TWILIO[0] and not answer:
            self.answers.update(dict.fromkeys(TWILIO, ""))

    def _leave(self, name: str) -> None:
        for each in TWILIO if name in TWILIO else (name,):
            self.answers.pop(each, None)

    def _is_due(self, question: Question) -> bool:
        """Without an account nobody is asked for its token."""
        return question.name not in TWILIO[1:] or bool(self.known(TWILIO[0]))

    def _begin(self, questions: Sequence[Question], place: int) -> None:
        section = questions[place].section
        if not place or questions[place - 1].section is not section:
            self.voice.show("")
            self.voice.say(section, "setup_sections")
            self.voice.show(self.voice.word(f"{section}_steps"))

    def _offer(self, name: str, offered: Sequence[str]) -> None:
        labels = self.voice.composer.shelf(self.voice.language, "setup_choices")
        for number, each in enumerate(offered, 1):
            label = labels.get(each.replace("/", "_"))
            self.voice.show(f"{number}. {each}" + (f" ({label})" if label else ""), indent="  ")
        if offered and name != "shop_language":
            self.voice.show(self.voice.word(name, "setup_example"), indent="  ")

    def _heard(self, question: Question, default: str) -> str:
        shown = (MASK if question.is_secret else default) if default else ""
        key = "prompt_default" if shown else "prompt_empty" if question.is_optional else "prompt"
        prompt = self.voice.word(key, default=Laid(shown)) + " " if shown else self.voice.word(key) + " "
        read = self.voice.desk.read_secret if question.is_secret else self.voice.desk.read
        return read(prompt).strip()

    def _will_do(self, question: Question, answer: str) -> bool:
        if not answer and question.name in TWILIO[1:]:
            self.voice.say("needed")
            return False
        why = checking.fault(question.name, answer, self._all(), self.voice.composer)
        if why:
            self.voice.say("will_not_do", why=Laid(why))
            self.voice.show(self.voice.word(question.name, "setup_example"))
            return False
        return self._is_let_in(question.name, answer) if answer else True

    def _is_let_in(self, name: str, answer: str) -> bool:
        """Whether the messenger takes it, or the owner keeps it untried. Raises Later."""
        if self.is_offline or name not in ("telegram_bot_token", TWILIO[1]):
            return True
        who = "Telegram" if name == "telegram_bot_token" else "Twilio"
        while True:
            self.voice.say("asking", who=who)
            tried = self._tried(name, answer)
            if tried.came is Came.WELL:
                self._greet(who, tried)
                return True
            if tried.came is not Came.SILENT:
                self.voice.say(f"{tried.came}_{who.lower()}")
                return False
            trouble = self.voice.word(tried.trouble or "unreachable", "doctor_troubles")
            self.voice.say("silent", who=who, trouble=trouble)
            said = self.voice.hear("silent_what")
            if said == "3":
                raise Later
            if said != "1":
                return said == "2"

    def _tried(self, name: str, answer: str) -> Tried:
        if name == "telegram_bot_token":
            return trying.telegram(answer, self.transport)
        return trying.twilio(self.known(TWILIO[0]), answer, self.transport)

    def _greet(self, who: str, tried: Tried) -> None:
        if who == "Telegram":
            self.bot_name = tried.name
        self.voice.say(f"well_{who.lower()}", name=tried.name)

    def _change(self, question: Question) -> None:
        try:
            self.put(question)
            if question.name == "shop_region":
                for each in QUESTIONS:
                    if each.name in ("shop_timezone", "shop_currency") and each.name not in self.answers:
                        self.put(each)
            if question.name in TWILIO and self.known(TWILIO[0]):
                self._complete(question)
        except Back:
            return

    def _complete(self, changed: Question) -> None:
        """A half account will not do: what is missing is asked for, and a token belongs to its account."""
        for each in QUESTIONS:
            if each.name in TWILIO[1:] and each is not changed and (
                not self.known(each.name) or (changed.name == TWILIO[0] and each.name == TWILIO[1])
            ):  # fmt: skip
                self.put(each)

    def _summarise(self, asked: Sequence[Question]) -> None:
        self.voice.show("")
        self.voice.say("summary")
        for number, each in enumerate(asked, 1):
            value = self.known(each.name) or self.defaults.get(each.name, "")
            shown = (MASK if each.is_secret else value) if value else self.voice.word("nothing")
            self.voice.show(f"{number:>2}. {self.voice.word(each.name, 'setup_names')}: {shown}")

    def _all(self) -> dict[str, str]:
        return {**self.defaults, **{name: each for name, each in self.before.items() if each}, **self.answers}

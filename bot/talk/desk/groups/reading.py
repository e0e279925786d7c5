"""The pieces of a segment's words, added up to conditions. Pure; raises nothing, whatever is written.

    comma < or < and < not: "A, B atau C" is A and (B or C). Brackets settle it otherwise.

Whatever has no verb of its own ("not in the last 30") takes the one before it, with its goods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.talk.desk.groups import naming
from bot.talk.desk.groups.cutting import LONGEST, Around, cut
from bot.talk.desk.groups.naming import City, Found, Group, Names, Place, Thing, Tongue, Unclear
from bot.talk.desk.groups.pieces import (
    Amount,
    Birthday,
    Mark,
    Meaning,
    Name,
    Piece,
    Sort,
    Times,
    Trouble,
    Verb,
    When,
    Word,
)
from bot.talk.desk.groups.words import LANGUAGES, SENSITIVE
from campaigns.grouping.conditions import (
    EVER,
    Belongs,
    BornIn,
    Called,
    Condition,
    Did,
    Doing,
    Either,
    Goods,
    Joined,
    LivesIn,
    Not,
    Reached,
    Span,
    Speaks,
    Spent,
    both,
    either,
    leaves,
)
from campaigns.grouping.conditions import All as AllOf

MOST_CONDITIONS, DEEPEST = 20, 5
OF_GOODS = frozenset({Verb.BOUGHT, Verb.SPENT, Verb.VIEWED, Verb.CARTED, Verb.REVIEWED, Verb.CLICKED})
GOODS_SORTS = {Sort.CATEGORY: Called.CATEGORY, Sort.BRAND: Called.BRAND, Sort.PRODUCT: Called.PRODUCT}
WEAK = (Sort.CITY,)
"""Words that may also say nothing: "from" before no name."""


@dataclass(frozen=True)
class Fault:
    """The key of a sentence, and what it quotes."""

    key: str
    said: str = ""
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """``condition`` is None where anything was not understood. ``taken``: what was said, and taken for what."""

    condition: Condition | None
    faults: tuple[Fault, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()


@dataclass
class Slots:
    """What one condition is said with."""

    verb: Verb | None = None
    goods: list[Goods] = field(default_factory=list)
    times: Times | None = None
    when: When | None = None
    amount: Amount | None = None
    place: str = ""
    is_last: bool = False

    @property
    def is_empty(self) -> bool:
        return self.is_bare and self.verb is None and not self.goods

    @property
    def is_bare(self) -> bool:
        """Whether nothing says how often, when, where or for how much."""
        return self.times is None and self.when is None and self.amount is None and not self.place


def read(text: str, names: Names, around: Around) -> Reading:
    """What the words say."""
    if len(text) > LONGEST:
        return Reading(None, (Fault("too_long"),))
    pieces = cut(text, around)
    if all(each.meaning is Mark.COMMA for each in pieces):
        return Reading(None, (Fault("nothing"),))
    reader = _Reader(text, pieces, names)
    condition = reader.whole()
    if condition is None or reader.faults:
        return Reading(None, tuple(dict.fromkeys(reader.faults)) or (Fault("nothing"),), tuple(reader.taken))
    return Reading(condition, (), tuple(reader.taken))


class _Reader:
    def __init__(self, text: str, pieces: list[Piece], names: Names) -> None:
        self.text, self.pieces, self.names = text, pieces, names
        self.at = self.depth = 0
        self.faults: list[Fault] = []
        self.taken: list[tuple[str, str]] = []
        self.verb: Verb | None = None
        self.goods: list[Goods] = []
        self.was_placed = False

    # What comes next

    def peek(self, ahead: int = 0) -> Meaning | None:
        place = self.at + ahead
        return self.pieces[place].meaning if place < len(self.pieces) else None

    def takes(self, mark: Mark) -> bool:
        is_next = self.peek() is mark
        self.at += is_next
        return is_next

    def fault(self, key: str, said: str = "", known: tuple[str, ...] = ()) -> None:
        self.faults.append(Fault(key, said, known))

    # What holds conditions together

    def whole(self) -> Condition | None:
        found = self.listed()
        if self.peek() is not None and not self.faults:
            self.fault("brackets")
        if found is not None and sum(1 for _ in leaves(found)) > MOST_CONDITIONS:
            self.fault("too_many")
        if found is not None and _is_in_two_cities(found):
            self.fault("two_cities")
        return found

    def listed(self) -> Condition | None:
        while self.takes(Mark.COMMA):
            pass
        parts = [self.any_of()]
        while self.takes(Mark.COMMA):
            if self.peek() is Mark.OR:
                self.fault("comma_or")
                self.at += 1
            while self.peek() in (Mark.AND, Mark.COMMA):
                self.at += 1
            if self.peek() not in (None, Mark.CLOSES):
                parts.append(self.any_of())
        known = [each for each in parts if each is not None]
        return both(known) if known else None

    def any_of(self) -> Condition | None:
        parts = [self.all_of()]
        while self.takes(Mark.OR):
            parts.append(self.all_of())
        known = [each for each in parts if each is not None]
        return either(known) if known else None

    def all_of(self) -> Condition | None:
        parts = [self.one()]
        while self.peek() not in (None, Mark.OR, Mark.COMMA, Mark.CLOSES):
            before = self.at
            while self.takes(Mark.AND):
                pass
            if self.peek() not in (None, Mark.OR, Mark.COMMA, Mark.CLOSES):
                parts.append(self.one())
            if self.at == before:
                self.at += 1
        known = [each for each in parts if each is not None]
        return both(known) if known else None

    def one(self) -> Condition | None:
        if self.takes(Mark.NOT):
            inner = self.one()
            return None if inner is None else inner.condition if isinstance(inner, Not) else Not(inner)
        if self.takes(Mark.OPENS):
            return self.bracketed()
        return self.atom()

    def bracketed(self) -> Condition | None:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fault("too_many")
            self.at = len(self.pieces)
            return None
        inner = self.listed()
        if not self.takes(Mark.CLOSES):
            self.fault("brackets")
        self.depth -= 1
        return inner

    # One condition

    def atom(self) -> Condition | None:
        """A verb with what belongs to it, or a name that says all by itself."""
        slots = Slots()
        while True:
            alone = self.filled(slots)
            if alone is not None:
                return alone
            if not self.more_goods(slots):
                return self.made(slots)

    def filled(self, slots: Slots) -> Condition | None:
        """Take what belongs together; a condition where a name said it all."""
        while (meaning := self.peek()) is not None and not isinstance(meaning, Mark):
            if isinstance(meaning, Trouble):
                self.fault(meaning.fault, self.said())
                self.at += 1
                continue
            alone = self.alone(meaning) if slots.is_empty else None
            if alone is not None:
                return alone
            if not self.fills(slots, meaning):
                break
        return None

    def alone(self, meaning: Meaning) -> Condition | None:
        """What needs no verb: a city, a language, a segment, a birthday, a chat."""
        if isinstance(meaning, Birthday):
            self.at += 1
            return BornIn(meaning.month)
        if isinstance(meaning, Sort):
            return self.sorted_(meaning)
        if not isinstance(meaning, Name):
            return None
        found = naming.find(self.names, meaning.text)
        if isinstance(found, Found) and not isinstance(found.thing, Goods) and not self.is_shop(found.thing):
            self.at += 1
            self.note(meaning.text, found)
            return _of_thing(found.thing)
        return None

    def is_shop(self, thing: Thing) -> bool:
        """Whether a place is where one buys: one that is no chat, or after another where something was done."""
        return isinstance(thing, Place) and (self.is_no_chat(thing) or self.was_placed)

    def is_no_chat(self, thing: Thing) -> bool:
        return isinstance(thing, Place) and thing.key not in self.names.chats

    def sorted_(self, sort: Sort) -> Condition | None:
        """ "Kota Medan", "bahasa inggris", "kelompok juara"; None where goods are named, or nothing."""
        following = self.peek(1)
        if not isinstance(following, Name) or sort in (*GOODS_SORTS, Sort.NAMED):
            return None
        known: dict[Sort, tuple[Mapping[str, str], Callable[[str], Thing]]] = {
            Sort.CITY: (self.names.cities, City),
            Sort.LANGUAGE: (LANGUAGES, Tongue),
            Sort.SEGMENT: (self.names.segments, Group),
            Sort.CHANNEL: (self.names.places, Place),
        }
        shelf, make = known[sort]
        found = naming.of_sort(shelf, following.text)
        if isinstance(found, Unclear) or self.is_no_chat(make(found)):
            return None
        self.at += 2
        return _of_thing(make(found))

    def fills(self, slots: Slots, meaning: Meaning) -> bool:
        """Whether it belongs to this condition: then it is taken. False where another one begins."""
        match meaning:
            case Verb():
                if slots.verb is not None or slots.goods:
                    return False
                slots.verb = meaning
            case Word.LAST:
                slots.is_last = True
            case Times() if slots.times is None:
                slots.times = meaning
            case When() if slots.when is None:
                slots.when = meaning
            case Amount() if slots.amount is None:
                slots.amount = meaning
            case Sort():
                return self.sort_in(slots, meaning)
            case Name():
                return self.name_in(slots, meaning)
            case Word():
                pass
            case _:
                return False
        self.at += 1
        return True

    def sort_in(self, slots: Slots, sort: Sort) -> bool:
        following = self.peek(1)
        if not isinstance(following, Name):
            if sort not in WEAK:
                self.fault("which", self.said())
            self.at += 1
            return True
        if sort is Sort.NAMED or sort in GOODS_SORTS:
            return self.goods_of(slots, sort, following)
        place = naming.of_sort(self.names.places, following.text)
        is_there = isinstance(place, str) and (slots.verb is not None or self.is_no_chat(Place(place)))
        if sort in (Sort.CHANNEL, Sort.CITY) and isinstance(place, str) and is_there:
            slots.place = place
            self.at += 2
            return True
        if not slots.is_empty and self.alone(sort) is not None:
            self.at -= 2
            return False
        self.at += 1
        self.unknown(following, naming.find(self.names, following.text))
        return True

    def goods_of(self, slots: Slots, sort: Sort, name: Name) -> bool:
        if slots.goods and not slots.is_bare:
            return False
        if sort is Sort.NAMED:
            wordy = self.names.wordy(name.text)
            found: str | Unclear = Unclear() if wordy is None else " ".join(name.text.casefold().split())
            called = Called.WORDS
        else:
            called = GOODS_SORTS[sort]
            shelves = {
                Called.CATEGORY: self.names.categories,
                Called.BRAND: self.names.brands,
                Called.PRODUCT: self.names.products,
            }
            found = naming.of_sort(shelves[called], name.text)
        self.at += 1
        if isinstance(found, Unclear):
            self.unknown(name, found)
            return True
        slots.goods.append(Goods(called, found))
        self.at += 1
        return True

    def name_in(self, slots: Slots, name: Name) -> bool:
        """Goods, or where they were bought; False where it is something else that another condition begins with."""
        is_about_goods = (slots.verb or self.verb or Verb.BOUGHT) in OF_GOODS
        found = naming.find(self.names, name.text, is_goods=True) if is_about_goods else Unclear()
        if isinstance(found, Unclear) or found.instead:
            other = naming.find(self.names, name.text)
            if isinstance(other, Found) and not (isinstance(found, Found) and other.instead):
                found = other
        if isinstance(found, Found) and isinstance(found.thing, Goods):
            if slots.goods or not is_about_goods:
                return self.apart(slots, name)
            slots.goods.append(found.thing)
        elif (
            isinstance(found, Found)
            and isinstance(found.thing, Place)
            and not slots.place
            and (slots.verb is not None or self.is_shop(found.thing))
        ):
            slots.place = found.thing.key
        elif isinstance(found, Found):
            return False
        else:
            return self.unknown(name, found)
        self.note(name.text, found)
        self.at += 1
        return True

    def apart(self, slots: Slots, name: Name) -> bool:
        """A second name of goods without a word between: nobody knows whether both are meant, or either."""
        if slots.goods:
            self.fault("and_or", name.text)
            self.at += 1
            return True
        return self.unknown(name, Unclear())

    def more_goods(self, slots: Slots) -> bool:
        """ "Kopi atau teh": whether more goods follow, and nothing that another condition begins with."""
        if self.peek() is not Mark.OR or not slots.goods or not slots.is_bare:
            return False
        before, n = self.at, len(slots.goods)
        self.at += 1
        meaning = self.peek()
        if isinstance(meaning, Sort) and (meaning is Sort.NAMED or meaning in GOODS_SORTS):
            self.sort_in(slots, meaning)
        elif isinstance(meaning, Name):
            found = naming.find(self.names, meaning.text, is_goods=True)
            if isinstance(found, Found) and isinstance(found.thing, Goods) and not found.instead:
                slots.goods.append(found.thing)
                self.at += 1
        if len(slots.goods) == n:
            self.at = before
        return len(slots.goods) > n

    # What it comes to

    def made(self, slots: Slots) -> Condition | None:
        if slots.is_empty:
            if not self.faults:
                self.fault("no_verb", self.said())
            return None
        verb = slots.verb or self.verb or (Verb.BOUGHT if slots.goods or slots.place else None)
        if verb is None:
            if not self.faults:
                self.fault("no_verb", self.before())
            return None
        if slots.verb is None and not slots.goods:
            slots.goods = list(self.goods)
        self.verb, self.goods, self.was_placed = verb, list(slots.goods), bool(slots.place)
        slots.goods = list(dict.fromkeys(slots.goods))
        return self.condition(verb, slots)

    def condition(self, verb: Verb, slots: Slots) -> Condition | None:
        when = slots.when or When(EVER)
        if slots.goods and verb not in OF_GOODS:
            self.fault("not_of_goods", self.before())
            return None
        if verb is Verb.JOINED:
            return self.joined(slots, when)
        if slots.amount is not None:
            return self.spent(verb, slots, when)
        doing = Doing.BOUGHT if verb is Verb.SPENT else Doing(verb.value)
        times = slots.times or Times()
        if slots.place and doing in (Doing.OPENED, Doing.REPLIED):
            self.fault("not_there", self.before())
            return None

        def did(span: Span, times: Times = times) -> Condition:
            return Did(doing, tuple(slots.goods), times.least, times.most, span, slots.place)

        ended = _ended(when, slots.is_last)
        if ended is None:
            return did(when.span)
        before, after = ended
        return both([did(before), Not(did(after, Times()))])

    def joined(self, slots: Slots, when: When) -> Condition | None:
        if slots.when is None or slots.times or slots.amount or slots.place:
            self.fault("joined_when")
            return None
        return Not(Joined(when.span)) if when.is_ago else Joined(when.span)

    def spent(self, verb: Verb, slots: Slots, when: When) -> Condition | None:
        if verb not in (Verb.BOUGHT, Verb.SPENT) or slots.amount is None or slots.times or when.is_ago:
            self.fault("times_and_amount")
            return None
        return Spent(slots.amount.least, slots.amount.most, tuple(slots.goods), when.span, slots.place)

    # What was not understood

    def unknown(self, name: Name, found: Found | Unclear) -> bool:
        words = {word.strip(".'’") for word in name.text.casefold().split()}
        if words & SENSITIVE:
            self.fault("sensitive", name.text)
        else:
            self.fault("unknown", name.text, found.nearest if isinstance(found, Unclear) else ())
        self.at += 1
        return True

    def note(self, said: str, found: Found) -> None:
        if found.instead:
            self.taken.append((said, found.instead))

    def said(self) -> str:
        """The words of the next piece, as written."""
        if self.at >= len(self.pieces):
            return self.before()
        piece = self.pieces[self.at]
        return self.text[piece.start : piece.end].strip()

    def before(self) -> str:
        piece = self.pieces[max(self.at - 1, 0)]
        return self.text[piece.start : piece.end].strip()


def _of_thing(thing: Thing) -> Condition:
    match thing:
        case City(name):
            return LivesIn(name)
        case Tongue(language):
            return Speaks(language)
        case Group(key):
            return Belongs(key)
        case Place(key):
            return Reached(key)
        case Goods():
            return Did(Doing.BOUGHT, (thing,))


def _ended(when: When, is_last: bool) -> tuple[Span, Span] | None:
    """For what happened the last time then: when it did happen, and since when not again. None: nothing ended."""
    span = when.span
    if when.is_ago:
        return EVER, span
    if is_last and span.until is not None:
        return span, Span(since=span.until + timedelta(days=1))
    return None


def _is_in_two_cities(condition: Condition) -> bool:
    if isinstance(condition, AllOf):
        cities = {each.city for each in condition.parts if isinstance(each, LivesIn)}
        return len(cities) > 1 or any(map(_is_in_two_cities, condition.parts))
    return isinstance(condition, Either) and any(map(_is_in_two_cities, condition.parts))

"""/desk: a link to the owner's pages, for whoever asks from a chat of the team; and closing what was given."""

from __future__ import annotations

from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from bot.web.desk import access
from campaigns.words.composing import Laid, Reply
from ledger.tables import Role

CLOSING = frozenset({"close", "end", "tutup", "akhiri"})


def answer(turn: Turn, teller: Teller, said: str) -> list[Reply]:
    """A link of their own; with "close" all that this chat was ever given are void."""
    if said.strip().casefold() in CLOSING:
        access.close(turn.session, turn.address.id, turn.actor, turn.now)
        return [teller.say("desk_closed")]
    role = turn.role or Role.STAFF
    link = access.link(turn.session, turn.shop.public_url, turn.address.id, role, turn.now)
    until = teller.moment(turn.now + access.LIFETIME)
    return [teller.say("desk", link=Laid(link), until=until, is_near=not turn.shop.reaches_phones)]


COMMANDS = {"desk": Command(Role.STAFF, answer, also=("meja",))}

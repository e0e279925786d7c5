"""WhatsApp from the command line: the words it has to approve."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from bot import approvals, printing
from bot.app import App
from bot.approvals import Contents, Known, NotDone, Submitted
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, agrees, print_json, shop_of, teller_of
from bot.talk.replies import Teller
from campaigns.shop import LANGUAGES
from campaigns.words import submitting
from campaigns.words.composing import Laid
from campaigns.words.contents import reason_word
from campaigns.words.frames import filled
from campaigns.words.submitting import Words

app = typer.Typer(no_args_is_help=True, help="The words WhatsApp has to approve.")


@app.callback()
def whatsapp() -> None:
    """The words WhatsApp has to approve."""


@app.command()
def templates(
    show_words: Annotated[bool, typer.Option("--words", help="Show the words themselves, too.")] = False,
    create: Annotated[bool, typer.Option("--create", help="Make and submit what is missing, after a yes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --create: do not ask.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """What WhatsApp approved of our words, what it turned down and why, and what would be made."""
    with shop_of(demo) as shop:
        teller, api = teller_of(shop), approvals.contents_of(shop)
        listed, says = _asked(shop, api, teller, is_needed=create)
        wanted = approvals.missing(shop) if create and api is not None else []
        came = _created(shop, api, listed, wanted, teller, yes=yes, as_json=as_json) if wanted and api else None
        with shop.database.reading() as session:
            found = submitting.words(session, shop.composer)
            found.sort(key=lambda each: (LANGUAGES.index(each.frame.language), each.frame.name))
            _show(teller, found, says, came, can_create=api is not None, show_words=show_words, as_json=as_json)
    if came is not None and came.failed:
        raise typer.Exit(1)


def _asked(shop: App, api: Contents | None, teller: Teller, *, is_needed: bool) -> tuple[list[Known], str]:
    """What Twilio lists, and why it could not be asked. Raises Explained where nothing can be done without it."""
    try:
        if api is not None:
            return approvals.refresh(shop, api, COMMAND_LINE), ""
        says = teller.word("approving", "no_account")
    except NotDone as fault:
        says = str(fault)
    if is_needed:
        raise Explained(says)
    return [], says


def _created(
    shop: App,
    api: Contents,
    listed: Sequence[Known],
    wanted: Sequence[Words],
    teller: Teller,
    *,
    yes: bool,
    as_json: bool,
) -> Submitted | None:
    """What came of it; None where the answer was no."""
    question = teller.word("approving", "question", n=len(wanted))
    if not yes and (as_json or not agrees(question)):
        print(teller.word("approving", "nothing_done"), file=sys.stderr)
        return None
    with printing.bar(teller.word("approving", "bar")) as progress:
        return approvals.submit(shop, api, listed, wanted, COMMAND_LINE, progress)


def _show(
    teller: Teller,
    found: Sequence[Words],
    says: str,
    came: Submitted | None,
    *,
    can_create: bool,
    show_words: bool,
    as_json: bool,
) -> None:
    if as_json:
        print_json({"asked": not says, "says": says, **_came(came), "templates": [_row(each) for each in found]})
        return
    if says:
        printing.err.print(_plain(teller.word("approving", "not_asked", says=Laid(says))), soft_wrap=True)
    printing.out.print(_table(teller, found))
    for each in found if show_words else ():
        printing.out.print(Text(f"\n{_in_full(teller, each)}"), soft_wrap=True)
    n = sum(each.is_new or each.is_unsubmitted for each in found)
    if n and not can_create:
        print(teller.word("approving", "to_create_later", n=n))
    else:
        print(teller.word("approving", "to_create", n=n) if n else teller.word("approving", "to_do_nothing"))
    if came is not None:
        _tell(teller, came)


def _in_full(teller: Teller, words: Words) -> str:
    """The words as a customer would read them, with the samples WhatsApp is shown; below, as they are submitted."""
    frame = words.frame
    samples = teller.composer.shelf(frame.language, "approved_samples")
    text = filled(frame.body, {str(n): samples[place] for n, place in enumerate(frame.places, 1)})
    buttons = "  ".join(f"[{label}]" for label, _ in frame.buttons)
    heading = f"{_offer(teller, words)}: {words.name} ({frame.language})"
    return f"{heading}\n{text}\n{buttons}\n\n{teller.word('approving', 'raw')}\n{frame.body}"


def _offer(teller: Teller, words: Words) -> str:
    """What the message is called in the shop: "ajak kembali …, dengan diskon"."""
    is_discounted = "discount" in words.frame.places
    return teller.word(
        "approving", "offer", offer=teller.word("templates", words.template), is_discounted=is_discounted
    )


def _tell(teller: Teller, came: Submitted) -> None:
    if came.done:
        print(teller.word("approving", "done", n=len(came.done)))
    for each in came.failed:
        told = {"name": each.name, "language": each.language, "says": Laid(each.says)}
        printing.err.print(_plain(teller.word("approving", "failed", **told)), soft_wrap=True)
    if came.is_cut_short:
        printing.err.print(_plain(teller.word("approving", "stopped")), soft_wrap=True)


def _table(teller: Teller, found: Sequence[Words]) -> Table:
    table = Table(title=teller.word("approving", "title"), title_justify="left")
    for heading in ("message", "language", "standing", "why", "name"):
        table.add_column(teller.word("approving", heading), overflow="fold")
    for each in found:
        standing = (_plain(told) for told in _standing(teller, each))
        table.add_row(_offer(teller, each), each.frame.language, *standing, each.name)
    return table


def _standing(teller: Teller, each: Words) -> tuple[str, str]:
    """Where it stands, and why; of changed words what goes out meanwhile."""
    if each.newest is None:
        return teller.word("approving", "not_made"), ""
    if each.is_new:
        used = teller.word("approving", "used", name=each.used.name) if each.used is not None else ""
        return teller.word("approving", "changed"), used
    word = reason_word(each.newest.reason)
    return teller.word("approvals", each.newest.approval), teller.word(*word) if word else each.newest.reason


def _row(each: Words) -> dict[str, Any]:
    newest = each.newest
    return {
        "name": each.name,
        "language": each.frame.language,
        "template": each.template,
        "approval": newest.approval if newest is not None and not each.is_new else None,
        "reason": newest.reason if newest is not None and not each.is_new else "",
        "used": each.used.name if each.used is not None else None,
        "to_create": each.is_new,
        "to_submit": each.is_new or each.is_unsubmitted,
        "words": each.frame.body,
        "variables": list(each.frame.places),
        "buttons": [{"label": label, "says": says} for label, says in each.frame.buttons],
    }


def _came(came: Submitted | None) -> dict[str, Any]:
    if came is None:
        return {"submitted": [], "failed": []}
    return {"submitted": list(came.done), "failed": [vars(each) for each in came.failed]}


def _plain(text: str) -> Text:
    """Without rich's markup: what Twilio says is nobody's markup."""
    return Text(text)

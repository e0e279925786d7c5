"""What the owner owes by law: figures to look at, and two papers to keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session, col, select

from bot import printing, saving
from bot.app import App
from bot.commands.common import Demo, Explained, Json, print_json, shop_of, teller_of
from bot.talk.desk import compliance as words
from bot.talk.desk.papers import Papers, channel_name, page
from bot.talk.replies import Teller
from bot.terminal import at_terminal
from campaigns.words.composing import Laid
from campaigns.words.wording import first_name
from ledger.compliance import duties
from ledger.permissions import Yes
from ledger.tables import Customer

app = typer.Typer()
AS_PAGE = (".html", ".htm")


@app.command()
def compliance(
    listing: Annotated[
        bool, typer.Option("--list", help="Whose yes was given to older words: customer numbers and first names.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(help="Write the record of processing to this file: Markdown, or .html.")
    ] = None,
    breach: Annotated[
        Path | None, typer.Option(help="Write a breach notice to fill in to this file: Markdown, or .html.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Permissions and their words, requests and their hours, upkeep; the record of processing; a breach notice."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        desk = _desk(shop, session)
        if record is not None:
            _write(record, desk.record, desk.teller, force=force)
        if breach is not None:
            _write(breach, desk.breach_notice, desk.teller, force=force)
        if as_json or listing or not (record or breach):
            _show(session, desk, as_json=as_json, listing=listing)


def _desk(shop: App, session: Session) -> Papers:
    return Papers(session, teller_of(shop), list(shop.channels), shop.clock.now())


def _show(session: Session, desk: Papers, *, as_json: bool, listing: bool) -> None:
    found = duties(session, desk.now, desk.teller.composer.wordings)
    older = found.permissions.older
    names = _first_names(session, older) if as_json or listing else {}
    if as_json:
        print_json(words.as_json(found, names))
    elif listing and not older:
        print(desk.teller.word("record_list", "none", n=desk.teller.number(len(found.permissions.yeses))))
    elif listing:
        printing.out.print(_listed(desk.teller, older, names))
    else:
        print(at_terminal(words.tell(desk.teller, found)))


def _first_names(session: Session, yeses: Sequence[Yes]) -> dict[int, str]:
    """What one calls them, and no more: a name that is a number or a handle is left out."""
    wanted = select(Customer.id, Customer.name).where(col(Customer.id).in_({each.customer_id for each in yeses}))
    return {customer_id: first_name(name) for customer_id, name in session.exec(wanted)}


def _listed(teller: Teller, yeses: Sequence[Yes], names: dict[int, str]) -> Table:
    title = teller.word("record_list", "title", n=teller.number(len(yeses)))
    table = Table(title=title, title_justify="left")
    for heading in ("customer", "name", "purpose", "channel", "words", "language"):
        table.add_column(teller.word("record_list", heading), justify="right" if heading == "customer" else "left")
    for each in yeses:
        purpose = teller.word("record_purposes", each.purpose)
        where = channel_name(teller, each.channel)
        name = names.get(each.customer_id, "")
        table.add_row(str(each.customer_id), name, purpose, where, each.version, each.language)
    return table


def _write(path: Path, paper: Callable[[], str], teller: Teller, *, force: bool) -> None:
    text = paper()
    data = (page(text, teller.language) if path.suffix.lower() in AS_PAGE else text).encode()
    try:
        saving.write(data, path, replaces=force)
    except FileExistsError:
        raise Explained(f"{path} is there already; give --force to write over it") from None
    except OSError as fault:
        raise Explained(f"{path} cannot be written: {fault.strerror}") from fault
    written = teller.word("record_list", "written", path=Laid(path))
    printing.err.print(written, markup=False, highlight=False, soft_wrap=True)

"""People: hear them, hand them their data, forget them; prove their consent."""

from __future__ import annotations

import asyncio
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bot import printing, saving
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, Who, agrees, print_json, shop_of
from bot.inbound import Inbound
from bot.talk.router import Heard
from campaigns.channel import Document
from campaigns.privacy import exporting, forgetting
from ledger import chain, customers, privacy
from ledger.tables import RequestKind

app = typer.Typer()


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="What the person writes.")],
    as_: Annotated[str, typer.Option("--as", help="The address it comes from: any name will do on the simulator.")],
    channel: Annotated[str, typer.Option(help="The channel it comes through.")] = "simulator",
    name: Annotated[str, typer.Option(help="The name the messenger shows.")] = "",
    save: Annotated[
        Path | None, typer.Option(help="Keep documents in this folder, readable by you alone.", file_okay=False)
    ] = None,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """One message from a person, through the same code as the real channels; prints the answers."""
    inbound = Inbound(channel, as_, text, provider_message_id=f"say-{uuid.uuid4()}", name=name)
    with shop_of(demo) as shop:
        heard = shop.router.receive(inbound)
        heard = replace(heard, replies=[*heard.replies, *asyncio.run(shop.see_to(heard.errands))])
        _print(heard, save, as_json=as_json)
        shop.note_given(heard.asks)


def _print(heard: Heard, save: Path | None, *, as_json: bool) -> None:
    if as_json:
        print_json(told(heard))
    for reply in heard.replies:
        if not as_json:
            printing.said(reply)
        if save is not None and reply.document is not None:
            print(f"written to {saving.save(reply.document, save)}", file=sys.stderr)


def told(heard: Heard) -> dict[str, object]:
    """What was answered, for programs. A list each for words, buttons and documents, all as long as the answers."""
    return {
        "replies": [reply.text for reply in heard.replies],
        "buttons": [[button.says for button in reply.buttons] for reply in heard.replies],
        "documents": [_described(reply.document) for reply in heard.replies],
        "standing": heard.standing.as_json(),
    }


def _described(document: Document | None) -> dict[str, object] | None:
    if document is None:
        return None
    return {"name": document.name, "bytes": len(document.data), "media_type": document.media_type}


@app.command()
def export(
    customer: Who,
    to: Annotated[
        Path | None,
        typer.Option(help="Write it to this file, readable by you alone: JSON, or with .zip also a CSV a table."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    demo: Demo = False,
) -> None:
    """Everything the database holds on one customer, as JSON or as an archive to hand over."""
    if to is not None and to.exists() and not force:
        raise Explained(f"{to} is there already; give another name, or --force to replace it")
    with shop_of(demo) as shop, shop.database.transaction() as session:
        now, person = shop.clock.now(), customers.find(session, customer, shop.shop.region)
        data = exporting.export(session, person, composer=shop.composer, shop=shop.shop, made_at=now)
        archive = exporting.zipped(data, composer=shop.composer) if to is not None and to.suffix == ".zip" else None
        privacy.note_request(session, RequestKind.COPY, person.id, COMMAND_LINE, COMMAND_LINE, now, now)
        if to is not None:
            saving.write(archive or exporting.as_json(data).encode(), to, replaces=force)
    print(exporting.as_json(data) if to is None else f"written to {to}")


@app.command()
def forget(
    customer: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Erase a customer for good, as they could in chat, and print the receipt."""
    with shop_of(demo) as shop:
        with shop.database.reading() as session:
            meant = customers.find(session, customer, shop.shop.region).id
        # Asked between two transactions: customers are heard however long somebody thinks here.
        if not yes and not agrees(f"Erase customer {meant} for good? YES/NO"):
            print("Nothing was erased.", file=sys.stderr)
            return
        with shop.database.transaction() as session:
            person = customers.find(session, customer, shop.shop.region)
            if person.id != meant:
                raise Explained(f"that is customer {person.id} by now; nothing was erased")
            now, zone = shop.clock.now(), shop.shop.zone
            receipt = forgetting.forget(session, person, zone=zone, by=COMMAND_LINE, at=now, channel=COMMAND_LINE)
    if as_json:
        print_json({"number": receipt.number, "at": receipt.at.isoformat(), "erased": receipt.erased})
    else:
        print(f"Erased. Receipt {receipt.number}: " + ", ".join(f"{n} {what}" for what, n in receipt.erased.items()))


@app.command(name="verify-ledger")
def verify_ledger(as_json: Json = False, demo: Demo = False) -> None:
    """Walk the chain of consent events and name the first that does not fit. Exits with 1 if one does not."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        found = chain.verify(session)
    if as_json:
        print_json(
            {"events": found.events, "chains": found.chains, "ok": found.ok, "first_broken": found.first_broken}
        )
    else:
        verdict = (
            "all fit" if found.ok else f"event {found.first_broken} does not fit: it or one before it was changed"
        )
        print(f"{found.events} consent events of {found.chains} customers: {verdict}")
    if not found.ok:
        raise typer.Exit(1)


@app.command(name="replay-erasures")
def replay_erasures(as_json: Json = False, demo: Demo = False) -> None:
    """After a backup was restored: erase again who was erased since. Every command does so when it opens the shop."""
    with shop_of(demo) as shop:
        repeated = shop.repeated_erasures
    if as_json:
        print_json({"repeated": repeated})
    else:
        print(f"Erasures repeated: {repeated}." if repeated else "Nothing to repeat.")

"""A campaign from the command line: drafted in a line, looked at, approved."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated, Any

import typer
from sqlmodel import Session

from bot.app import App
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, agrees, budget_of, print_json, shop_of, teller_of
from bot.talk.desk import lines, previewing
from bot.talk.desk.asking import faults_told
from bot.talk.desk.knowing import known
from bot.talk.desk.lines import Known, Line
from bot.talk.replies import Teller
from campaigns.launching import drafting, planning
from campaigns.launching import previewing as previews
from campaigns.launching.drafts import Draft, by_discount
from campaigns.launching.previewing import Preview
from campaigns.outcomes import results
from campaigns.problems import UnknownAudience
from campaigns.tables import Campaign, Status
from campaigns.words.composing import Laid
from campaigns.words.phrasing import phrasing

app = typer.Typer()
Yes = Annotated[bool, typer.Option("--yes", help="Approve without asking.")]


@app.command()
def launch(
    line: Annotated[
        list[str], typer.Argument(help='As in chat: winback to "at risk" tomorrow 09:00 10% off hold 10%.')
    ],
    to: Annotated[str | None, typer.Option(help="A segment's key or name (see segments), or all.")] = None,
    discount: Annotated[int | None, typer.Option(min=0, max=90, help="Percent off.")] = None,
    hold: Annotated[
        int | None, typer.Option(min=0, max=90, help="Percent held out; the setting's unless said.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="What it may cost at most, such as 500000 or 500rb; then it is held.")
    ] = None,
    yes: Yes = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Keep it as a draft for `approve`; nothing is sent.")
    ] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Preview a campaign and, after a yes, let it run. Sending itself is `dispatch` or `serve`."""
    with shop_of(demo) as shop:
        with shop.database.transaction() as session:
            now = shop.clock.now()
            said = _read(shop, session, " ".join(line), to)
            wanted = replace(
                said,
                variants=said.variants if discount is None else by_discount(discount),
                holdout_percent=said.holdout_percent if hold is None else hold,
                budget=said.budget if budget is None else budget_of(budget),
            )
            campaign = drafting.draft(session, shop.composer, wanted, shop=shop.shop, by=COMMAND_LINE, now=now)
            shown = previews.preview(session, campaign, shop.composer, shop.channels.keys(), shop.shop, now)
        _decide(shop, campaign.id, shown, yes=yes, keeps=draft, asks=not draft, as_json=as_json)


@app.command()
def approve(
    campaign: Annotated[int, typer.Argument(help="The draft's number.")],
    yes: Yes = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Look at a draft as things stand now and, after a yes, let it run."""
    with shop_of(demo) as shop:
        with shop.database.reading() as session:
            found = planning.find(session, campaign)
            planning.require(found, Status.DRAFT)
            now, channels = shop.clock.now(), shop.channels.keys()
            shown = previews.preview(session, found, shop.composer, channels, shop.shop, now)
        _decide(shop, campaign, shown, yes=yes, keeps=True, asks=True, as_json=as_json)


def _read(shop: App, session: Session, text: str, to: str | None) -> Draft:
    """What a line says. Raises Explained with the nearest line that would be understood."""
    there, teller = known(session, shop.composer, shop.shop, shop.shop.language, shop.clock.now()), teller_of(shop)
    onto = Draft()
    if to is not None and to.casefold() in there.absent:
        absent = there.absent[to.casefold()]
        raise Explained(faults_told(teller, there, Line(onto, (), (lines.ABSENT,), (absent,))))
    if to is not None:
        if to.casefold() not in there.audiences:
            raise UnknownAudience("unknown_audience", name=to, known=", ".join(sorted(set(there.audiences.values()))))
        onto = Draft(audience=there.audiences[to.casefold()])
    line = lines.read(text, there, onto)
    if line.unknown or line.faults:
        raise Explained(_unclear(teller, text, there, line))
    return line.draft


def _unclear(teller: Teller, text: str, there: Known, line: Line) -> str:
    """What of a line will not do; the nearest only where that goes to nobody else: without a group it goes to all."""
    told = faults_told(teller, there, line)
    if line.unknown:
        words = ", ".join(map(repr, line.unknown))
        told = f"{teller.word('launching', 'unknown', words=Laid(words))} {told}".strip()
    nearest = lines.nearest(text, there, line)
    loses_whom = line.draft.audience is not None and lines.read(nearest, there).draft.audience is None
    if lines.refuses(line) or line.absent or loses_whom:
        return told
    return f"{told}\n{teller.word('launching', 'nearest', line=Laid(nearest.partition(' ')[2]))}"


def _decide(shop: App, number: int, shown: Preview, *, yes: bool, keeps: bool, asks: bool, as_json: bool) -> None:
    """Show it, and do what is said to it. ``keeps``: without a yes it stays a draft; ``asks``: for that yes."""
    teller = teller_of(shop)
    with shop.database.reading() as session:
        campaign = planning.find(session, number)
        seen = drafting.draft_of(campaign)
        preview = previewing.told(session, teller, campaign, shown, shop.clock.now(), is_chat=False).reply
        question = f"{previewing.question(teller, campaign, shown)} {teller.word('launching', 'answers')}"
    if not as_json:
        print(preview.text)
    elif not yes:
        print_json({"campaign": number, **as_preview(shown)})
    if not yes and keeps and (as_json or not asks):
        if not as_json:
            print(f"\n{teller.word('launching', 'kept', number=number)}")
        return
    if not yes and not _is_wanted(shop, number, question, may_ask=not as_json, keeps=keeps):
        print(teller.word("launching", "still" if keeps else "dropped", number=number), file=sys.stderr)
        return
    _approve(shop, teller, number, seen, as_json=as_json)


def _approve(shop: App, teller: Teller, number: int, seen: Draft, *, as_json: bool) -> None:
    with shop.database.transaction() as session:
        campaign = planning.find(session, number)
        now, channels = shop.clock.now(), shop.channels.keys()
        plan = planning.approve(session, campaign, channels, shop.shop, by=COMMAND_LINE, now=now, seen=seen)
        told = results.report(session, campaign)
        found = phrasing(session, campaign, plan, previews.begins(campaign, shop.shop, now))
    if as_json:
        print_json({**told.as_json(), "words": found.as_json()})
    else:
        print(previewing.launched(teller, campaign, plan, found, is_chat=False).text)


def as_preview(shown: Preview) -> dict[str, Any]:
    """A preview for programs."""
    return {
        **shown.plan.as_json(),
        "later": shown.plan.later,
        "days": list(shown.reach.days),
        "cost": str(shown.reach.cost) if shown.reach.cost is not None else None,
        "queued_elsewhere": shown.queued,
        "words": shown.phrasing.as_json(),
        "outlook": shown.outlook.as_json(),
        "samples": [
            {
                "segment": each.candidate.segment,
                "language": each.candidate.language,
                "channel": each.candidate.facts.channel,
                "variant": each.variant.name,
                "approved_wording": each.is_approved_wording,
                "length": each.length,
                "text": each.text,
            }
            for each in shown.samples
        ],
    }


def _is_wanted(shop: App, number: int, question: str, *, may_ask: bool, keeps: bool) -> bool:
    """Whether the draft shall run; otherwise it comes to nothing, also where somebody walks away from the question.

    No transaction is open meanwhile: customers are heard however long somebody thinks.
    """
    is_wanted = False
    try:
        is_wanted = may_ask and agrees(question)
    finally:
        if not is_wanted and not keeps:
            with shop.database.transaction() as session:
                campaign: Campaign = planning.find(session, number)
                if campaign.status == Status.DRAFT:
                    planning.cancel(session, campaign, by=COMMAND_LINE, now=shop.clock.now())
    return is_wanted

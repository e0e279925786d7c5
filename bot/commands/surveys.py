"""`langganan survey`: what `/survey` does in chat, by the same functions."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlmodel import Session

from bot.app import App
from bot.commands import survey_analysis
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, agrees, print_json, shop_of, teller_of
from bot.commands.seeing import Picture, draw
from bot.talk.desk import surveys as desk
from bot.talk.desk.knowing import known
from bot.talk.desk.survey_telling import told
from bot.talk.desk.survey_words import launched, listed, previewed
from bot.terminal import at_terminal
from campaigns.launching import planning as campaigns
from campaigns.surveys import planning, results
from campaigns.surveys.planning import Preview
from campaigns.tables import Status, Survey

app = typer.Typer(no_args_is_help=True)
app.add_typer(survey_analysis.app)
Number = Annotated[int, typer.Argument(help="The survey's number.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


@app.command(name="list")
def list_(as_json: Json = False, demo: Demo = False) -> None:
    """Every survey and how far it is, and what can be asked."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        now = shop.clock.now()
        if as_json:
            print_json([_brief(session, each, shop) for each, _ in planning.surveys(session)])
        else:
            print(at_terminal(listed(session, teller_of(shop), now, is_chat=False)))


@app.command()
def new(
    what: Annotated[
        list[str],
        typer.Argument(help='loyalty, nps, csat, or own and its questions: own "How is it? 1-5 | What is missing?"'),
    ],
    to: Annotated[
        str | None, typer.Option(help="A group's name or key (see segments); everybody unless said.")
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="After a yes, ask them at once; else it stays a draft.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """A survey to look at: whom it would ask, why not the others, and all its words. Nobody is asked yet."""
    with shop_of(demo) as shop:
        with shop.database.transaction() as session:
            now = shop.clock.now()
            there = known(session, shop.composer, shop.shop, shop.shop.language, now).audiences
            asked, whom = desk.read(shop.composer, " ".join(what), there)
            whom = whom if to is None else desk.audience_of(to, there)
            survey = planning.draft(session, asked, whom, shop=shop.shop, by=COMMAND_LINE, now=now)
            number = survey.id
        _show(shop, number, as_json=as_json and not (send and yes))
        if send:
            _send(shop, number, yes=yes, as_json=as_json)


@app.command()
def preview(survey: Number, as_json: Json = False, demo: Demo = False) -> None:
    """A draft as things stand now, exactly as customers would see it."""
    with shop_of(demo) as shop:
        _show(shop, survey, as_json=as_json)


@app.command()
def send(survey: Number, yes: Yes = False, as_json: Json = False, demo: Demo = False) -> None:
    """Ask them, after a yes. Sending itself is `dispatch` or `serve`."""
    with shop_of(demo) as shop:
        if not as_json:
            _show(shop, survey, as_json=False)
        _send(shop, survey, yes=yes, as_json=as_json)


@app.command(name="results")
def results_(survey: Number, chart: Picture = None, as_json: Json = False, demo: Demo = False) -> None:
    """Who answered, and what: every figure with its n and interval, nothing of fewer than five people."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        found = planning.find(session, survey)
        came = results.results(session, found, shop.clock.now())
        reply = told(teller_of(shop), came, is_chat=False)
        if chart is not None:
            if reply.chart is None:
                raise Explained("there is nothing to draw yet: fewer than five people have answered")
            draw(reply.chart, chart)
        print_json(came.as_json()) if as_json else print(at_terminal(reply))


@app.command()
def close(survey: Number, yes: Yes = False, as_json: Json = False, demo: Demo = False) -> None:
    """Nobody more is asked, and nothing more is answered; what was answered stays."""
    with shop_of(demo) as shop:
        teller = teller_of(shop)
        if not yes and (as_json or not agrees(teller.word("surveys", "close_question", number=survey))):
            raise Explained(f"survey {survey} stays as it is; to close it without a question: --yes")
        with shop.database.transaction() as session:
            found, now = planning.find(session, survey), shop.clock.now()
            spared = planning.close(session, found, by=COMMAND_LINE, now=now)
            came = results.results(session, found, now)
            reply = told(teller, came, spared=spared, is_chat=False)
        print_json({**came.as_json(), "spared": spared}) if as_json else print(at_terminal(reply))


def _show(shop: App, number: int, *, as_json: bool) -> None:
    with shop.database.reading() as session:
        survey = planning.find(session, number)
        campaigns.require(planning.campaign_of(session, survey), Status.DRAFT)
        shown = planning.preview(session, survey, shop.channels.keys(), shop.shop, shop.clock.now())
        if as_json:
            print_json(_previewed(survey, shown))
        else:
            print(at_terminal(previewed(session, teller_of(shop), survey, shown, is_chat=False)))


def _send(shop: App, number: int, *, yes: bool, as_json: bool) -> None:
    teller = teller_of(shop)
    # No transaction is open meanwhile: customers are heard however long somebody thinks.
    if not yes and (as_json or not agrees(teller.word("surveys", "send_question", number=number))):
        if not as_json:
            print(teller.word("surveys", "kept", number=number))
        return
    with shop.database.transaction() as session:
        survey, now = planning.find(session, number), shop.clock.now()
        plan = planning.approve(session, survey, shop.channels.keys(), shop.shop, by=COMMAND_LINE, now=now)
        told_ = {"survey": number, **plan.as_json()} if as_json else None
    print_json(told_) if told_ else print(at_terminal(launched(teller, survey, plan, is_chat=False)))


def _brief(session: Session, survey: Survey, shop: App) -> dict[str, Any]:
    told_ = results.results(session, survey, shop.clock.now()).as_json()
    return {name: value for name, value in told_.items() if name not in ("items", "measured")}


def _previewed(survey: Survey, shown: Preview) -> dict[str, Any]:
    return {
        "survey": survey.id,
        "kind": survey.kind,
        "version": survey.version,
        "questions": survey.questions,
        "reached": shown.reached.chosen,
        "queued_elsewhere": shown.queued,
        "words": shown.phrasing.as_json(),
        **shown.plan.as_json(),
    }

"""What customers write: teaching the shop how it is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bot import printing
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, print_json, shop_of
from bot.saving import weight
from campaigns.learning import keeping
from campaigns.learning.problems import BadLabels
from ledger import audit

app = typer.Typer()
TAUGHT, TAKEN_BACK = "sentiment trained", "sentiment taken back"
"""In the audit."""
RESTART = "`langganan serve` uses it from its next start on."
PERCENT = "{:.1%}"


@app.command(name="train-sentiment")
def train_sentiment(
    file: Annotated[Path | None, typer.Argument(help="A .csv or .tsv with the columns text and label.")] = None,
    check: Annotated[Path | None, typer.Option("--check", help="Check with this file, not with a fifth.")] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Use it even if it is no better than what is in use.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to the model before.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Learn from labelled texts how customers mean what they write; used only if it judges better than before."""
    if (file is None) != undo:
        raise Explained("give a file to learn from, or --undo: `langganan train-sentiment labelled.csv`")
    if file is None:
        _undo(as_json=as_json, demo=demo)
        return
    from campaigns.learning import teaching  # scikit-learn, which only training needs

    with shop_of(demo) as shop:
        try:
            with printing.shares("training") as progress:
                taught = teaching.teach(
                    file, check, shop.settings.data_dir, shop.clock.now(), anyway=anyway, progress=progress
                )
        except BadLabels as fault:
            raise Explained(str(fault)) from fault
        if taught.is_kept:
            with shop.database.transaction() as session:
                audit.record(session, shop.clock.now(), COMMAND_LINE, TAUGHT, n=taught.n, checked=taught.measures.n)
    told = taught.as_json()
    print_json(told) if as_json else _tell(told)


def _undo(*, as_json: bool, demo: bool) -> None:
    with shop_of(demo) as shop:
        if not keeping.undo(shop.settings.data_dir):
            raise Explained("nothing was ever trained here, so there is nothing to go back to")
        with shop.database.transaction() as session:
            audit.record(session, shop.clock.now(), COMMAND_LINE, TAKEN_BACK)
        try:
            now = keeping.read(shop.settings.data_dir)
        except keeping.UnreadableWords as fault:
            raise Explained(str(fault)) from fault
    if as_json:
        print_json({"in_use": now.name, **now.about})
    else:
        told = f"the one trained on {now.about.get('n', 0):,} texts" if now.about else "what ships"
        printing.out.print(f"In use again: {told}. {RESTART}", markup=False, highlight=False)


def _tell(told: dict[str, Any]) -> None:
    _say(f"Learnt from {told['n']:,} texts{_left_out(told)}; checked with {told['check']['n']:,} others.")
    printing.out.print(_measures(told), _confusion(told["check"]), _calibration(told["check"]), _trades(told))
    low, high = told["difference"]["interval"]
    gain = told["difference"]["macro_f1"]
    chance = " (may be chance: too few texts to tell)" if told["difference"]["could_be_chance"] else ""
    _say(f"Macro F1 {gain:+.3f} against what is in use, 95 % {low:+.3f} to {high:+.3f}{chance}.")
    if told["kept"]:
        _say(f"In use now ({weight(told['bytes'])}). {RESTART} Back: `langganan train-sentiment --undo`.")
    else:
        _say("No better than what is in use, so that stays. More labelled texts help; --anyway uses it all the same.")


def _left_out(told: dict[str, Any]) -> str:
    out = ", ".join(f"{n:,} {why}" for why, n in told["left_out"].items())
    return f" (left out: {out})" if out else ""


def _measures(told: dict[str, Any]) -> Table:
    """What was learnt beside what is in use."""
    table = Table("", "learnt now", f"in use ({told['in_use']['name']})", title="On the texts it was checked with")
    new, old = told["check"], told["in_use"]
    table.add_row("accuracy, 95 %", *(_share(each, "accuracy") for each in (new, old)))
    table.add_row("macro F1, 95 %", *(_share(each, "macro_f1") for each in (new, old)))
    table.add_row("stay unsure", *(PERCENT.format(each["unsure"]) for each in (new, old)))
    table.add_row("right of the others", *(PERCENT.format(each["right_of_sure"]) for each in (new, old)))
    table.add_row("probabilities off by", *(PERCENT.format(each["off"]) for each in (new, old)))
    return table


def _share(measures: dict[str, Any], name: str) -> str:
    low, high = measures[f"{name}_interval"]
    return f"{measures[name]:.3f} ({low:.3f}–{high:.3f})"


def _confusion(measures: dict[str, Any]) -> Table:
    names = list(measures["confusion"])
    table = Table("labelled as", *(f"judged {name}" for name in names), title="What was taken for what")
    for name, row in measures["confusion"].items():
        table.add_row(name, *(f"{n:,}" for n in row.values()))
    return table


def _calibration(measures: dict[str, Any]) -> Table:
    table = Table("said to be right", "was right", "texts", title="Do the probabilities hold?")
    for each in measures["calibration"]:
        table.add_row(PERCENT.format(each["told"]), PERCENT.format(each["right"]), f"{each['n']:,}")
    return table


def _trades(told: dict[str, Any]) -> Table:
    """How many labels for how many right ones, each time without what was learnt from."""
    table = Table("sure from", "get a label", "right of those", title=f"Unsure or wrong (chosen: {told['sure']:.0%})")
    for each in told["trades"][::2]:
        table.add_row(*(f"{each[name]:.0%}" for name in ("sure", "labelled", "right")))
    return table


def _say(sentence: str) -> None:
    printing.out.print(sentence, markup=False, highlight=False, soft_wrap=True)

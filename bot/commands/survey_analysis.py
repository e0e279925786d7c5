"""`langganan survey analyse`: what goes with what in anybody's survey, from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table

from bot import printing, saving
from bot.commands.common import Demo, Explained, Json, print_json, shop_of, teller_of
from bot.talk.desk import reading, survey_analysis
from bot.talk.replies import Teller
from bot.terminal import at_terminal
from campaigns.outcomes.charts import PathChart
from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.surveys import planning
from campaigns.surveys.analysis import STUDY, Analysis, Span
from campaigns.words.composing import Composer

if TYPE_CHECKING:
    from campaigns.surveys.analysis_files import Asked

app = typer.Typer()
NUMBER = re.compile(r"[0-9]{1,9}")


@app.command(name="analyse")
def analyse(
    file: Annotated[
        Path,
        typer.Argument(
            help="A column for each question: .csv, .tsv, .xlsx, or gzipped; or a survey's number in chat."
        ),
    ],
    model: Annotated[str, typer.Option(help='The arrows to look at: "COMP, LIKE -> CUSA, CUSL; CUSA -> CUSL".')] = "",
    model_file: Annotated[
        Path | None, typer.Option(help="The model as a file: model, missing, [constructs], [modes].")
    ] = None,
    construct: Annotated[
        list[str] | None,
        typer.Option(help='What measures a thing: "Image=IMAG1,IMAG2". Else columns called as it is, numbered.'),
    ] = None,
    missing: Annotated[
        list[float] | None, typer.Option(help="A number that stands for no answer, as -99; empty cells always do.")
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Only who answered everything, instead of filling in the average.")
    ] = False,
    scheme: Annotated[Literal["path", "factorial"], typer.Option(help="How neighbours count.")] = "path",
    interval: Annotated[
        Literal["percentile", "bca"], typer.Option(help="How intervals are read off.")
    ] = "percentile",
    samples: Annotated[int, typer.Option(min=0, max=100_000, help="How often people are drawn.")] = 10_000,
    seed: Annotated[int, typer.Option(help="With the same seed the same people are drawn.")] = 0,
    language: Annotated[Literal["id", "en"], typer.Option(help="In which words it is told.")] = "en",
    picture: Annotated[Path | None, typer.Option(help="Also draw it, into this .png or .svg file.")] = None,
    figures: Annotated[bool, typer.Option("--figures", help="All figures in tables below the words.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """What goes with what in a survey: a path model (PLS-SEM) with intervals, told plainly and as a picture."""
    if picture is not None and picture.suffix.casefold() not in {".png", ".svg"}:
        raise Problem("survey_picture_name")
    if NUMBER.fullmatch(str(file)) and not file.exists():
        _own(int(str(file)), demo=demo, picture=picture, figures=figures, as_json=as_json)
        return
    asked = _asked(model, model_file, construct or [], missing or [])
    people = "complete" if complete else "mean"
    how = {"scheme": scheme, "interval": interval, "samples": samples, "seed": seed, "missing": people}
    found = _of_file(file, asked, how)
    of = {"file": file.name, "model": asked.arrows}
    _show(Teller(Composer(), Shop(), language), file.name, of, found, picture, figures=figures, as_json=as_json)


def _of_file(file: Path, asked: Asked, how: Mapping[str, Any]) -> Analysis:
    from campaigns.surveys import analysis_files  # the engine, which answering people never needs
    from ledger.imports.report import BadFile

    try:
        return analysis_files.analysed(file, asked, how)
    except BadFile as fault:
        teller = Teller(Composer(), Shop(), "en")
        raise Explained(reading.problem(teller, fault.as_json(), is_typed=True)) from fault


def _own(number: int, *, demo: bool, picture: Path | None, figures: bool, as_json: bool) -> None:
    """At once; chat reads it from then on."""
    from campaigns.mining.surveys import renew  # the engine

    with shop_of(demo) as shop, shop.database.transaction() as session:
        found = renew(session, planning.find(session, number), shop.clock.now())
        teller = teller_of(shop)
    of = {"survey": number, "model": STUDY}
    _show(
        teller,
        teller.word("survey_picture", "one", number=number),
        of,
        found,
        picture,
        figures=figures,
        as_json=as_json,
    )


def _show(
    teller: Teller,
    what: str,
    of: Mapping[str, Any],
    found: Analysis,
    picture: Path | None,
    *,
    figures: bool,
    as_json: bool,
) -> None:
    if picture is not None:
        _draw(survey_analysis.picture(teller, found), picture)
    if as_json:
        print_json({**of, **found.as_json()})
        return
    print(at_terminal(survey_analysis.told(teller, what, found)))
    if figures:
        for table in tables(found):
            printing.out.print(table)


def tables(found: Analysis) -> list[Table]:
    """Everything that was reckoned, for who reads such tables."""
    return [_of_items(found), _of_constructs(found), _of_links(found), _of_pairs(found)]


def _of_items(found: Analysis) -> Table:
    table = _table(f"Questions (n = {found.n:,})", "question", "of", "loading", "weight", "VIF", "filled in")
    for each in found.items:
        told = (_span(each.loading), _span(each.weight), _figure(each.vif), f"{each.filled:,}")
        table.add_row(each.name, each.construct, *told)
    return table


def _of_constructs(found: Analysis) -> Table:
    table = _table("Constructs", "construct", "mode", "α", "rho_A", "rho_C", "AVE", "R²", "adjusted", "VIF")
    for each in found.constructs:
        measures = (each.alpha, each.rho_a, each.rho_c, each.ave)
        r2 = _figure(each.r2.value) if each.r2 is not None else "–"
        told = (*map(_figure, measures), r2, _figure(each.r2_adjusted), _figure(each.vif))
        table.add_row(each.name, each.mode, *told)
    return table


def _of_links(found: Analysis) -> Table:
    table = _table("Paths", "from", "to", "direct", "f²", "in total")
    for each in found.links:
        table.add_row(each.source, each.target, _span(each.path), _figure(each.f2), _span(each.total))
    for chain in found.chains:
        way = f"by way of {', '.join(chain.through[1:-1])}"
        table.add_row(chain.through[0], chain.through[-1], way, "", _span(chain.effect))
    return table


def _of_pairs(found: Analysis) -> Table:
    table = _table("Are they two things?", "one", "other", "HTMT", "correlation", "Fornell–Larcker")
    for each in found.apart:
        said = "two" if each.is_apart else "not told apart"
        table.add_row(each.first, each.second, _span(each.htmt), _figure(each.correlation), said)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for each in columns:
        table.add_column(each)
    return table


def _span(span: Span) -> str:
    if span.low is None:
        return _figure(span.value)
    return f"{_figure(span.value)} [{_figure(span.low)}, {_figure(span.high)}]"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace("-", "−")


def _asked(model: str, model_file: Path | None, constructs: list[str], missing: list[float]) -> Asked:
    from campaigns.surveys import analysis_files  # it reads tables with polars

    asked = analysis_files.of_toml(model_file) if model_file is not None else analysis_files.Asked(model)
    given = dict(analysis_files.of_option(each) for each in constructs)
    arrows = model or asked.arrows
    if not arrows.strip():
        raise Problem("survey_no_model")
    return analysis_files.Asked(arrows, {**asked.constructs, **given}, asked.modes, (*asked.missing, *missing))


def _draw(chart: PathChart, path: Path) -> None:
    """Into ``path``, replacing what is there. Raises Explained where there is no place for it."""
    from bot import drawing, path_svg  # Pillow, which nobody needs who wants no picture

    is_svg = path.suffix.casefold() == ".svg"
    data = path_svg.svg(chart).encode() if is_svg else drawing.picture(chart).data
    try:
        saving.write(data, path, replaces=True)
    except OSError as fault:
        raise Explained(f"{path} cannot be written: {fault.strerror or type(fault).__name__}") from fault
    printing.err.print(f"{path}", highlight=False, markup=False, soft_wrap=True)

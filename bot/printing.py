"""Tables and progress for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text
from sqlmodel import Session, col, select

from bot.saving import size
from bot.showing import Board
from bot.talk.replies import Teller, product_names
from campaigns.looking import picks
from campaigns.words import wording
from campaigns.words.composing import Reply
from ledger.tables import Product

if TYPE_CHECKING:
    from bot.doctor import Told

    # Importing the readers brings polars along, which answering people never needs.
    from ledger.imports import ImportReport

out = Board()
err = Board(stderr=True)
SIDES = ("antecedents", "consequents")
MOST_RULES = 40
OF_KNOWN = {"numbers": "phone numbers of known customers", "details": "facts about known customers"}
"""What an import brings now and then."""


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; call what it gives with how much is done of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def plain_progress() -> Iterator[Callable[[int, int], None]]:
    """Lines on stderr for a program that reads along: how much is done of how much."""
    yield lambda done, total: err.print(f"{done}/{total}", markup=False, highlight=False)


@contextmanager
def shares(label: str) -> Iterator[Callable[[str, float], None]]:
    """A bar on stderr; call what it gives with the step that begins and how much of all is done, from 0 to 1."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as progress:
        task = progress.add_task(label, total=1.0)
        yield lambda step, done: progress.update(task, description=f"{label}: {step}", completed=done)


@contextmanager
def steps(label: str) -> Iterator[Callable[[str], None]]:
    """A spinner on stderr; call what it gives with the step that begins."""
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda step: progress.update(task, description=f"{label}: {step}")


def imported(report: ImportReport) -> Table:
    """What an import kept and what it dropped, by reason."""
    title = f"{report.format}: {report.lines:,} lines" + (" (dry run, nothing kept)" if report.dry_run else "")
    table = Table(title=title, title_justify="left")
    for heading in ("what", "lines", "first seen in line"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    counts = {"purchases": report.purchases, "returns": report.returns, **report.others}
    for what, n in counts.items():
        table.add_row(what, f"{n:,}", "")
    for reason, n in report.dropped.items():
        table.add_row(
            Text(f"dropped: {reason}"), f"{n:,}", ", ".join(str(line) for line in report.first_lines.get(reason, ()))
        )
    table.add_section()
    for what, n in (("customers", report.customers), ("orders", report.orders), ("products", report.products)):
        table.add_row(what, f"{n:,}", "")
    for what, n in report.added.items():
        if n or what not in OF_KNOWN:
            table.add_row(f"new {OF_KNOWN.get(what, what)}", f"{n:,}", "")
    table.add_section()
    for column, field in report.columns.items():
        table.add_row(Text(f"{column} = {field}"), "", "")
    if report.unused:
        table.add_row(Text(f"not used: {', '.join(report.unused)}"), "", "")
    return table


def said(reply: Reply) -> None:
    """An answer as a chat would show it."""
    out.print(reply.text, markup=False, highlight=False, soft_wrap=True)
    if reply.buttons:
        out.print("  ".join(f"[{button.label}]" for button in reply.buttons), markup=False, style="cyan")
    if reply.document:
        line = f"[{reply.document.name}, {size(reply.document.data)}]"
        out.print(line, markup=False, style="cyan", soft_wrap=True)


def rules(session: Session, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules with the products' names in place of their numbers."""
    names = product_names(session, {each for rule in found for side in SIDES for each in rule[side]})
    return [{**rule, **{side: [names[each] for each in rule[side]] for side in SIDES}} for rule in found]


def rules_table(told: Sequence[Mapping[str, Any]]) -> Table:
    """The first rules, the way a shopkeeper reads them."""
    table = Table(title=f"{len(told):,} rules", title_justify="left")
    for heading in ("who buys", "also buys", "times", "confidence", "lift"):
        table.add_column(heading, justify="left" if "buys" in heading else "right")
    for rule in told[:MOST_RULES]:
        sides = (Text(" + ".join(rule[side])) for side in SIDES)
        table.add_row(*sides, f"{rule['count']:,}", f"{rule['confidence']:.0%}", f"{rule['lift']:.1f}")
    return table


def recommendations(session: Session, teller: Teller, customer_id: int) -> list[dict[str, Any]]:
    """What to offer one customer, each with its reason in words: what is new to them, and what to buy again.

    Counted from 1 in either list; without what ran out or was wished away since the run.
    """
    both = picks.of(session, customer_id)
    found = [*both.new, *both.again]
    wanted = {each.product_id for each in found} | {each.reason_product_id or 0 for each in found}
    products = {product.id: product for product in session.exec(select(Product).where(col(Product.id).in_(wanted)))}
    return [
        {
            "rank": each.rank,
            "product": products[each.product_id].name,
            "sku": products[each.product_id].sku,
            "score": each.score,
            "kind": "again" if each.is_again else "new",
            "reason": wording.reason(teller.composer, teller.language, each, products),
        }
        for each in found
    ]


def recommended(told: Mapping[str, Any]) -> str:
    """One of them as a line."""
    reason = f" — {told['reason']}" if told["reason"] else ""
    return f"{told['rank']:>2}. {told['product']}{reason}"


def findings(found: Sequence[Told]) -> Table:
    """What the doctor saw, and the next step where one is due."""
    table = Table.grid(padding=(0, 2))
    for each in found:
        mark = "[green]✓[/green]" if each.is_well else "[yellow]![/yellow]"
        table.add_row(mark, Text(each.about), Text(each.found + (f"\n→ {each.mend}" if each.mend else "")))
    return table

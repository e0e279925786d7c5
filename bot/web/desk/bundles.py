"""What sells together, as a web of products, and the bundles that are worth offering."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from bot.talk.desk import bundles as told
from bot.web.desk import charts
from bot.web.desk.frame import Page, Visit
from campaigns.looking.bundles import Offered, bundles
from campaigns.outcomes.charts import Edge, Node, Web

MOST_SHOWN = 20


def show(visit: Visit) -> Page:
    """All bundles of the run in use, the best first."""
    found = bundles(visit.session)
    drawn = charts.web(joined(visit, found))
    return Page(
        "bundles",
        {
            "web": drawn,
            "bundles": [told.row(visit.teller, each) for each in found[:MOST_SHOWN]],
            "baskets": found[0].baskets if found else 0,
        },
    )


def joined(visit: Visit, found: Sequence[Offered]) -> Web:
    """Two products are joined where a bundle holds both; the wider, the oftener they were in one order."""
    numbers: dict[int, int] = {}
    names: list[str] = []
    sizes: list[float] = []
    edges: dict[tuple[int, int], Edge] = {}
    for each in found:
        for product in each.products:
            if product.id not in numbers:
                numbers[product.id] = len(names)
                names.append(product.name or product.sku)
                sizes.append(0.0)
            sizes[numbers[product.id]] = max(sizes[numbers[product.id]], each.bundle.count)
        for pair in combinations(sorted(numbers[product.id] for product in each.products), 2):
            known = edges.get(pair)
            if known is None or known.weight < each.bundle.count:
                edges[pair] = Edge(*pair, each.bundle.count, _said(visit, each))
    word = visit.teller.word
    baskets = visit.printer.number(found[0].baskets if found else 0)
    return Web(
        word("desk_bundles", "web"),
        tuple(Node(name, size) for name, size in zip(names, sizes, strict=True)),
        tuple(edges.values()),
        word("desk_bundles", "web_note", n=baskets),
    )


def _said(visit: Visit, each: Offered) -> str:
    count, lift = visit.printer.number(each.bundle.count), visit.printer.number(each.bundle.lift, 1)
    return visit.teller.word("desk_bundles", "edge", count=count, lift=lift)

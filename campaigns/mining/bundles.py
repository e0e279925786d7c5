"""What sells together, whether that lasts, and for whom it would be something new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from campaigns.mining.findings import Findings, Rule, finite
from campaigns.mining.parameters import Parameters
from engine.bundles.baskets import Lines, lines_bought
from engine.bundles.buyers import Together, buyers
from engine.bundles.itemsets import TooManyItemsets
from engine.bundles.later import LEAST_EXPECTED, Held, Parted, part
from engine.bundles.proposals import Bundle, Bundles, rules_met
from engine.bundles.rules import Rules
from engine.bundles.tally import PairTally
from engine.errors import TooLittleData
from engine.frames import Interactions, Products

PAIRS = "pairs"
"""Name of the state that counts on until the next run: engine.bundles.tally.PairTally."""
RULES_KEPT = 5_000
"""Of more rules than these the surest are written."""
LENGTH_SEEN = 4
"""Products in the longest set where sets of every length would be too many."""
SETS_SOUGHT = 50_000
"""Of more sets than these nobody would read the rules; in a small shop one in 200 orders is two or three of them, and
what few large orders share is millions of sets."""


def find_bundles(
    findings: Findings,
    interactions: Interactions,
    profiled: Interactions,
    products: Products,
    parameters: Parameters,
) -> None:
    """Rules and bundles of all orders, and whom among the ``profiled`` a bundle is for."""
    bought = lines_bought(interactions)
    mined, parted = fitted(interactions, parameters.min_support, parameters.min_confidence), part(bought)
    found = mined.propose(products, parameters.bundles, together=Together(interactions))
    kept = surest(mined.rules_)
    findings.rules = listed(kept)
    findings.bundles = list(_rows(found, mined, parted.later, profiled))
    findings.state[PAIRS] = PairTally.of(bought.order, bought.product).kept()
    findings.quality |= {
        "baskets": mined.itemsets_.n_baskets,
        "itemsets": len(mined.itemsets_),
        "rules": len(mined.rules_),
        "bundles": {
            "found": len(found),
            "rules_kept": len(kept),
            "min_support": mined.min_support,
            "max_length": mined.max_length,
            **_told(_lasting(mined, parted)),
        },
    }


def fitted(interactions: Interactions, min_support: float, min_confidence: float) -> Bundles:
    """The rules at this support; where the sets are too many, of those as long as a bundle, then at a higher support.

    Raises TooLittleData, and TooManyItemsets only where the products alone are too many.
    """
    max_length: int | None = None
    while True:
        try:
            return Bundles(min_support, min_confidence, max_length, SETS_SOUGHT).fit(interactions)
        except TooManyItemsets as fault:
            if max_length is None:
                max_length = LENGTH_SEEN
            elif fault.try_support is not None:
                min_support = fault.try_support
            elif max_length == 1:
                raise
            else:
                max_length -= 1


def surest(rules: Rules) -> Rules:
    """All rules, or of too many the RULES_KEPT with the greatest lower bound of the lift, in the order they had."""
    if len(rules) <= RULES_KEPT:
        return rules
    return rules.where(np.sort(np.argsort(-rules.least_lift, kind="stable")[:RULES_KEPT]))


def _rows(found: Sequence[Bundle], mined: Bundles, later: Lines, profiled: Interactions) -> Iterator[dict[str, Any]]:
    met = rules_met(found, later)
    figures = zip(met.both.tolist(), met.lift.tolist(), met.least_lift.tolist(), strict=True)
    people = buyers([each.products for each in found], profiled)
    for each, whom, (both, lift, least) in zip(found, people, figures, strict=True):
        support = each.count / mined.itemsets_.n_baskets
        is_judged = support * met.n_baskets >= LEAST_EXPECTED
        yield {
            "product_ids": list(each.products),
            "count": each.count,
            "support": support,
            "lift": each.lift,
            "antecedents": list(each.antecedent),
            "consequent_id": each.consequent,
            "antecedent_count": each.antecedent_count,
            "least_lift": each.least_lift,
            "q_value": each.q_value,
            "later_baskets": met.n_baskets,
            "later_count": both,
            "later_lift": lift if is_judged else None,
            "later_least_lift": least if is_judged else None,
            "whole": whom.whole,
            "part": whom.part,
        }


def _lasting(mined: Bundles, parted: Parted) -> Held:
    """What of the rules lasts; nothing is said where the earlier orders are too few, or make too many sets."""
    try:
        return mined.holds_later(parted)
    except (TooLittleData, TooManyItemsets):
        return Held(0, 0, 0, 0, 0)


def _told(later: Held) -> dict[str, Any]:
    """The share of the rules that held, for campaigns/mining/comparing.py, and what it was counted in."""
    if not later.n:
        return {"n": 0, "unjudged": later.n_unjudged}
    low, high = later.interval
    return {
        "holds": later.share,
        "holds_se": later.share_error,
        "holds_low": low,
        "holds_high": high,
        "surely_holds": later.sure_share,
        "n": later.n,
        "unjudged": later.n_unjudged,
        "later_baskets": later.n_baskets,
    }


def listed(rules: Rules) -> list[Rule]:
    """The rules as rows keep them, in the engine's order."""
    figures = zip(
        rules.support.tolist(),
        rules.confidence.tolist(),
        rules.lift.tolist(),
        rules.leverage.tolist(),
        rules.conviction.tolist(),
        rules.count.tolist(),
        strict=True,
    )
    listed = []
    for row, (support, confidence, lift, leverage, conviction, count) in enumerate(figures):
        antecedents, consequent = rules.products_of(row)
        listed.append(
            Rule(
                [int(each) for each in antecedents],
                [consequent],
                support,
                confidence,
                lift,
                leverage,
                finite(conviction),
                int(count),
            )
        )
    return listed

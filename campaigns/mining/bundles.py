"""What sells together."""

from __future__ import annotations

from campaigns.mining.findings import Findings, Rule, finite
from campaigns.mining.parameters import Parameters
from engine.bundles.proposals import Bundles
from engine.bundles.rules import Rules
from engine.frames import Interactions, Products


def find_bundles(findings: Findings, interactions: Interactions, products: Products, parameters: Parameters) -> None:
    mined = Bundles(parameters.min_support, parameters.min_confidence, max_length=None).fit(interactions)
    findings.rules = listed(mined.rules_)
    findings.bundles = [
        {
            "product_ids": [int(product) for product in bundle.products],
            "count": bundle.count,
            "support": bundle.count / mined.itemsets_.n_baskets,
            "lift": bundle.lift,
        }
        for bundle in mined.propose(products, parameters.bundles)
    ]
    findings.quality |= {
        "baskets": mined.itemsets_.n_baskets,
        "itemsets": len(mined.itemsets_),
        "rules": len(findings.rules),
        "bundles": len(findings.bundles),
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

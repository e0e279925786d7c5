"""Which products are alike by what is written about them: the way in for a product nobody has bought yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.frames import Products
from engine.recommend.collaborative import nearest, unit_rows

MOST_ASKED = 4_000
"""Of more products, so many with the fewest buyers are compared with all: the rest speak by their sales."""
COMMONEST = 0.1
"""In large shops, words that stand on more than this share of the products tell nothing apart."""
WORD = re.compile(r"\b\w\w+\b")


def text_neighbours(products: Products, k: int, buyers: NDArray[np.int64] | None = None) -> Any:
    """The ``k`` products of the most similar wording, by name, category, brand and description.

    Returns a symmetric CSR matrix (m, m) of cosines between TF-IDF vectors. Symmetric, so that every product has a
    way in: a new one is a neighbour of the old ones it resembles even when each of those has ``k`` closer ones.
    Empty when no product has a word. Of more than MOST_ASKED products, those with the fewest ``buyers`` (m,).
    Source: Salton and Buckley (1988), Term-weighting approaches in automatic text retrieval.
    """
    m, is_large = len(products), len(products) > MOST_ASKED
    units = weighed_words(
        [
            " ".join(words)
            for words in zip(products.name, products.category, products.brand, products.description, strict=True)
        ],
        COMMONEST if is_large else 1.0,
    )
    if not units.nnz:
        return sparse.csr_array((m, m))
    asked = np.arange(m)
    if is_large and buyers is not None:
        asked = np.sort(np.argsort(buyers, kind="stable")[:MOST_ASKED])
    found = nearest(units, k, asked)
    place = sparse.csr_array((np.ones(len(asked)), (asked, np.arange(len(asked)))), shape=(m, len(asked)))
    closest = (place @ found).tocsr()
    return closest.maximum(closest.T).tocsr()


def weighed_words(texts: Sequence[str], commonest: float) -> Any:
    """TF-IDF vectors of length 1, CSR (texts, words): 1 + ln of how often, times 1 + ln of (1 + texts) / (1 + texts
    with it). Words of one letter, and those in more than the share ``commonest`` of the texts, are left out.

    As scikit-learn weighs them, whose import alone takes longer than the rest of this.
    """
    numbers: dict[str, int] = {}
    found = [[numbers.setdefault(word, len(numbers)) for word in WORD.findall(text.lower())] for text in texts]
    row = np.repeat(np.arange(len(texts)), [len(each) for each in found])
    column = np.array([number for each in found for number in each], dtype=np.int64)
    shape = (len(texts), max(len(numbers), 1))
    counts = sparse.csr_array((np.ones(len(row)), (row, column)), shape=shape)
    on = np.bincount(counts.indices, minlength=shape[1])
    rarity = np.where(on <= commonest * len(texts), np.log((1 + len(texts)) / (1 + on)) + 1, 0)
    counts.data = ((1 + np.log(counts.data)) * rarity[counts.indices]).astype(np.float32)
    counts.eliminate_zeros()
    return unit_rows(counts)

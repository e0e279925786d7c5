"""Which products are alike by what is written about them: the way in for a product nobody has bought yet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.frames import Products
from engine.recommend.collaborative import nearest

MOST_ASKED = 4_000
"""Of more products, so many with the fewest buyers are compared with all: the rest speak by their sales."""
COMMONEST = 0.1
"""In large shops, words that stand on more than this share of the products tell nothing apart."""


def text_neighbours(products: Products, k: int, buyers: NDArray[np.int64] | None = None) -> Any:
    """The ``k`` products of the most similar wording, by name, category, brand and description.

    Returns a symmetric CSR matrix (m, m) of cosines between TF-IDF vectors. Symmetric, so that every product has a
    way in: a new one is a neighbour of the old ones it resembles even when each of those has ``k`` closer ones.
    Empty when no product has a word. Of more than MOST_ASKED products, those with the fewest ``buyers`` (m,).
    Source: Salton and Buckley (1988), Term-weighting approaches in automatic text retrieval.
    """
    # Learning needs scikit-learn, answering a customer does not: whoever only reads neighbours is spared the import.
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [
        " ".join(words)
        for words in zip(products.name, products.category, products.brand, products.description, strict=True)
    ]
    is_large = len(products) > MOST_ASKED
    vectorizer = TfidfVectorizer(sublinear_tf=True, max_df=COMMONEST if is_large else 1.0, dtype=np.float32)
    analyse = vectorizer.build_analyzer()
    m = len(products)
    if not any(analyse(text) for text in texts):
        return sparse.csr_array((m, m))
    units = sparse.csr_array(vectorizer.fit_transform(texts))
    asked = np.arange(m)
    if is_large and buyers is not None:
        asked = np.sort(np.argsort(buyers, kind="stable")[:MOST_ASKED])
    found = nearest(units, k, asked)
    place = sparse.csr_array((np.ones(len(asked)), (asked, np.arange(len(asked)))), shape=(m, len(asked)))
    closest = (place @ found).tocsr()
    return closest.maximum(closest.T).tocsr()

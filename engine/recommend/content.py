"""Which products are alike by what is written about them: the way in for a product nobody has bought yet."""

from __future__ import annotations

from typing import Any

from scipy import sparse

from engine.frames import Products
from engine.recommend.collaborative import nearest


def text_neighbours(products: Products, k: int) -> Any:
    """The ``k`` products of the most similar wording, by name, category, brand and description.

    Returns a symmetric CSR matrix (m, m) of cosines between TF-IDF vectors. Symmetric, so that every product has a
    way in: a new one is a neighbour of the old ones it resembles even when each of those has ``k`` closer ones.
    Empty when no product has a word. Source: Salton and Buckley (1988), Term-weighting approaches in automatic text
    retrieval.
    """
    # Learning needs scikit-learn, answering a customer does not: whoever only reads neighbours is spared the import.
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [
        " ".join(words)
        for words in zip(products.name, products.category, products.brand, products.description, strict=True)
    ]
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    analyse = vectorizer.build_analyzer()
    if not any(analyse(text) for text in texts):
        return sparse.csr_array((len(products), len(products)))
    closest = nearest(vectorizer.fit_transform(texts), k)
    return closest.maximum(closest.T).tocsr()

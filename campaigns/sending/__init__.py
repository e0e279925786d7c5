"""How an offer leaves the house, at most once: asked of the gate, claimed, sent, settled, reported."""

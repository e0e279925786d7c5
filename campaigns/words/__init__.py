"""An offer in words: compiled in one place, filled for one recipient, approved where a messenger wants that."""

"""Whether what is kept, or about to be, can be believed: missing, doubled, far off, impossible, silent, mixed.

A file's lines, or all of the ledger's → Checks of lines, days, shelf and people → findings, each with its n

Nothing is mended here and nothing left out: each finding says how many of how many, and words say how to mend it.
The findings alone (findings.py) load nothing; the checks reckon with polars.
"""

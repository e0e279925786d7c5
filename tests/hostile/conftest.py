"""What comes in broken, or with a purpose: each gets a clear answer, loses nothing, has nothing executed, and where
something has to recover it does so by itself.

    test_hostile_doors.py      webhooks, pages and the simulator: huge, slow, malformed, replayed, signed wrongly
    test_hostile_clock.py      a clock that goes back an hour or ahead a year
    test_hostile_disk.py       no room: the database, keys, papers, documents
    test_hostile_database.py   away, locked, removed, replaced, damaged, no database at all; connections that are cut
    test_hostile_words.py      templates, markup, terminals, directions, joiners, endless texts; templates that vanish
    test_hostile_tables.py     formulas, bombs, endless lines, a thousand columns
    test_hostile_paths.py      names that lead elsewhere, devices, links planted in the data folder

Decision 0035 says why it is as it is, docs/howto/trouble.md what an owner sees.
"""

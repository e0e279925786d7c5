"""ledger remembers: customers, consent, interactions, products."""

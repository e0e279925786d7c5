"""engine thinks: pure functions and models over arrays; no database, network, clock or environment."""

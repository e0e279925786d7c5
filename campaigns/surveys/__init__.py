"""Surveys in chat: what is asked and whom, the way through it, and what came of it."""

"""The first run: questions an owner can answer, checked at once by the settings' own rules, written to `.env` whole.

QUESTIONS ──asked──> answers ──checked, tried at the messenger──> summary ──after a yes──> .env
"""

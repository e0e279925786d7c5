"""A stage for dramas: a furnished shop and a Bot API, for as long as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ledger.database import Database
from tests.chaos import bot_api
from tests.chaos.killing import Stage
from tests.chaos.people import furnish
from tests.chaos.working import Place


@contextmanager
def staged(database: Database, folder: Path, seed: int, *, people: int, in_flight: int) -> Iterator[Stage]:
    """Of ``database``, which is empty but for its tables. What the Bot API answers is drawn from ``seed``."""
    chats = furnish(database, people, datetime.now(UTC))
    url = database.engine.url.render_as_string(hide_password=False)
    with bot_api.running(folder, bot_api.Lots(seed)) as provider:
        stage = Stage(Place(url, folder, provider.url, in_flight), provider, chats)
        try:
            yield stage
        finally:
            stage.close()

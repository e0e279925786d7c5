"""The shop asks its providers what became of its offers; see campaigns/sending/reconciling.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.app import App
from campaigns.sending import reconciling
from campaigns.sending.reconciling import Reconciled


async def reconcile(app: App, may_go_on: Callable[[], bool] = lambda: True) -> Reconciled:
    """Ask now."""
    believe, now = app.dispatcher.believe, app.clock.now()
    return await reconciling.reconcile(app.database, app.channels, believe, now, may_go_on, app.shop.language)


async def reconcile_daily(app: App, may_go_on: Callable[[], bool] = lambda: True) -> Reconciled | None:
    """Ask, unless any process of this shop did within the last day; soon again where nobody answered."""
    if not await asyncio.to_thread(_is_due, app):
        return None
    found = await reconcile(app, may_go_on)
    if found.is_in_vain:
        await asyncio.to_thread(_try_again, app)
    return found


def _is_due(app: App) -> bool:
    with app.database.transaction() as session:
        return reconciling.is_due(session, app.clock.now())


def _try_again(app: App) -> None:
    with app.database.transaction() as session:
        reconciling.try_again(session, app.clock.now())

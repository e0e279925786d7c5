"""What is to be told in a chat because of something that happened elsewhere. Made here, told by bot/telling.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from ledger.tables import Notice, Role, TeamMember

RANK = {Role.STAFF: 0, Role.MANAGER: 1, Role.OWNER: 2}


def tell_team(session: Session, template: str, at: datetime, *, least: Role = Role.MANAGER, **values: Any) -> int:
    """A notice to every chat of the team that is ``least`` or more; how many. ``values`` hold nobody's words."""
    chats = [each.address_id for each in session.exec(select(TeamMember)) if RANK[Role(each.role)] >= RANK[least]]
    session.add_all(Notice(address_id=each, template=template, data=values, made_at=at) for each in chats)
    return len(chats)

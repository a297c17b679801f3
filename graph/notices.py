"""Notices in people's inboxes."""

import json
from datetime import datetime

from domain.notices import NewNotice
from graph.ports import Access, Statement, WriteTransaction

CREATE = Statement(
    """
    CREATE (:Notice {id: $id, recipient_id: $recipient_id, code: $code, subject_id: $subject_id,
      parameters: $parameters, created_at: $created_at, region_path: $region_path})
    """,
    Access.WRITE,
)


async def create_notice(tx: WriteTransaction, notice_id: str, notice: NewNotice, *, at: datetime) -> None:
    """Write a notice into its recipient's inbox."""
    await tx.run(
        CREATE,
        id=notice_id,
        recipient_id=notice.recipient_id,
        code=notice.code.value,
        subject_id=notice.subject_id,
        parameters=json.dumps(dict(notice.parameters), ensure_ascii=False, sort_keys=True),
        created_at=at,
        region_path=notice.region_path,
    )

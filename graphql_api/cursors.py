"""Page cursors as clients hold them: a keyset position, signed for one service and one reader."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

from domain.errors import CursorError
from graph.reads.pages import KeysetPosition

_TAG_BYTES = 16
_LONGEST_CURSOR = 1_000


@dataclass(frozen=True, slots=True)
class CursorSigner:
    """
    Writes and reads cursors.

    Parameters
    ----------
    key
        Secret of this installation.
    reader
        Whose cursors these are: one reader's cursor means nothing to another.
    """

    key: bytes
    reader: str

    def _tag(self, content: bytes) -> bytes:
        signed = b"\0".join((b"cursor", self.reader.encode(), content))
        return hmac.new(self.key, signed, hashlib.sha256).digest()[:_TAG_BYTES]

    def write(self, position: KeysetPosition) -> str:
        """Give the cursor of a position."""
        content = json.dumps(
            [position.list_name, position.sort_key, position.id], ensure_ascii=False, separators=(",", ":")
        ).encode()
        return base64.urlsafe_b64encode(self._tag(content) + content).decode().rstrip("=")

    def read(self, cursor: str) -> KeysetPosition:
        """
        Give the position of a cursor.

        Raises
        ------
        CursorError
            Not written by this service for this reader, or altered.
        """
        try:
            if len(cursor) > _LONGEST_CURSOR:
                raise ValueError("too long")
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            tag, content = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
            if not hmac.compare_digest(tag, self._tag(content)):
                raise ValueError("altered")
            list_name, sort_key, key = json.loads(content)
        except (ValueError, binascii.Error) as error:
            raise CursorError("not a cursor of this list", value=cursor[:80]) from error
        return KeysetPosition(list_name=list_name, sort_key=sort_key, id=key)

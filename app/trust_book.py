"""The key store and the trust book of an installation, in its data directory."""

import json
from pathlib import Path

from app.keys import secret_key, write_private
from app.settings import Settings
from domain.errors import InvalidInputError, NotFoundError
from identity.jose.encoding import parse_object
from identity.jose.jwk import Signer
from identity.keys.file import FileKeystore
from identity.trust.book import with_keys
from identity.trust.bundle import TrustBundle, read_document
from identity.verdicts import Refused


class TrustBook:
    """
    Private keys in an encrypted file, public knowledge in a plain one.

    Parameters
    ----------
    settings
        Names the data directory.
    passphrase
        Opens the keys; the installation's own secret without it.
    """

    def __init__(self, settings: Settings, passphrase: bytes | None = None) -> None:
        self.settings = settings
        secret = secret_key(settings.data_dir, "keystore") if passphrase is None else passphrase
        self.keys = FileKeystore(settings.data_dir / "keys" / "identity.json", secret)
        self._path: Path = settings.data_dir / "trust" / "book.json"

    @property
    def begun(self) -> bool:
        """Whether there is a book."""
        return self._path.exists()

    def read(self) -> TrustBundle:
        """
        Give the book as it stands.

        Raises
        ------
        NotFoundError
            Nobody has begun one.
        InvalidInputError
            The file was changed into something else.
        """
        if not self.begun:
            raise NotFoundError("no book yet: zhulian trust init", kind="book", id=str(self._path))
        try:
            return read_document(parse_object(self._path.read_bytes()))
        except Refused as refusal:
            reason = refusal.detail or refusal.code.value
            raise InvalidInputError("the book is damaged", file=str(self._path), reason=reason) from None

    def write(self, book: TrustBundle) -> None:
        """Keep the book."""
        written = json.dumps(book.document(), ensure_ascii=False, indent=1)
        write_private(self._path, written.encode())

    def signer(self) -> tuple[str, str, Signer]:
        """Give the home region with name and signer of its key."""
        home = self.read().home
        key_id, signer = self.keys.signer(home)
        return home, key_id, signer

    def refresh(self, owner: str) -> None:
        """Take an owner's keys from the key store into the book."""
        own = {each.kid: each.trusted() for each in self.keys.keys(owner)}
        self.write(with_keys(self.read(), owner, own))

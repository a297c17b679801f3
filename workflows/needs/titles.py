"""A need's title is read by everybody who may see the need: it names nobody (HC-24)."""

from domain.needs import SubjectKind
from graph.ports import ReadTransaction
from graph.publications import names_of_household
from workflows.public.wording import require_clean


async def require_title(
    tx: ReadTransaction, title: str, subject_kind: SubjectKind, subject_id: str | None, *, about: str
) -> None:
    """
    Go on only if a title holds no name, number or address of its subject; what only the desk reads may.

    Raises
    ------
    InvalidInputError
        It does; ``context`` has the kinds of traces and a title without them.
    """
    known: list[str] = []
    if subject_kind is SubjectKind.HOUSEHOLD and subject_id is not None:
        known = await names_of_household(tx, subject_id)
    institution = subject_kind is SubjectKind.INSTITUTION
    require_clean({"title": title}, known=known, institution=institution, about=about)

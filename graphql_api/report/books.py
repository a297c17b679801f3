"""What the books of funds are called in a report."""

from collections.abc import Mapping, Sequence

from graph.earmarks import find_earmarks
from graph.ports import ReadTransaction
from graph.reads.funds import FundRow
from locales import Locale, text


def book_name(fund: str, entry: Mapping[str, object], earmarks: Mapping[str, str], locale: Locale) -> str:
    """Give what a book is called: its fund, and the earmark if it is one."""
    earmark = entry.get("earmark_id")
    if earmark is None:
        return fund
    return text(
        "reasons.help_note.earmark", locale, fund=fund, earmark=earmarks.get(str(earmark), str(earmark))
    )


async def earmark_names(
    tx: ReadTransaction, entries: Sequence[Mapping[str, object]], known: Mapping[str, FundRow]
) -> dict[str, str]:
    """Give the names of earmarks of the funds that the reader may see."""
    wanted = [
        str(entry["earmark_id"])
        for entry in entries
        if entry.get("earmark_id") is not None and str(entry["fund_id"]) in known
    ]
    found = await find_earmarks(tx, wanted) if wanted else {}
    return {key: earmark.name for key, earmark in found.items()}

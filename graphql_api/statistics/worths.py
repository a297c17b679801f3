"""What one more would be worth: the shadow prices of the latest round that looked at a place."""

from domain.rounds import RoundState
from graph.reads.rounds import RoundFilter, RoundRow, page_of_rounds
from graphql_api.context import ApiContext
from graphql_api.explanations import shadow_prices
from workflows.statistics.workbook import Worth

_LOOKED_AT = 50
_STANDING = RoundFilter(states=tuple(state for state in RoundState if state is not RoundState.DISCARDED))


async def latest_round(context: ApiContext, region_path: str) -> RoundRow | None:
    """Give the newest round of the reader's scope that matched the place, all of it or a part, and stands."""
    page = await context.read(
        lambda tx: page_of_rounds(tx, context.actor, filter=_STANDING, first=_LOOKED_AT)
    )
    near = (
        row
        for row in page.rows
        if row.region_path.startswith(region_path) or region_path.startswith(row.region_path)
    )
    return next(near, None)


async def worths_of(context: ApiContext, region_path: str) -> list[Worth]:
    """Give the shadow prices that the latest round kept, in words; none where there is no round."""
    last = await latest_round(context, region_path)
    prices = [] if last is None else await shadow_prices(context, last.summary)
    return [
        Worth(said=each.message, lowest=each.lowest, highest=each.highest, gain=each.gain) for each in prices
    ]

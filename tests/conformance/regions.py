"""Regions in rows and as they are read back: what the promises of ``graph.ports`` are tried on."""

from datetime import UTC, datetime
from typing import cast

import polars as pl
from hypothesis import strategies as st

from graph.ports import Access, GraphStore, Statement
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME

AT = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)
REGION = NODE_TYPE_BY_LABEL["Region"]
PART_OF = RELATIONSHIP_TYPE_BY_NAME["PART_OF"]
REGIONS = ("Region", "Region")

LISTED = Statement("MATCH (r:Region) WHERE r.id IN $ids RETURN r.id AS id ORDER BY id", Access.READ)
NAMES = Statement(
    "MATCH (r:Region) RETURN r.id AS id, r.name AS name, r.code AS code ORDER BY id", Access.READ
)
CONFIDENCES = Statement(
    "MATCH (a:Region)-[r:PART_OF]->(b:Region)"
    " RETURN a.id AS child, b.id AS parent, r.confidence AS confidence ORDER BY child, parent",
    Access.READ,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


def regions(*ids: str, **columns: object) -> pl.DataFrame:
    """Rows for ``load_nodes`` with every required property."""
    frame = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})
    return frame.with_columns(
        region_path=pl.concat_str(pl.lit("/"), pl.col("id"), pl.lit("/")),
        source_id=pl.lit("test"),
        source_row=pl.int_range(1, pl.len() + 1),
        recorded_at=pl.lit(AT),
    ).with_columns(**{name: pl.lit(value) for name, value in columns.items()})


def parts(*pairs: tuple[str, str], **columns: object) -> pl.DataFrame:
    """Rows for ``load_relationships`` of PART_OF."""
    frame = pl.DataFrame(
        {"from_id": [a for a, _ in pairs], "to_id": [b for _, b in pairs]},
        schema={"from_id": pl.String, "to_id": pl.String},
    )
    return frame.with_columns(source_id=pl.lit("test")).with_columns(
        **{name: pl.lit(value) for name, value in columns.items()}
    )


async def names(store: GraphStore) -> dict[str, object]:
    return {cast("str", row["id"]): row["name"] for row in await store.read(lambda tx: tx.run(NAMES))}

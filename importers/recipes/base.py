"""What a recipe is given and what it gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from importers.batches import Batch, Edge, Fields, Node, edge_frames, node_frames, position_id
from importers.entities import amounts_made, column_totals
from importers.issues import Issue, IssueCode, Severity
from importers.limits import limit_of
from importers.places import find_place, place_of
from importers.resolve import Values
from importers.tables import ROW


@dataclass(frozen=True, slots=True)
class RowView:
    """One row: ``value`` by ``column`` or ``column.part``, ``text`` as the file says it."""

    number: int
    values: dict[str, Any]
    texts: dict[str, Any]

    def value(self, name: str) -> Any:  # noqa: ANN401 - a cell's type is its column's
        """Give the read value, None where there is none."""
        return self.values.get(name)

    def text(self, name: str) -> str:
        """Give the clean text, empty where there is none."""
        return self.texts.get(name) or ""


@dataclass(slots=True)
class Making:
    """What a recipe gathers while it goes through the rows."""

    values: Values
    nodes: list[Node] = field(default_factory=lambda: [])
    edges: list[Edge] = field(default_factory=lambda: [])
    issues: list[Issue] = field(default_factory=lambda: [])
    refused: set[int] = field(default_factory=set[int])

    @property
    def parameters(self) -> dict[str, Any]:
        """The mapping's own parameters."""
        return dict(self.values.table.mapping.parameters)

    def word(self, name: str, default: str = "") -> str:
        """Give a text parameter."""
        return str(self.parameters.get(name, default))

    def table_of(self, name: str) -> dict[str, str]:
        """Give a table parameter."""
        return cast("dict[str, str]", self.parameters.get(name, {}))

    def rows(self) -> Iterator[RowView]:
        """Go through the rows that were not refused."""
        texts = self.values.texts.iter_rows(named=True)
        for values, text in zip(self.values.frame.iter_rows(named=True), texts, strict=True):
            yield RowView(int(values[ROW]), values, text)

    def flag(self, row: int, column: str | None, code: IssueCode, raw: str = "") -> None:
        """Keep the row, with an issue."""
        self.issues.append(self.values.table.issue(code, Severity.FLAGGED, row=row, column=column, raw=raw))

    def refuse(self, row: int, column: str | None, code: IssueCode, raw: str = "") -> None:
        """Leave the row out, with the reason."""
        self.refused.add(row)
        self.issues.append(self.values.table.issue(code, Severity.REFUSED, row=row, column=column, raw=raw))

    def place_id(self, label: str, row: int, *more: str) -> str:
        """Give an id that names a node by its row."""
        return position_id(label, self.values.table, row, *more)

    def node(self, label: str, identity: str, row: int, *, stub: bool = False, **fields: Any) -> str:  # noqa: ANN401 - properties have the types of the schema
        """Add a node and give its id; properties of None are left unsaid."""
        said: Fields = {name: value for name, value in fields.items() if value is not None}
        for field_name, value in said.items():
            limit = limit_of(field_name)
            if limit is not None and label != "Fund" and abs(value) > limit:  # a fund holds sums of rows
                self.refuse(row, None, IssueCode.FIGURE_BEYOND_LIMIT, f"{field_name}: {value}")
        self.nodes.append(Node(label=label, id=identity, row=row, fields=said, stub=stub))
        return identity

    def edge(self, kind: str, pair: tuple[str, str], start: str, end: str, row: int) -> None:
        """Add a relationship."""
        self.edges.append(Edge(type=kind, pair=pair, start=start, end=end, row=row))

    def region(self, *texts: str) -> Fields:
        """
        Find the finest division that any of the texts begins with, below the mapping's own region.

        Returns its id and path as properties; the mapping's region where no text says more.
        """
        home = self.values.table.mapping.region
        within = home.partition(":")[2].rstrip("0") or None if home else None
        within = within.ljust(len(within) + len(within) % 2, "0") if within else None
        best = within or ""
        for text in texts:
            code, _, _ = find_place(text, within=within) if text else (None, "", False)
            if code is not None and len(code) > len(best):
                best = code
        if not best:
            return {}
        place = place_of(best)
        return {"region_id": place.code.id, "region_path": place.code.path}

    def organisation(self, name: str, kind: str, row: int, *, stub: bool = True, **fields: Any) -> str:  # noqa: ANN401 - properties have the types of the schema
        """Add or mention an organisation by its name, other names resolved, and give its id."""
        identity, canonical, aliases = self.values.houses.by_name(name)
        said = {"aliases": aliases} if aliases else {}
        return self.node(
            "Organisation",
            identity,
            row,
            stub=stub,
            kind=kind,
            name=canonical,
            **{**said, **fields},
        )

    def organisation_id(self, name: str) -> str:
        """Give the id of the organisation that a name means."""
        return self.values.houses.by_name(name)[0]

    def batch(self) -> Batch:
        """Put everything into columns, without what belongs to refused rows."""
        gone = self.refused
        nodes = [node for node in self.nodes if node.row not in gone]
        edges = [edge for edge in self.edges if edge.row not in gone]
        frames = node_frames(nodes)
        return Batch(
            table=self.values.table,
            nodes=frames,
            edges=edge_frames(edges),
            issues=(*self.values.issues, *self.issues),
            refused=frozenset(self.values.refused | gone),
            totals=column_totals(self.values, gone),
            amounts=amounts_made(self.values, frames),
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """A function over a table, and which column each property it sets comes from (``Label.property``)."""

    make: Callable[[Making], None]
    sources: dict[str, str]

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ArchiveError, ConflictError, StoreNotEmptyError
from graph import audit
from graph.archive import decode, encode
from graph.backup import MANIFEST, export_graph, graph_digest, read_manifest, restore_graph
from graph.engines.ladybug import open_ladybug
from graph.frames import DTYPES
from graph.idempotency import Answer, find_answer, save_answer
from graph.ports import GraphStore, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME, NodeType, PropertyType

AT = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12
) | st.sampled_from(["\u2028", "\r\n", '"\\', "😀家", "\ufeff", "null", "2026-01-01", " "])
VALUES: dict[PropertyType, st.SearchStrategy[object]] = {
    PropertyType.STRING: TEXT,
    PropertyType.INT64: st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53 + 1, -1, 0]),
    PropertyType.DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    PropertyType.BOOL: st.booleans(),
    PropertyType.DATE: st.dates(date(1, 1, 1), date(9999, 12, 31)),
    PropertyType.TIMESTAMP: st.datetimes(
        datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone itself
        datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    PropertyType.STRING_LIST: st.lists(TEXT, max_size=3),
}
# labels that between them have every property type
MIXED = ("Need", "Volunteer", "Round", "Region")


def rows_of(node: NodeType) -> st.SearchStrategy[list[dict[str, object]]]:
    row = st.fixed_dictionaries(
        {
            item.name: VALUES[item.type] if item.required else st.none() | VALUES[item.type]
            for item in node.properties
        }
        | {"id": TEXT.filter(bool)}
    )
    return st.lists(row, max_size=4, unique_by=lambda found: found["id"])


def frame_of(node: NodeType, rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={item.name: DTYPES[item.type] for item in node.properties})


GRAPHS = st.fixed_dictionaries({label: rows_of(NODE_TYPE_BY_LABEL[label]) for label in MIXED})


async def fill(store: GraphStore, graph: dict[str, list[dict[str, object]]]) -> None:
    async def work(tx: WriteTransaction) -> None:
        for label, rows in graph.items():
            await tx.load_nodes(NODE_TYPE_BY_LABEL[label], frame_of(NODE_TYPE_BY_LABEL[label], rows))
        ends = [(n["id"], r["id"]) for n, r in zip(graph["Need"], graph["Region"], strict=False)]
        frame = pl.DataFrame(
            {"from_id": [a for a, _ in ends], "to_id": [b for _, b in ends]},
            schema={"from_id": pl.String, "to_id": pl.String},
        ).with_columns(
            source_id=pl.lit("来源"),
            confidence=pl.lit(0.1),
            valid_from=pl.lit(date(1999, 12, 31)),
            valid_to=None,
        )
        await tx.load_relationships(RELATIONSHIP_TYPE_BY_NAME["LOCATED_IN"], ("Need", "Region"), frame)
        await audit.append(
            tx, audit.AuditEvent(at=AT, actor_id="importer", operation="import.load", object_id="批次\u2028")
        )

    await store.write(work)


SMALL = {
    "Region": [
        {
            "id": "NBS:1", "region_path": "/NBS/1/", "source_id": "s", "source_row": 1, "recorded_at": AT,
            "name": "城",
        },
        {"id": "NBS:2", "region_path": "/NBS/2/", "source_id": "s", "source_row": 2, "recorded_at": AT},
    ],
    "Need": [
        {
            "id": "need-1", "state": "POSTED", "urgency": "NORMAL", "region_path": "/NBS/1/", "version": 1,
            "source_id": "s", "source_row": 3, "recorded_at": AT, "situations": [], "amount_fen": 2**53 + 1,
        }
    ],
    "Volunteer": [],
    "Round": [],
}  # fmt: skip


@given(graph=GRAPHS)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
async def test_a_graph_comes_back_from_its_archive_with_an_equal_digest(
    tmp_path_factory: pytest.TempPathFactory, graph: dict[str, list[dict[str, object]]]
):
    directory = tmp_path_factory.mktemp("archive") / "city"
    async with open_ladybug() as here, open_ladybug() as there:
        await here.define()
        await there.define()
        await fill(here, graph)
        manifest = await export_graph(here, directory)
        assert await restore_graph(there, directory) == manifest
        assert await graph_digest(here) == await graph_digest(there) == manifest.digest
        assert (await audit.verify(there)).intact


@pytest.mark.neo4j
@given(graph=GRAPHS)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture,
    ],
)  # fmt: skip
async def test_a_graph_goes_to_neo4j_and_back_with_an_equal_digest(
    tmp_path_factory: pytest.TempPathFactory,
    neo4j_store: GraphStore,
    graph: dict[str, list[dict[str, object]]],
):
    away, home = (tmp_path_factory.mktemp("archives") / name for name in ("away", "home"))
    async with open_ladybug() as first, open_ladybug() as last:
        await first.define()
        await last.define()
        await fill(first, graph)
        manifest = await export_graph(first, away)
        await restore_graph(neo4j_store, away, replace=True)
        assert await graph_digest(neo4j_store) == manifest.digest
        assert (await export_graph(neo4j_store, home)).tables == manifest.tables
        await restore_graph(last, home)
        assert await graph_digest(last) == manifest.digest
        assert (await audit.verify(neo4j_store)).intact


@pytest.mark.parametrize("label", MIXED)
@given(data=st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_lines_give_the_frame_that_they_were_made_of(label: str, data: st.DataObject):
    node = NODE_TYPE_BY_LABEL[label]
    frame = frame_of(node, data.draw(rows_of(node)))
    lines = encode(frame, node.properties)
    assert lines.count(b"\n") == frame.height
    if frame.height:
        assert decode(lines, node.properties).equals(frame)


async def test_an_archive_is_the_same_bytes_when_it_is_made_again(store: GraphStore, tmp_path: Path):
    await fill(store, SMALL)
    await export_graph(store, tmp_path / "one")
    await export_graph(store, tmp_path / "two")
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    assert files.keys() == {
        MANIFEST, "Need.jsonl", "Region.jsonl", "LOCATED_IN.Need.Region.jsonl",
        "AuditEntry.jsonl", "AuditHead.jsonl",
    }  # fmt: skip


async def test_a_store_that_holds_something_is_not_restored_into(store: GraphStore, tmp_path: Path):
    await fill(store, SMALL)
    digest = await graph_digest(store)
    await export_graph(store, tmp_path / "city")
    with pytest.raises(StoreNotEmptyError):
        await restore_graph(store, tmp_path / "city")
    assert await graph_digest(store) == digest
    await restore_graph(store, tmp_path / "city", replace=True)
    assert await graph_digest(store) == digest


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def _edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"POSTED", b"CLOSED"))


def _remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [_cut, _edit, _remove])
async def test_an_altered_archive_is_refused_before_anything_is_deleted(
    memory_store: GraphStore, tmp_path: Path, harm
):
    await fill(memory_store, SMALL)
    digest = await graph_digest(memory_store)
    await export_graph(memory_store, tmp_path / "city")
    harm(tmp_path / "city" / "Need.jsonl")
    with pytest.raises(ArchiveError, match=r"Need\.jsonl"):
        await restore_graph(memory_store, tmp_path / "city", replace=True)
    assert await graph_digest(memory_store) == digest


async def test_an_altered_manifest_or_a_stray_file_is_refused(memory_store: GraphStore, tmp_path: Path):
    await fill(memory_store, SMALL)
    directory = tmp_path / "city"
    await export_graph(memory_store, directory)
    (directory / "Fund.jsonl").write_text("{}\n")
    with pytest.raises(ArchiveError, match="not in the manifest"):
        read_manifest(directory)
    (directory / "Fund.jsonl").unlink()
    raw = json.loads((directory / MANIFEST).read_text())
    raw["tables"][0]["rows"] += 1
    (directory / MANIFEST).write_text(json.dumps(raw))
    with pytest.raises(ArchiveError, match="altered"):
        read_manifest(directory)
    (directory / MANIFEST).unlink()
    with pytest.raises(ArchiveError, match="not the manifest"):
        read_manifest(directory)


async def test_an_export_during_which_something_is_written_is_refused_and_leaves_no_directory(
    memory_store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await fill(memory_store, SMALL)
    heads = iter([[], await audit.heads(memory_store)])

    async def moving(_store: GraphStore) -> list[audit.AuditHead]:
        return next(heads)

    monkeypatch.setattr(audit, "heads", moving)
    with pytest.raises(ConflictError, match="written to"):
        await export_graph(memory_store, tmp_path / "city")
    assert list(tmp_path.iterdir()) == []


async def test_an_archive_is_never_written_over_something(memory_store: GraphStore, tmp_path: Path):
    with pytest.raises(ArchiveError, match="exists already"):
        await export_graph(memory_store, tmp_path)


async def test_digests_differ_as_soon_as_one_value_does(memory_store: GraphStore):
    await fill(memory_store, SMALL)
    before = await graph_digest(memory_store)
    node = NODE_TYPE_BY_LABEL["Need"]
    change = pl.DataFrame(
        {"id": ["need-1"], "situations": [None]},
        schema={"id": pl.String, "situations": DTYPES[PropertyType.STRING_LIST]},
    )
    await memory_store.write(lambda tx: tx.load_nodes(node, change))
    assert await graph_digest(memory_store) != before  # a list without elements is not a missing list


async def test_an_older_archive_brings_no_text_of_a_credential_back(store: GraphStore, tmp_path: Path):
    await store.define()
    named = '{"credential":{"id":"urn:zhulian:credential:1"}'
    given = Answer(request_hash="asked", response=named + ',"text":"eyJ"}')
    await store.write(lambda tx: save_answer(tx, "a", given, AT))
    await export_graph(store, tmp_path / "archive")
    await restore_graph(store, tmp_path / "archive", replace=True)
    found = await store.read(lambda tx: find_answer(tx, "a"))
    assert found == Answer(request_hash="asked", response=named + "}")

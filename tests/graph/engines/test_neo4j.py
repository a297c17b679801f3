import pytest

from domain.errors import GraphUnavailableError
from graph.engines.neo4j import open_neo4j
from graph.ports import GraphStore
from tests.conformance.graph_store_suite import GraphStoreSuite


@pytest.mark.neo4j
class TestNeo4j(GraphStoreSuite):
    @pytest.fixture
    def store(self, neo4j_store: GraphStore) -> GraphStore:
        return neo4j_store


async def test_a_server_that_is_not_there_is_named():
    with pytest.raises(GraphUnavailableError, match=r"bolt://127\.0\.0\.1:1\b") as refusal:
        await open_neo4j("bolt://127.0.0.1:1")
    assert refusal.value.context == {"address": "bolt://127.0.0.1:1"}


async def test_an_address_that_is_none_is_refused():
    with pytest.raises(GraphUnavailableError, match="nonsense"):
        await open_neo4j("nonsense")

"""The same over a real socket, with a public client and with bytes that no client would send."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport
from graphql import print_schema

from graphql_api.schema import export_schema
from tests.graphql_api.serve import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "tests.graphql_api.serve", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/readyz").raise_for_status()
                    break
                except httpx.HTTPError:
                    assert process.poll() is None, "the server has ended"
                    time.sleep(0.1)
            else:
                pytest.fail("the server did not become ready")
            yield port
        finally:
            process.terminate()


def client(port: int, token: str, *, fetches_schema: bool = False) -> Client:
    transport = HTTPXTransport(
        url=f"http://127.0.0.1:{port}/graphql",
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
    )
    return Client(transport=transport, fetch_schema_from_transport=fetches_schema)


def test_a_public_client_reads_the_schema_and_pages_through_needs(port):
    query = gql("""query Page($first: Int!, $after: String) {
        needs(first: $first, after: $after) {
          nodes { title amount { fen } } pageInfo { hasNextPage endCursor } } }""")
    titles: list[str] = []
    after, more = None, True
    with client(port, "worker", fetches_schema=True) as session:
        while more:
            query.variable_values = {"first": 2, "after": after}
            page = session.execute(query)["needs"]
            titles += [need["title"] for need in page["nodes"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert session.client.schema is not None
        assert "type Need implements Node" in print_schema(session.client.schema)
    assert len(titles) == 5
    assert {"陪伴老人 0", "陪伴老人 1"} < set(titles)


def test_a_public_client_is_told_of_errors(port):
    with pytest.raises(TransportQueryError) as refused:
        client(port, "worker").execute(gql("{ needs(first: 0) { nodes { id } } }"))
    assert refused.value.errors[0]["extensions"]["code"] == "INVALID_INPUT"
    with pytest.raises(TransportQueryError) as unknown:
        client(port, "nobody").execute(gql("{ viewer { name } }"))
    assert unknown.value.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_volunteer_claims_over_the_wire(port):
    found = client(port, "volunteer").execute(
        gql("{ needs(filter: {states: [VERIFIED], kinds: [SERVICE]}, first: 1) { nodes { slots { id } } } }")
    )
    mutation = gql("""mutation Claim($input: ClaimSlotInput!) {
        claimSlot(input: $input) { object { state } userErrors { code } replayed } }""")
    slot = found["needs"]["nodes"][0]["slots"][0]["id"]
    mutation.variable_values = {"input": {"slotId": slot, "idempotencyKey": "over the wire"}}
    first, again = (client(port, "volunteer").execute(mutation)["claimSlot"] for _ in range(2))
    assert first == {"object": {"state": "ACTIVE"}, "userErrors": [], "replayed": False}
    assert again == {**first, "replayed": True}


def test_the_server_gives_the_committed_schema(port):
    with client(port, "worker", fetches_schema=True) as session:
        assert session.client.schema is not None
        served = set(session.client.schema.type_map)
    declared = {
        line.split()[1] for line in export_schema().splitlines() if line.startswith(("type ", "input "))
    }
    assert declared <= served


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n\xff\xff\xff\xff\xff",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}x\r\n0\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\nContent-Length: 0\r\n\r\n",
        b"GET /graphql?query={viewer{name}} HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\nAuthorization: Bearer worker\r\n"
        b"Content-Type: application/json\r\n\r\n",
    ],
)
def test_odd_bytes_on_the_wire_are_refused_and_the_server_lives_on(port, sent):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        status = connection.recv(4_096).split(b" ", 2)[1]
    assert b"400" <= status < b"500"
    assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200

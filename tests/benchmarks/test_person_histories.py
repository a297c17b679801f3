"""A short form of ``python -m benchmarks.person_histories``; the long one is run by hand and before a release."""

from benchmarks.person_histories import run


async def test_histories_of_merges_are_what_their_decisions_replay_to():
    found = await run(8, seed=11)
    assert found["shown"] == []
    assert found["differences"] == 0
    assert {"merge", "part", "recognise", "serve", "promise"} <= found["steps"].keys()

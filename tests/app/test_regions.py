"""Places on the command line."""

from tests.app.test_cli import last_line
from tests.app.test_cli import zhulian as command


def test_places_of_arguments_and_of_a_file_are_read_in_order(tmp_path):
    file = tmp_path / "places.txt"
    file.write_text("朝阳区\n\n320521\n", "utf-8")
    done = command("regions", "resolve", "荆门钟祥", "--file", file, "--day", "2026-11-22", "--json")
    assert done.returncode == 0
    said = last_line(done)
    assert [place["certainty"] for place in said["places"]] == ["SHORT_NAME", "AMBIGUOUS", "HISTORY"]
    assert said["places"][0]["division"]["code"] == "420881000000"
    assert said["places"][2]["named"]["name"] == "沙洲县"
    assert said["counts"] == {"SHORT_NAME": 1, "AMBIGUOUS": 1, "HISTORY": 1}


def test_nothing_to_read_and_a_file_that_is_none_are_refused(tmp_path):
    assert command("regions", "resolve").returncode == 2
    assert command("regions", "resolve", "--file", tmp_path / "none.txt").returncode == 2

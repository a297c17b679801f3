"""Places through GraphQL: a dated code with what was read, or the reason why there is none."""

ASKED = """query Q($text: String!, $system: RegionSystem! = NBS, $day: Date) {
  resolveRegion(text: $text, system: $system, day: $day) {
    certainty reason rest skippedLevels
    division { system code name level validFrom validTo }
    named { code name validTo } candidates { code } pieces { text certainty division { code } }
    counterpart { likeness division { system code } } } }"""


async def test_a_withdrawn_district_gives_what_took_its_place(desk):
    found = (await desk.ask(ASKED, text="上海市闸北区9弄2号", day="2026-11-22"))["resolveRegion"]
    assert (found["certainty"], found["division"]["code"]) == ("HISTORY", "310106000000")
    assert found["named"] == {"code": "310108000000", "name": "闸北区", "validTo": "2015-01-01"}
    assert found["counterpart"] == {
        "likeness": "SAME_CODE",
        "division": {"system": "MCA", "code": "310106000000"},
    }
    assert found["rest"] == "9弄2号"


async def test_an_ambiguous_name_gives_candidates_and_no_code(desk):
    found = (await desk.ask(ASKED, text="朝阳区"))["resolveRegion"]
    assert (found["certainty"], found["reason"], found["division"]) == (
        "AMBIGUOUS",
        "SEVERAL_OF_THIS_NAME",
        None,
    )
    assert {one["code"] for one in found["candidates"]} == {"110105000000", "220104000000"}


async def test_a_text_too_long_for_a_place_is_refused(desk):
    (error,) = await desk.errors(ASKED, text="区" * 501)
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", "text")

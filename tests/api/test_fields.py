"""Custom fields over HTTP: an admin defines them, a drafter fills them in, and what is required is asked for."""

from __future__ import annotations

from tests.api.caller import House

DEFINITION = {"key": "cost_centre", "label_en": "Cost centre", "label_zh": "成本中心", "type": "text", "max_length": 8}


def test_a_field_is_defined_filled_in_shown_and_taken_out(house: House) -> None:
    assert house["reader"].get("/fields/contracts").content == {"id": "contracts", "version": 0, "fields": []}
    assert house["drafter"].post("/fields/contracts/define", {"definition": DEFINITION}).status == 403
    made = house["admin"].post("/fields/contracts/define", {"definition": DEFINITION})
    assert (made.status, made.content["facts"]) == (200, ["fields.defined@1"])
    there = f"/contracts/{house['drafter'].draft()}"
    put = house["drafter"].post(f"{there}/set-custom-field", {"key": "cost_centre", "value": "CC-1042"})
    assert put.content["facts"] == ["contract.custom_field_set@1"]
    assert house["drafter"].post(f"{there}/set-custom-field", {"key": "cost_centre", "value": "CC-104200"}).name == "FieldTextTooLong"
    shown = house["reader"].get(there).content["custom_fields"]
    assert shown == {"cost_centre": {"value": "CC-1042", "type": "text", "edition": 1}}
    assert house["admin"].post("/fields/contracts/retire", {"key": "cost_centre", "why": "停用"}).status == 200
    assert house["drafter"].post(f"{there}/set-custom-field", {"key": "cost_centre", "value": "x"}).name == "FieldIsRetired"
    assert house["drafter"].post(f"{there}/clear-custom-field", {"key": "cost_centre"}).status == 200
    assert house["reader"].get(there).content["custom_fields"] == {}
    (known,) = house["reader"].get("/fields/contracts").content["fields"]
    assert (known["definition"]["key"], known["edition"], known["retired"]) == ("cost_centre", 1, True)


def test_contracts_are_found_by_what_they_hold_in_a_field(house: House) -> None:
    grade = {"key": "grade", "label_en": "Grade", "label_zh": "等级", "type": "number"}
    assert house["admin"].post("/fields/contracts/define", {"definition": grade}).status == 200
    there = f"/contracts/{house['drafter'].draft()}"
    put = house["drafter"].post(f"{there}/set-custom-field", {"key": "grade", "value": "7.5"})
    fresh = f"min_position={put.content['position']}"
    (found,) = house["reader"].get(f"/contracts?{fresh}&field=grade:7.50").content["contracts"]
    assert found["custom_fields"] == {"grade": "7.5"}
    assert house["reader"].get(f"/contracts?{fresh}&field=grade:7..8&field=grade:..7.5").content["contracts"] == [found]
    assert house["reader"].get(f"/contracts?{fresh}&field=grade:7.6..").content["contracts"] == []
    for wrong in ("grade", "grade:x", "gradus:1", "grade:.."):
        refused = house["reader"].get(f"/contracts?field={wrong}")
        assert (refused.status, refused.name) == (422, "Malformed")
    assert b"field.grade" in house["reader"].get(f"/exports/contracts?format=csv&{fresh}").content.splitlines()[0]


def test_a_field_refers_to_parties_and_contracts_that_are_there(house: House) -> None:
    admin, drafter = house["admin"], house["drafter"]
    for key in ("party", "contract"):
        definition = {"key": key, "label_en": key, "label_zh": key, "type": key}
        assert admin.post("/fields/contracts/define", {"definition": definition}).status == 200
    there, other = f"/contracts/{drafter.draft()}", drafter.draft(number="C-2")
    known = {"party": drafter.post("/parties", {"name": "x"}).content["id"], "contract": other}
    for key, identity in known.items():
        refused = drafter.post(f"{there}/set-custom-field", {"key": key, "value": "nowhere"})
        assert (refused.status, refused.name) == (409, "FieldReferenceUnknown")
        assert drafter.post(f"{there}/set-custom-field", {"key": key, "value": identity}).status == 200
    assert {key: held["value"] for key, held in drafter.get(there).content["custom_fields"].items()} == known

"""What a contract still has to say, asked over HTTP before it is handed in."""

from __future__ import annotations

from tests.api.caller import House


def test_a_draft_is_asked_what_it_lacks_and_handed_in_once_it_lacks_nothing(house: House) -> None:
    drafter, reader = house["drafter"], house["reader"]
    there = f"/contracts/{drafter.draft(kind='supplier')}"
    asked = reader.get(f"{there}/completeness")
    assert asked.content["missing"] == ["specification", "delivery day", "quality", "duties"]
    quality = {"name": "quality", "met": False, "parts": [], "topics": ["quality"], "terms": ["acceptance_window"]}
    assert quality in asked.content["requirements"]
    refused = drafter.post(f"{there}/submit-for-approval")
    assert (refused.status, refused.name) == (409, "ContractIncomplete")
    assert refused.content["details"] == {"missing": "specification, delivery day, quality, duties"}

    drafter.post(f"{there}/add-line-item", {"item": {"item_id": "1", "description": "办公桌 1.6 米"}})
    drafter.post(f"{there}/schedule-delivery", {"delivery": {"delivery_id": "1", "description": "办公桌", "due": "2027-05-31"}})
    drafter.post(f"{there}/add-clause", {"clause": {"clause_id": "5", "heading": "质量", "text": "全新。", "topic": "quality"}})
    assert reader.get(f"{there}/completeness").content["missing"] == ["duties"]
    drafter.post(f"{there}/add-clause", {"clause": {"clause_id": "duties", "heading": "责任", "text": "乙方送货。"}})
    complete = reader.get(f"{there}/completeness")
    assert (complete.content["missing"], complete.content["version"]) == ([], 5)
    assert reader.get(f"{there}/completeness", If_None_Match=complete.headers["ETag"]).status == 304
    assert drafter.post(f"{there}/submit-for-approval").status == 200


def test_of_a_contract_that_nobody_drafted_nothing_is_known(house: House) -> None:
    assert house["reader"].get("/contracts/nowhere/completeness").name == "NoSuchContract"

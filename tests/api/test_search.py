"""Search over HTTP: what was just written is found under its position, with where the words stand."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api.caller import Answer, Caller, House

CLAUSE = {"clause_id": "4", "heading": "付款", "text": "买方应在验收后三十日内付款。", "topic": None}


def search(caller: Caller, q: str, **how: object) -> Answer:
    """What is answered to words."""
    return caller.get("&".join([f"/search?q={quote(q)}", *(f"{name}={value}" for name, value in how.items())]))


def test_a_clause_is_found_once_it_is_there_and_no_longer_once_it_reads_otherwise(house: House) -> None:
    drafter, reader = house["drafter"], house["reader"]
    contract = drafter.draft(title="华为Mate60手机采购合同")
    added = drafter.post(f"/contracts/{contract}/add-clause", {"clause": CLAUSE}).content["position"]
    answer = search(reader, "三十日 mate60", min_position=added)
    assert int(answer.headers["Ledger-Position"]) >= added
    (hit,) = answer.content["hits"]
    registered = reader.get(f"/contracts/{contract}").content
    assert (hit["id"], hit["number"], hit["title"]) == (contract, registered["number"], "华为Mate60手机采购合同")
    assert (hit["status"], hit["value"]) == ("draft", {"amount": "83420.00", "currency": "CNY"})
    assert hit["snippets"] == [
        {"where": "title", "key": None, "text": "华为Mate60手机采购合同", "offset": 0, "marks": [{"start": 2, "end": 8}]},
        {"where": "clause", "key": "4", "text": "付款\n买方应在验收后三十日内付款。", "offset": 0, "marks": [{"start": 10, "end": 13}]},
    ]
    reworded = {"clause": {**CLAUSE, "text": "买方预付全款。"}}
    position = drafter.post(f"/contracts/{contract}/reword-clause", reworded).content["position"]
    assert search(reader, "三十日", min_position=position).content == {"hits": [], "next_cursor": None}
    assert [one["id"] for one in search(reader, "预付全款").content["hits"]] == [contract]


def test_pages_of_hits_follow_each_other(house: House) -> None:
    made = [house["drafter"].draft(title=f"第{n}批打印机") for n in range(3)]
    position = house["drafter"].post(f"/contracts/{made[0]}/note", {"text": "打印机"}).content["position"]
    first = search(house["reader"], "打印机", limit=2, min_position=position).content
    rest = search(house["reader"], "打印机", limit=2, cursor=first["next_cursor"]).content
    found = [one["id"] for one in first["hits"] + rest["hits"]]
    assert (sorted(found), rest["next_cursor"]) == (sorted(made), None)


@pytest.mark.parametrize("q", ["", "。", "-x", "字" * 201, "x" * 10_000, "a\x00b"])
def test_what_no_word_can_be_read_from_and_what_is_endless_is_refused(shared: House, q: str) -> None:
    refused = search(shared["reader"], q)
    assert (refused.status, refused.name) == (422, "Malformed")


def test_a_search_takes_nothing_but_its_parameters_and_its_own_cursor(shared: House) -> None:
    assert search(shared["reader"], "x", min_position=10**12).status == 422
    assert search(shared["reader"], "x", limit=1_000).errors.keys() == {"query.limit"}
    assert search(shared["reader"], "x", sort="number").status == 422
    assert search(shared["reader"], "x", cursor="abc").status == 422
    assert shared["reader"].get("/search").errors.keys() == {"query.q"}
    assert search(shared.stranger, "x").status == 401


def test_words_narrow_the_register_and_its_file(house: House) -> None:
    drafter, reader = house["drafter"], house["reader"]
    desk, chair = drafter.draft(title="升降桌采购"), drafter.draft(title="椅子采购", owner="alice")
    position = drafter.post(f"/contracts/{chair}/note", {"text": "与升降桌同批"}).content["position"]
    fresh = f"min_position={position}"
    listed = reader.get(f"/contracts?search={quote('升降桌')}&sort=title&{fresh}")
    assert [one["id"] for one in listed.content["contracts"]] == [desk, chair]
    assert [one["id"] for one in reader.get(f"/contracts?search={quote('升降桌')}&owner=alice").content["contracts"]] == [chair]
    sheet = reader.get(f"/exports/contracts?search={quote('升降桌 -同批')}&format=csv&{fresh}").content.decode("utf-8-sig")
    assert ("升降桌采购" in sheet, "椅子采购" in sheet) == (True, False)
    assert reader.get("/contracts?search=-x").name == "Malformed"

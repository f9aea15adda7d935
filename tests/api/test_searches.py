"""Saved searches over HTTP: everybody's own, used by name, and those of others where they share them."""

from __future__ import annotations

import pytest

from tests.api.caller import Answer, Caller, House


def put(caller: Caller, name: str, search: dict[str, object], *, shared: bool = False) -> Answer:
    """Saves a search."""
    return caller.send("PUT", f"/searches/{name}", {"search": search, "shared": shared})


def numbers(caller: Caller, query: str) -> list[str]:
    """The numbers of the contracts that a query lists."""
    answer = caller.get(f"/contracts?{query}")
    assert answer.status == 200, answer.content
    return [one["number"] for one in answer.content["contracts"]]


@pytest.fixture(scope="module")
def fresh(shared: House) -> str:
    """Three contracts, of which the register knows."""
    last = ""
    for number, owner, amount in (("存-1", "saver", "10.00"), ("存-2", "saver", "30.00"), ("存-3", "other", "20.00")):
        contract = shared["drafter"].draft(number=number, owner=owner, value={"amount": amount, "currency": "CNY"}, department="存档部")
        last = shared["drafter"].get(f"/contracts/{contract}").headers["Ledger-Position"]
    return f"min_position={last}"


def test_a_saved_search_says_what_the_question_leaves_open(shared: House, fresh: str) -> None:
    reader = shared["reader"]
    search = {"department": "存档部", "min_value": {"amount": "15.00", "currency": "CNY"}, "sort": "value", "descending": True}
    answer = put(reader, "大额", search)
    assert (answer.status, answer.content["facts"]) == (200, ["searches.saved@1"])
    assert numbers(reader, f"saved=大额&{fresh}") == ["存-2", "存-3"]
    assert numbers(reader, f"saved=大额&owner=other&{fresh}") == ["存-3"]
    assert numbers(reader, f"saved=大额&sort=number&{fresh}") == ["存-2", "存-3"]
    assert numbers(reader, f"saved=大额&sort=value&order=asc&{fresh}") == ["存-3", "存-2"]
    assert numbers(reader, f"saved=大额&min_value=25&{fresh}") == ["存-2"]
    assert numbers(reader, f"saved=大额&currency=EUR&min_value=1&{fresh}") == []
    file = reader.get(f"/exports/contracts?saved=大额&format=csv&{fresh}").content.decode()
    assert "存-2" in file
    assert "存-1" not in file


def test_searches_are_listed_replaced_and_removed(shared: House) -> None:
    reader = shared["reader"]
    assert put(reader, "mine", {"owner": "a"}).status == 200
    assert put(reader, "mine", {"owner": "b"}).status == 200
    listed = reader.get("/searches")
    assert {one["name"]: one["search"]["owner"] for one in listed.content["searches"]}["mine"] == "b"
    assert reader.get("/searches", If_None_Match=listed.headers["ETag"]).status == 304
    assert reader.send("DELETE", "/searches/mine").status == 200
    assert "mine" not in {one["name"] for one in reader.get("/searches").content["searches"]}
    gone = reader.send("DELETE", "/searches/mine")
    assert (gone.status, gone.name) == (404, "NoSuchSearch")


def test_others_use_what_is_shared_and_nothing_else(shared: House, fresh: str) -> None:
    put(shared["finance"], "for all", {"owner": "other", "department": "存档部"}, shared=True)
    put(shared["finance"], "for me", {"owner": "saver"})
    reader = shared["reader"]
    assert numbers(reader, f"saved=finance/for all&{fresh}") == ["存-3"]
    assert [one["name"] for one in reader.get("/searches?of=finance").content["searches"]] == ["for all"]
    refused = reader.get("/contracts?saved=finance/for me")
    assert (refused.status, refused.name) == (404, "NoSuchSearch")
    assert shared["finance"].get("/contracts?saved=finance/for me").status == 200


@pytest.mark.parametrize(
    "search",
    [
        {"sort": "colour"},
        {"words": "-x"},
        {"words": "x" * 201},
        {"fields": ["unknown:1"]},
        {"status": ["lost"]},
        {"currency": "EUR", "min_value": {"amount": "1.00", "currency": "CNY"}},
        {"colour": "red"},
    ],
)
def test_a_search_that_the_register_could_not_answer_is_not_saved(shared: House, search: dict[str, object]) -> None:
    assert put(shared["reader"], "wrong", search).status == 422
    assert shared["reader"].get("/contracts?saved=wrong").status == 404

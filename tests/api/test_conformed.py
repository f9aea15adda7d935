"""The conformed copy over HTTP."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from api.conformed import EXAMPLE
from domain.contract.content import ClauseReworded
from domain.contract.vocabulary import Clause
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.facts import drafted
from tests.projections.histories import put
from tests.spec import CAROL, recorded, told

REWORDED = Clause(clause_id="1", heading="标的 / Subject", text="供应40台笔记本电脑。Forty laptops are supplied.")
# The entry of the history that adds the first clause.
ADDED = 2


def test_every_word_names_the_entry_behind_it(opened: Opened, house: House) -> None:
    entries = recorded(drafted + told(ClauseReworded(clause=REWORDED), by=CAROL))
    put(opened, [entry._replace(stream="contract-worded") for entry in entries])
    auditor = house["auditor"]
    answer = auditor.get("/contracts/worded/conformed-copy")
    (clause,) = [one for one in answer.content["copy"]["clauses"] if one["clause_id"] == "1"]
    assert "".join(span["text"] for span in clause["text"]) == REWORDED.text
    assert (clause["added"], clause["changed"]) == (ADDED, len(entries))
    makers = {one["version"]: one for one in answer.content["copy"]["entries"]}
    assert makers[clause["changed"]]["actor"] == CAROL
    assert auditor.get("/contracts/worded/conformed-copy", If_None_Match=answer.headers["ETag"]).status == 304
    before = auditor.get(f"/contracts/worded/conformed-copy?known_at={makers[ADDED]['recorded_at']}").content
    assert [(one["clause_id"], [span["version"] for span in one["text"]]) for one in before["copy"]["clauses"]] == [("1", [ADDED])]
    assert house["reader"].get("/contracts/worded/conformed-copy").status == 403
    assert auditor.get("/contracts/nowhere/conformed-copy").content["name"] == "NoSuchContract"
    assert auditor.get("/contracts/worded/conformed-copy?known_at=2001-01-01T00:00:00Z").content["name"] == "NotThereThen"


def test_the_published_example_is_of_what_is_answered() -> None:
    Draft202012Validator({"$ref": "#/components/schemas/ConformedAnswer", "components": DOCUMENT["components"]}).validate(EXAMPLE)

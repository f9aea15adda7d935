"""What the parts of fields that the house defines, and of what contracts hold in them, mean."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording

_DEFINITION: Final = {
    "key": "cost_centre",
    "label_en": "Cost centre",
    "label_zh": "成本中心",
    "type": "text",
    "max_length": 20,
    "minimum": None,
    "maximum": None,
    "choices": [],
    "kinds": [],
    "required": False,
    "help": None,
}
_FIELD: Final = {"definition": _DEFINITION, "edition": 1, "retired": False}
_KEY: Final = Wording("The field's key.", "cost_centre", ID)
_PARTS: Final[dict[str, Wording]] = {
    "key": _KEY,
    "label_en": Wording("What it is called in English.", "Cost centre"),
    "label_zh": Wording("What it is called in Chinese.", "成本中心"),
    "type": Wording("What it holds; it stays.", "text"),
    "max_length": Wording("How many characters a text has at most.", 20),
    "minimum": Wording("The least number; numbers only.", None),
    "maximum": Wording("The greatest number; numbers only.", None),
    "choices": Wording("What there is to choose from; choices alone.", []),
    "kinds": Wording("The kinds of contracts that have it; none named is all of them.", []),
    "required": Wording("Whether a contract has to have a value in it when it is submitted.", False),
    "help": Wording("What to put into it.", "财务系统中的编码 / As in the books", TEXT),
}

FIELDS: Final[dict[str, Wording]] = {
    "custom_fields": Wording("What it holds in the fields that the house defined, by key.", {}),
}

WITHIN: Final[dict[tuple[str, str], Wording]] = {
    **{("FieldDefinition", name): said for name, said in _PARTS.items()},
    **{(owner, "key"): _KEY for owner in ("RetireField", "RestoreField", "SetCustomField", "ClearCustomField")},
    **{(owner, "definition"): Wording("The field.", _DEFINITION) for owner in ("DefineField", "ReviseField", "Field")},
    ("RetireField", "why"): Wording("Why it is taken out of use.", "不再使用", TEXT),
    ("RestoreField", "why"): Wording("Why it is used again.", "恢复使用", TEXT),
    ("Field", "edition"): Wording("How often it was defined.", 1),
    ("Field", "retired"): Wording("Whether nothing is put into it any more.", False),
    ("FieldsAnswer", "id"): Wording("Whose fields.", "contracts"),
    ("FieldsAnswer", "version"): Wording("How many entries the state rests on: its ETag.", 1),
    ("FieldsAnswer", "fields"): Wording("The fields, in the order in which they were defined.", [_FIELD]),
    ("SetCustomField", "value"): Wording(
        "The value as text: a number, a day, yes or no, a choice, several choices parted by semicolons, an amount as `100.00 CNY`, the id "
        "of a party or contract.",
        "CC-1042",
        TEXT,
    ),
    ("CustomValue", "value"): Wording("The value in its canonical form.", "CC-1042", TEXT),
    ("CustomValue", "type"): Wording("What the field holds.", "text"),
    ("CustomValue", "edition"): Wording("The edition of the definition that it was checked against.", 1),
}

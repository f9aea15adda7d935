"""What houses define, and contracts hold, beside what every contract says, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.custom import CustomFact, CustomFieldCleared, CustomFieldSet
from domain.fields import FieldDefined, FieldRestored, FieldRetired, FieldRevised, FieldsFact
from projections.timeline.summary.phrases import because, short


def of_fields(happened: CustomFact | FieldsFact) -> str:
    """Fields defined, and what was put into them."""
    match happened:
        case CustomFieldSet(key=key, value=held):
            return f"Field {key} set to {short(held)}"
        case CustomFieldCleared(key=key):
            return f"Field {key} cleared"
        case FieldDefined(definition=definition):
            return f"Field {definition.key} defined: {short(definition.label_en)}"
        case FieldRevised(definition=definition, edition=edition):
            return f"Field {definition.key} revised: edition {edition}"
        case FieldRetired(key=key, why=why):
            return f"Field {key} retired{because(why)}"
        case FieldRestored(key=key, why=why):
            return f"Field {key} restored{because(why)}"
        case unreachable:
            assert_never(unreachable)

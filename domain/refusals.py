"""The base of every "no" that the domain says: one named class per rule, declared beside its rule."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """A rule says no. The class name is its machine name; `template` its sentence, to be filled with `details`."""

    template: ClassVar[str] = "The ledger refuses this command."

    def __init__(self, **details: object) -> None:
        """Takes the values that the sentence names."""
        self.details = details
        super().__init__(self.template.format(**details))

    @property
    def name(self) -> str:
        """The machine name, stable across versions."""
        return type(self).__name__

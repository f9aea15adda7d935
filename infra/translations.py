"""What the code says in English, in the reader's language: labels of names and sentences of refusals, from the catalogues in infra/locale.

The catalogues (.po) are read as they are, when a language is first asked for; nothing is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from domain.refusals import Refusal

ENGLISH: Final = "en"
DOMAIN: Final = "tallystick"
LOCALE: Final = Path(__file__).parent / "locale"

# By the first part of a language tag (BCP 47): the language spoken, and its folder.
_SPOKEN: Final[Mapping[str, tuple[str, str]]] = {"zh": ("zh-CN", "zh_CN")}

# Details of refusals that are words of the program's rather than somebody's own, and the contexts in which they are labelled.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "element": ("word",),
    "field": ("word",),
    "judged": ("word",),
    "missing": ("word",),
    "total": ("word",),
    "status": ("status",),
    "allowed": ("status",),
    "kind": ("step_kind", "fee_kind"),
    "channel": ("channel",),
    "deviation_status": ("deviation_status",),
    "deviations_allowed": ("deviation_status",),
    "flag": ("party_flag",),
    "flags": ("party_flag",),
}
_OF_AMENDMENTS: Final = ("amendment_status",)
_SEPARATOR: Final = re.compile(" or |, ")


def spoken(tag: str | None) -> str:
    """The language in which to answer whoever asks for a tag such as zh-Hans-CN: one that has a catalogue, otherwise English."""
    primary = (tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return _SPOKEN.get(primary, (ENGLISH, ""))[0]


@cache
def catalogue(language: str) -> Mapping[tuple[str | None, str], str]:
    """All translations into a language, by context and English text; empty for English."""
    folder = next((folder for held, folder in _SPOKEN.values() if held == language), None)
    if folder is None:
        return {}
    # Reading catalogues is needed only once somebody asks for another language than English.
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with (LOCALE / folder / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        read = read_po(file, locale=folder, abort_invalid=True)
    return {(m.context, m.id): m.string for m in read if isinstance(m.id, str) and isinstance(m.string, str) and m.id and m.string}


def translate(text: str, language: str) -> str:
    """A sentence or title in a language; the English text itself where the catalogue lacks it."""
    return catalogue(language).get((None, text), text)


def label(context: str, name: str, language: str) -> str:
    """What people call a name of the program's, such as the fact contract.drafted; in English the name itself, in words."""
    held = catalogue(language).get((context, name))
    return held or name.rpartition(".")[2].replace("_", " ").capitalize()


def sentence(refusal: Refusal, language: str) -> str:
    """A refusal's sentence in a language, filled with its details."""
    template = catalogue(language).get((None, refusal.template))
    if template is None:
        return str(refusal)
    return template.format(**{name: _said(name, held, refusal, language) for name, held in refusal.details.items()})


def _said(name: str, held: object, refusal: Refusal, language: str) -> object:
    contexts = _WORDS.get(name, ())
    if not contexts or not isinstance(held, str):
        return held
    if contexts == ("status",) and "amendment_id" in refusal.details:
        contexts = _OF_AMENDMENTS
    words = [_word(part, contexts, language) for part in _SEPARATOR.split(held)]
    if " or " in held:
        words[-2:] = ["或".join(words[-2:])]
    return "、".join(words)


def _word(text: str, contexts: tuple[str, ...], language: str) -> str:
    held = catalogue(language)
    return next((held[context, text] for context in contexts if (context, text) in held), text)

"""A contract's conformed copy: its clauses as they read, and for every word the entry that put it there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.contracts import entries_as_of
from api.describe import ASK, described, with_example
from api.door import AtDoor, ContractId, IfNoneMatch, May, by_content, only_known_parameters
from api.moments import KnownAt, ValidAt
from api.permissions import HISTORY_READERS
from domain.contract.conformed import ConformedClause, ConformedCopy, Maker, Span, StruckClause, conformed
from domain.contract.vocabulary import Topic
from infra.render import to_json

routes = APIRouter(tags=["contracts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformedAnswer:
    """The conformed copy of a contract after its first `version` entries, or as of the moments asked for."""

    id: str
    version: int
    copy: ConformedCopy


_SIGNED: Final = datetime(2026, 2, 14, 8, tzinfo=UTC)
EXAMPLE: Final[Any] = to_json(
    ConformedAnswer(
        id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
        version=19,
        copy=ConformedCopy(
            clauses=(
                ConformedClause(
                    clause_id="quality",
                    topic=Topic.QUALITY,
                    heading=(Span(text="质量保证", version=1),),
                    text=(Span(text="质量保证期为", version=1), Span(text="24", version=19), Span(text="个月。", version=1)),
                    added=1,
                    changed=19,
                ),
            ),
            struck=(StruckClause(clause_id="notices", heading="通知", text="通知以传真送达。", version=19),),
            entries=(
                Maker(
                    position=212,
                    version=19,
                    fact="contract.amendment_took_effect",
                    actor="carol",
                    on_behalf_of=None,
                    effective_at=_SIGNED,
                    recorded_at=_SIGNED,
                    reason=None,
                    amendment_id="a1",
                    deviations=(),
                ),
            ),
        ),
    )
)


@routes.get(
    "/contracts/{contract_id}/conformed-copy",
    operation_id="read_conformed_copy",
    summary="The text as it reads, and the entry behind every word",
    description="Clause by clause, what rewordings and amendments made of the text: each span of words names the version "
    "of the entry that put it there, and what a rewording left as it was stays with the entry that wrote it. Clauses that are gone come "
    "after, with the entry that took them out. `entries` tells who, when and by which amendment. `valid_at` and `known_at` ask as they "
    "do of the contract.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(ConformedAnswer, "The conformed copy.", refusals=ASK, headers=("ETag", "Ledger-Position"), cached=True), EXAMPLE
    ),
)
def read_conformed_copy(
    at: AtDoor, contract_id: ContractId, *, valid_at: ValidAt = None, known_at: KnownAt = None, if_none_match: IfNoneMatch = None
) -> Response:
    headers, entries = entries_as_of(at, contract_id, valid_at, known_at)
    answer = ConformedAnswer(id=contract_id, version=entries[-1].version, copy=conformed(entries))
    return by_content(to_json(answer), if_none_match, headers)

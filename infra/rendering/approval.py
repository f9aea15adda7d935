"""The approval sheet (审批单): what was submitted, the route that it took, and who decided what, round by round."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.capitals import in_capitals
from domain.contract.rounds import Moved, Round
from domain.contract.route import Approver, ApproverKind, DelegationRef
from domain.contract.state import Contract
from domain.contract.vocabulary import Direction
from infra.rendering.amounts import figures
from infra.rendering.sheet import Block, Grid, Sheet, Text, Title, laid, plain
from infra.rendering.wording import Heading, said
from infra.translations import label

_COLUMNS = (Heading.STEP, Heading.APPROVER, Heading.DECIDED_BY, Heading.DECISION, Heading.OPINION, Heading.TIME)
_WIDTHS = (4, 4, 5, 4, 7, 5)
_TO_BE_FILLED = "_" * 10


def approval_sheet(contract: Contract, told: tuple[Round, ...], language: str) -> Sheet:
    """The sheet of the last of the rounds, with those before it; `contract` is as it was submitted then."""
    writer = _Writer(contract, language)
    latest, earlier = told[-1], told[:-1]
    blocks = (
        Title(writer.say(Heading.APPROVAL_SHEET), 0),
        *writer.head(),
        Title(writer.titled(latest), 1),
        *writer.round(latest),
        *([Title(writer.say(Heading.EARLIER_ROUNDS), 1)] if earlier else []),
        *(block for one in reversed(earlier) for block in (Title(writer.titled(one), 2), *writer.round(one))),
    )
    title = f"{writer.say(Heading.APPROVAL_SHEET)} {contract.number}"
    return Sheet(plain(title), language, plain(f"{contract.number} · v{latest.last_version}"), blocks)


class _Writer:
    """Writes the parts of one sheet in one language."""

    def __init__(self, contract: Contract, language: str) -> None:
        self.contract = contract
        self.language = language

    def say(self, heading: Heading) -> str:
        return said(heading, self.language)

    def pairs(self, *rows: tuple[Heading, str | None]) -> list[Block]:
        stated = tuple((self.say(heading), plain(text)) for heading, text in rows if text)
        return laid(Grid((), stated, (1, 3))) if stated else []

    def head(self) -> list[Block]:
        contract, value = self.contract, self.contract.value
        ours, theirs = (Heading.PAYER, Heading.PAYEE) if contract.direction is Direction.PAYABLE else (Heading.PAYEE, Heading.PAYER)
        names = "; ".join(c.name for c in contract.counterparties.values())
        return self.pairs(
            (Heading.NUMBER, contract.number),
            (Heading.TITLE, contract.title),
            (Heading.KIND, label("kind", contract.kind.value, self.language)),
            (Heading.DEPARTMENT, contract.department),
            (Heading.OWNER, contract.owner),
            (ours, contract.our_entity),
            (theirs, names),
            (Heading.FIGURES, None if value is None else figures(value)),
            (Heading.CAPITALS, None if value is None else in_capitals(value)),
        )

    def titled(self, one: Round) -> str:
        return f"第{one.number}轮审批" if self.language != "en" else f"Round {one.number}"

    def round(self, one: Round) -> list[Block]:
        return [
            *self.pairs(
                (Heading.SUBMITTED_BY, one.submitted_by),
                (Heading.SUBMITTED_AT, _moment(one.submitted_at)),
                (Heading.NOTE, one.note),
                (Heading.ROUTE, one.route.route_id),
                (Heading.POLICY_EDITION, self.say(Heading.NO_POLICY) if one.policy is None else str(one.policy.edition)),
                (Heading.JUDGED, None if one.amount is None else figures(one.amount)),
                (Heading.RATE, None if one.rate is None else format(one.rate, "f")),
                (Heading.OUTCOME, label("round_outcome", one.outcome.value, self.language)),
                (Heading.ENDED_AT, None if one.ended_at is None else _moment(one.ended_at)),
                (Heading.REASON, one.withdrawn_because),
            ),
            *self.decisions(one),
        ]

    def decisions(self, one: Round) -> list[Block]:
        rows: list[tuple[str, ...]] = []
        for n, step in enumerate(one.route.steps, 1):
            quorum = f"（{label('quorum', step.quorum.value, self.language)}）" if len(step.approvers) > 1 else ""
            name = plain(f"{n}. {step.title}{quorum if self.language != 'en' else quorum.replace('（', ' (').replace('）', ')')}")
            rows += [(name, *self.moved(moved)) for moved in one.at_step(n)]
            rows += [(name, self.seat(seat), *(_TO_BE_FILLED,) * 4) for seat in one.awaited_at(n)]
        if not rows:
            return []
        heads = tuple(self.say(heading) for heading in _COLUMNS)
        return [Text(self.say(Heading.DECISIONS)), *laid(Grid(heads, tuple(rows), _WIDTHS))]

    def moved(self, moved: Moved) -> tuple[str, ...]:
        did = label("move", moved.move.value, self.language)
        by = moved.by if moved.on_behalf_of is None else f"{moved.by}{self.behalf(moved.on_behalf_of, moved.delegation)}"
        return (
            self.seat(moved.seat),
            plain(by),
            plain(did if moved.to is None else f"{did}: {moved.to}"),
            plain(moved.opinion or ""),
            _moment(moved.at),
        )

    def behalf(self, of: str, under: DelegationRef | None) -> str:
        if self.language != "en":
            return f"（代{of}）" if under is None else f"（代{of}，委托编号{under.delegation_id}）"
        return f" (on behalf of {of})" if under is None else f" (on behalf of {of}, by delegation {under.delegation_id})"

    def seat(self, seat: Approver | None) -> str:
        if seat is None:
            return self.say(Heading.ANY_APPROVER)
        if seat.kind is ApproverKind.PRINCIPAL:
            return plain(seat.name)
        role = label("role", seat.name, self.language)
        return f"{role}（角色）" if self.language != "en" else f"{role} (role)"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

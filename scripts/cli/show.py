"""`tally show`: a contract as it stood at any moment, as known at any moment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import typer

from domain.contract.assessed import RiskAssessment
from domain.contract.completeness import missing
from domain.contract.delays import Breach
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.fields import CONTRACTS, FieldBook
from infra.ledger import CONTRACT, FIELDS
from infra.opening import Opened
from infra.render import contract_json, to_json
from scripts.cli import moments
from scripts.cli.moments import KnownAt, ValidAt, brief
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, table, usage, write_json
from scripts.cli.wording import money, shown, words

AtVersion = Annotated[int | None, typer.Option("--version", metavar="N", min=1, help="After its first N facts.")]


def show(ref: Ref, valid_at: ValidAt = None, known_at: KnownAt = None, version: AtVersion = None, as_json: AsJson = False) -> None:
    """Show a contract as it stands, or as it stood.

    Every fact has two times: when it took place, and when the ledger learnt
    it. --valid-at asks by the first, --known-at by the second; together they
    answer "what did we believe on 5 April about the position on 31 March?".

    Examples:
      tally show CG-2025-002
      tally show XS-2025-004 --valid-at 2025-09-30
      tally show XS-2025-004 --valid-at 2025-09-30 --known-at 2026-04-05
      tally show XS-2025-004 --version 7 --json
    """
    valid, known = moments.both(valid_at, known_at)
    with the_ledger() as it:
        identity = resolve(it, ref)
        contract = at(it, identity, valid=valid, known=known, version=version)
        book = it.ledger.load(FIELDS, CONTRACTS)
    if as_json:
        asked = {"valid_at": to_json(valid), "known_at": to_json(known), "version": version}
        write_json({**contract_json(identity, contract), "as_of": asked})
        return
    _heading(identity, contract, valid, known)
    _lists(contract)
    _custom(contract, book)


def at(it: Opened, identity: str, *, valid: datetime | None = None, known: datetime | None = None, version: int | None = None) -> Contract:
    """The contract as of these; stops where it was not there then, or never had such a version."""
    latest = it.ledger.load(CONTRACT, identity)
    if version is not None and version > latest.version:
        raise usage(f"{latest.number} has {latest.version} versions; there is no version {version}.")
    contract = it.ledger.contract_as_of(identity, valid_at=valid, known_at=known, version=version)
    if not contract.exists:
        first = it.ledger.history(CONTRACT, identity, to=1)[0]
        raise Stopped(
            f"{latest.number} was not there yet: it was drafted on {brief(first.effective_at)}, "
            f"which the ledger has known since {brief(first.recorded_at)} (UTC)."
        )
    return contract


def _heading(identity: str, contract: Contract, valid: datetime | None, known: datetime | None) -> None:
    console = out()
    console.print(f"{safe(contract.number)}  {safe(contract.title)}", style="bold", soft_wrap=True)
    asked = [f"as it stood at {brief(valid)}" if valid else "", f"as known at {brief(known)}" if known else ""]
    if any(asked):
        console.print(f"({', '.join(filter(None, asked))}, UTC)", style="italic")
    period = (
        "" if contract.period.start is contract.period.end is None else f"{contract.period.start or '…'} to {contract.period.end or '…'}"
    )
    facts = {
        "id": identity,
        "version": contract.version,
        "status": words(contract.status.value),
        "kind": f"{contract.kind.value}, {contract.direction.value}",
        "our entity": contract.our_entity,
        "still missing": ", ".join(missing(contract)) if contract.status is Status.DRAFT else "",
        "counterparties": "; ".join(f"{c.name} ({c.role})" for c in contract.counterparties.values()),
        "value": money(contract.value),
        "paid": money(contract.paid),
        "balance": money(contract.balance),
        "period": period,
        "owner": ", ".join(filter(None, (contract.owner, contract.department))),
        "confidentiality": contract.confidentiality.value,
        "drafted by": contract.drafted_by,
        "approved by": contract.approved_by,
        "template": contract.template and f"{contract.template.template_id}, edition {contract.template.edition}",
        "in force since": brief(contract.in_force_since),
        "ended": brief(contract.ended_at),
        "ground": contract.ground,
        "tags": ", ".join(contract.tags),
        "corrected": ", ".join(f"v{v}" for v in contract.rests_on_corrections),
        "published by": contract.source and f"{contract.source.publisher} ({contract.source.ocid}, release {contract.source.release_id})",
    }
    width = max(map(len, facts))
    for name, value in facts.items():
        if value not in (None, ""):
            console.print(f"  {name:<{width}}  {shown(value)}", soft_wrap=True)


_JUDGED: Final = {None: "", True: "accepted", False: "rejected"}
_GRANTED: Final = {None: "", True: "granted", False: "refused"}
_REVERSED: Final = {True: "reversed", False: ""}


def product_of(contract: Contract, item_id: str) -> str:
    """The code of the product that an item took; nothing where it took none."""
    taken = contract.item_products.get(item_id)
    return "" if taken is None else taken.code


def _lists(contract: Contract) -> None:
    _list("Items", ("item", "product", "description", "quantity", "unit", "unit price"), [
        (i.item_id, product_of(contract, i.item_id), i.description, shown(i.quantity), i.unit, shown(i.unit_price))
        for i in contract.items.values()
    ])  # fmt: skip
    locked = () if contract.template is None else contract.template.locked_clauses
    _list("Clauses", ("clause", "heading", "text", ""), [
        (c.clause_id, c.heading, c.text, "locked" if c.clause_id in locked else "") for c in contract.clauses.values()
    ])  # fmt: skip
    _list("Deviations from locked clauses", ("deviation", "clause", "status", "asked by", "text"), [
        (d.deviation_id, d.clause_id, words(d.status.value), d.requested_by, "(withdrawn)" if d.becomes is None else d.becomes.text)
        for d in contract.deviations.values()
    ])  # fmt: skip
    _list("Payment schedule", ("instalment", "amount", "due", "description"), [
        (i.instalment_id, money(i.amount), i.due, i.description) for i in contract.instalments.values()
    ])  # fmt: skip
    _list("Payments", ("payment", "amount", "date", "instalment", ""), [
        (p.payment_id, money(p.amount), brief(p.paid_at), p.instalment_id, _REVERSED[p.reversed]) for p in contract.payments.values()
    ])  # fmt: skip
    _list(
        "Delivery plan",
        ("delivery", "description", "due"),
        [(d.delivery_id, d.description, d.due) for d in contract.planned_deliveries.values()],
    )
    _list("Deliveries", ("delivery", "description", "date", ""), [
        (d.delivery_id, d.description, brief(d.delivered_at), _JUDGED[d.accepted]) for d in contract.deliveries.values()
    ])  # fmt: skip
    _claims(contract)
    _papers(contract)


def _claims(contract: Contract) -> None:
    _list("Profit shares", ("from", "to", "profit", "amount", "loss carried"), [
        (s.period.start, s.period.end, money(s.profit), money(s.total), money(s.loss_carried)) for s in contract.profit_shares.values()
    ])  # fmt: skip
    _list("Performance pay", ("term", "measurement", "amount", "version"), [
        (p.term_id, p.measurement_id, money(p.total), f"v{p.version}") for p in contract.performance_pay.values()
    ])  # fmt: skip
    _list("Adjusted prices", ("adjustment", "item", "before", "after", "since"), [
        (p.adjustment_id, p.item_id or "value", money(p.before), money(p.after), p.since) for p in contract.price_changes.values()
    ])  # fmt: skip
    _list("Penalties", ("delivery", "through", "accrued", "waived", "term"), [
        (name, a.through, money(a.total), money(a.waived), f"{a.term_id} v{a.term_version}") for name, a in contract.penalties.items()
    ])  # fmt: skip
    _list("Interest", ("instalment", "through", "accrued", "waived", "term"), [
        (name, a.through, money(a.total), money(a.waived), f"{a.term_id} v{a.term_version}") for name, a in contract.interest.items()
    ])  # fmt: skip
    _list("Relief", ("relief", "party", "event", "from", "to", "decided"), [
        (name, r.party, r.event, r.start, r.end, _GRANTED[r.granted]) for name, r in contract.reliefs.items()
    ])  # fmt: skip
    _list("Fallen due", ("obligation", "due", "whose", ""), [
        (name, f.due, "ours" if f.ours else "theirs", "overdue" if f.overdue else "") for name, f in contract.fallen_due.items()
    ])  # fmt: skip
    _list("Breaches", ("breach", "by", "against", "about", "obligation", "cure by", "remedied"), [
        (name, b.by, b.against, b.about, _broken(b), b.cure_by, b.remedied_how) for name, b in contract.breaches.items()
    ])  # fmt: skip
    _list("Service credits", ("term", "month", "amount", "version"), [
        (c.term_id, f"{c.month:%Y-%m}", money(c.total), f"v{c.version}") for c in contract.service_credits.values()
    ])  # fmt: skip
    _list("Notices", ("notice", "from", "to", "channel", "sent", "received", "about"), [
        (n.notice_id, n.by, n.to, words(n.channel.value), n.sent_on, n.received_on, n.about) for n in contract.notices.values()
    ])  # fmt: skip
    _list("Disputes", ("dispute", "about", "by", "claim", "steps", "ended"), [
        (d.dispute_id, d.about, d.by, money(d.claim), ", ".join(s.step.value for s in d.steps), d.end.how.value if d.end else "")
        for d in contract.disputes.values()
    ])  # fmt: skip


def _broken(breach: Breach) -> str:
    """Which obligation was broken; nothing where the declaration names none."""
    owed = breach.obligation
    return "" if owed is None else f"{words(owed.kind.value)} {owed.obligation_id}"


def _papers(contract: Contract) -> None:
    _list("Signatures", ("party", "signatory", "method", "date"), [
        (s.party, s.signatory, words(s.method.value), brief(s.signed_at)) for s in contract.signatures.values()
    ])  # fmt: skip
    _list("Amendments", ("amendment", "status", "from", "proposed by", "changes"), [
        (a.amendment_id, words(a.status), a.effective_from and brief(a.effective_from), a.proposed_by, shown(a.operations))
        for a in contract.amendments.values()
    ])  # fmt: skip
    _list("Documents", ("document", "title", "address", "superseded by"), [
        (d.document_id, d.title, d.url, contract.superseded_documents.get(d.document_id)) for d in contract.documents.values()
    ])  # fmt: skip
    _list("Quotes", ("quote", "supplier", "total", "items", "valid until", "chosen because"), [
        (q.quote.quote_id, q.quote.supplier, money(q.quote.total), ", ".join(q.quote.items), q.quote.valid_until, q.chosen_because)
        for q in contract.quotes.values()
    ])  # fmt: skip
    _list("Reviews", ("review", "about", "due", "reviewer", "outcome", "findings"), [
        (r.review_id, r.about, r.due, r.reviewer, words(r.end.outcome.value) if r.end else "", r.end.findings if r.end else "")
        for r in contract.reviews.values()
    ])  # fmt: skip
    if contract.risk is not None:
        _risk(contract.risk)
    _list("Notes", ("version", "text"), [(f"v{version}", text) for version, text in contract.notes.items()])


def _custom(contract: Contract, book: FieldBook) -> None:
    """What it holds in the fields of the house, under their present labels in both languages."""
    labels = {key: (one.definition.label_zh, one.definition.label_en) for key, one in book.fields.items()}
    _list("Custom fields", ("field", "标签", "label", "value", "edition"), [
        (key, *labels[key], held.value, held.edition) for key, held in contract.custom_fields.items()
    ])  # fmt: skip


def _risk(last: RiskAssessment) -> None:
    done = {m.rule_id: m.how for m in last.mitigations}
    head = f"Risk: {words(last.level.value)}, {last.points} points (rules, edition {last.edition})"
    _list(head, ("rule", "title", "points", "mitigated"), [
        (f.rule_id, f.title, f.points, done.get(f.rule_id)) for f in last.factors
    ] or [("", "no rule holds", 0, "")])  # fmt: skip


def _list(title: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    if rows:
        out().print(f"\n{title}", style="bold")
        shrinking = ("description", "text", "changes", "title", "heading")
        table([Column(c, right=c in ("amount", "quantity", "unit price"), shrinks=c in shrinking) for c in columns], rows)

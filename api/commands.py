"""Commands over HTTP: one line for each says its class, its stream, who may send it, and its address."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import CommandAnswer
from api.describe import BEGIN, WRITE, described, request_body
from api.door import (
    AtDoor,
    ContractId,
    DelegationId,
    Door,
    FieldsId,
    May,
    PartyId,
    PolicyId,
    ProductId,
    Received,
    ReceivedFirst,
    ReceivedNext,
    TemplateId,
    only_known_parameters,
    rendered,
)
from api.permissions import (
    ADMINS,
    APPROVERS,
    CATALOGUERS,
    DECIDERS,
    DRAFTERS,
    DRAFTERS_AND_APPROVERS,
    DRAFTERS_AND_FINANCE,
    FINANCE,
    FLAGGERS,
    UNFLAGGERS,
    VERIFIERS,
    WRITERS,
    Roles,
)
from api.problems import Contended
from api.renderings import require_rendered
from api.shapes import CommandShape, parse, shape_of
from domain.contract import (
    acceptance,
    accrual,
    agreement,
    amendment,
    approval,
    breach,
    closing,
    content,
    continuation,
    correction,
    credit,
    custom,
    delivery,
    deviation,
    disputes,
    drafting,
    earnings,
    invoicing,
    notices,
    particulars,
    payment,
    pricing,
    relief,
    review,
    services,
    settlement,
    signing,
    sourcing,
    templated,
)
from domain.delegation import GrantDelegation, RevokeDelegation
from domain.facts import Command
from domain.fields import DefineField, RestoreField, RetireField, ReviseField
from domain.party import ChangeBankAccount, ChangePartyDetails, FlagParty, RegisterParty, UnflagParty, VerifyParty
from domain.policy import PublishPolicy, RetirePolicy
from domain.product import DescribeProduct, ListProduct, PriceProduct, RestoreProduct, WithdrawProduct
from domain.template import DraftTemplate, PublishTemplate, RestoreTemplate, RetireTemplate, ReviseTemplate
from infra.errors import StaleVersion
from infra.ledger import CONTRACT, DELEGATION, FIELDS, PARTY, POLICY, PRODUCT, TEMPLATE, Envelope, Outcome, StreamKind

# A retried first command has to name the same stream again: what begins with an id derives its stream from it.
NAMESPACE: Final = uuid.UUID("5b0c1f4e-7a4a-5f0f-9f0b-7d1c1f0a7a11")


class Row(NamedTuple):
    """A command's line. Without a `path` it is /contracts/{contract_id}/ and the class's name in kebab case.

    `refusals` are the statuses of what may be answered instead, where they differ from those of other commands.
    """

    command: type[Command]
    roles: Roles
    path: str | None = None
    kind: StreamKind[Any] = CONTRACT
    refusals: tuple[int, ...] = ()

    @property
    def address(self) -> str:
        """The path under the API's prefix."""
        return self.path or f"/contracts/{{contract_id}}/{dashed(self.command)}"

    @property
    def begins(self) -> bool:
        """Whether it is the first of its stream."""
        return not self.address.count("{")

    @property
    def operation_id(self) -> str:
        """A stable name for generated clients."""
        return dashed(self.command).replace("-", "_")


def dashed(command: type[Command]) -> str:
    """RecordPayment as record-payment."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()


COMMANDS: Final = (
    Row(drafting.DraftContract, DRAFTERS, "/contracts"),
    Row(templated.DraftFromTemplate, DRAFTERS, "/contracts/from-template", refusals=(*BEGIN, 404)),
    Row(drafting.ChangeTitle, DRAFTERS),
    Row(drafting.ChangeValue, DRAFTERS),
    Row(drafting.ChangePeriod, DRAFTERS),
    Row(drafting.ChangeOwner, DRAFTERS),
    Row(drafting.AddCounterparty, DRAFTERS),
    Row(drafting.RemoveCounterparty, DRAFTERS),
    Row(content.AddClause, DRAFTERS),
    Row(content.RewordClause, DRAFTERS),
    Row(content.WithdrawClause, DRAFTERS),
    Row(deviation.RequestClauseDeviation, DRAFTERS),
    # Whoever words a contract does not also let it deviate from its template.
    Row(deviation.ApproveClauseDeviation, APPROVERS),
    Row(deviation.RejectClauseDeviation, APPROVERS),
    Row(content.AddLineItem, DRAFTERS),
    Row(content.ReviseLineItem, DRAFTERS),
    Row(content.RemoveLineItem, DRAFTERS),
    Row(particulars.RepriceLineItem, DRAFTERS),
    Row(particulars.ChangeCounterpartyRole, DRAFTERS),
    Row(sourcing.RecordQuote, DRAFTERS),
    Row(sourcing.ChooseQuote, DRAFTERS),
    Row(agreement.AgreeTerm, DRAFTERS),
    Row(agreement.ChangeTerm, DRAFTERS),
    Row(agreement.WithdrawTerm, DRAFTERS),
    Row(drafting.AttachDocument, WRITERS),
    Row(drafting.Note, WRITERS),
    Row(particulars.Tag, WRITERS),
    Row(particulars.Untag, WRITERS),
    Row(particulars.SupersedeDocument, WRITERS),
    Row(review.ScheduleReview, DRAFTERS_AND_APPROVERS),
    Row(review.CompleteReview, DRAFTERS_AND_APPROVERS),
    Row(approval.SubmitForApproval, DRAFTERS),
    Row(approval.WithdrawSubmission, DRAFTERS),
    Row(approval.Approve, DECIDERS),
    Row(approval.Reject, DECIDERS),
    Row(approval.SendBack, DECIDERS),
    Row(signing.RequestSignature, DRAFTERS_AND_APPROVERS),
    Row(approval.DelegateStep, DECIDERS),
    Row(signing.FixText, DRAFTERS_AND_APPROVERS),
    Row(signing.Sign, DRAFTERS_AND_APPROVERS),
    Row(signing.AffixSeal, DRAFTERS_AND_APPROVERS),
    Row(signing.DepositOriginal, DRAFTERS_AND_APPROVERS),
    Row(amendment.ProposeAmendment, DRAFTERS),
    Row(amendment.ApproveAmendment, APPROVERS),
    Row(amendment.RejectAmendment, APPROVERS),
    Row(amendment.SignAmendment, DRAFTERS_AND_APPROVERS),
    Row(amendment.TakeAmendmentIntoEffect, DRAFTERS_AND_APPROVERS),
    Row(delivery.ScheduleDelivery, DRAFTERS),
    Row(delivery.RescheduleDelivery, DRAFTERS),
    Row(delivery.RecordDelivery, DRAFTERS),
    # Whoever pays does not also say that the goods came.
    Row(delivery.AcceptDelivery, DRAFTERS_AND_APPROVERS),
    Row(delivery.RejectDelivery, DRAFTERS_AND_APPROVERS),
    Row(acceptance.RequestAcceptance, DRAFTERS),
    Row(acceptance.RaiseDefect, DRAFTERS_AND_APPROVERS),
    Row(acceptance.FixDefect, DRAFTERS_AND_APPROVERS),
    Row(services.ReachMilestone, DRAFTERS_AND_APPROVERS),
    Row(services.RecordService, DRAFTERS),
    Row(services.MeasureServiceLevel, DRAFTERS_AND_APPROVERS),
    Row(services.RecordFeedback, WRITERS),
    Row(credit.GrantServiceCredit, DRAFTERS_AND_APPROVERS),
    Row(earnings.ShareProfit, DRAFTERS_AND_APPROVERS),
    Row(earnings.EarnPerformancePay, DRAFTERS_AND_APPROVERS),
    # A price changes what is owed: whoever drafts or pays does not also decide on it.
    Row(pricing.AdjustPrice, APPROVERS),
    Row(notices.ServeNotice, DRAFTERS_AND_APPROVERS),
    Row(disputes.OpenDispute, DRAFTERS_AND_APPROVERS),
    Row(disputes.EnterDisputeStep, DRAFTERS_AND_APPROVERS),
    Row(disputes.ResolveDispute, DRAFTERS_AND_APPROVERS),
    Row(payment.SchedulePayment, DRAFTERS),
    Row(payment.ReschedulePayment, DRAFTERS),
    Row(payment.UnschedulePayment, DRAFTERS),
    Row(payment.RecordPayment, FINANCE),
    Row(payment.ReversePayment, FINANCE),
    Row(invoicing.RegisterInvoice, FINANCE),
    Row(invoicing.VoidInvoice, FINANCE),
    Row(settlement.AllocatePayment, FINANCE),
    Row(settlement.RefundPayment, FINANCE),
    Row(settlement.HoldRetention, FINANCE),
    # Whoever pays a retention out does not also say that it is due.
    Row(settlement.ReleaseRetention, DRAFTERS_AND_APPROVERS),
    Row(settlement.MatchReconciliation, FINANCE),
    Row(settlement.BreakReconciliation, FINANCE),
    Row(custom.SetCustomField, DRAFTERS),
    Row(custom.ClearCustomField, DRAFTERS),
    Row(accrual.AccruePenalty, DRAFTERS),
    Row(accrual.AccrueInterest, FINANCE),
    # Whoever reckons does not also waive, nor whoever claims grant.
    Row(accrual.WaivePenalty, APPROVERS),
    Row(accrual.WaiveInterest, APPROVERS),
    Row(breach.RecordObligationDue, DRAFTERS_AND_APPROVERS),
    Row(breach.RecordObligationOverdue, DRAFTERS_AND_APPROVERS),
    Row(breach.DeclareBreach, DRAFTERS_AND_APPROVERS),
    Row(breach.RecordBreachRemedied, DRAFTERS_AND_APPROVERS),
    Row(relief.ClaimRelief, DRAFTERS),
    Row(relief.GrantRelief, APPROVERS),
    Row(relief.RefuseRelief, APPROVERS),
    Row(correction.CorrectPayment, FINANCE),
    Row(correction.CorrectDelivery, DRAFTERS),
    Row(correction.CorrectInvoice, FINANCE),
    Row(correction.CorrectService, DRAFTERS),
    Row(correction.CorrectMeasurement, DRAFTERS_AND_APPROVERS),
    Row(correction.CorrectMilestone, DRAFTERS_AND_APPROVERS),
    # Neither those who record deliveries nor those who record payments can make one vanish.
    Row(correction.StrikeOut, APPROVERS),
    Row(continuation.SuspendContract, DRAFTERS_AND_APPROVERS),
    Row(continuation.ResumeContract, DRAFTERS_AND_APPROVERS),
    Row(continuation.GiveRenewalNotice, DRAFTERS_AND_APPROVERS),
    Row(continuation.RenewContract, DRAFTERS_AND_APPROVERS),
    Row(closing.CompleteContract, DRAFTERS_AND_APPROVERS),
    Row(closing.TerminateContract, DRAFTERS_AND_APPROVERS),
    Row(closing.ExpireContract, DRAFTERS_AND_APPROVERS),
    Row(closing.ArchiveContract, DRAFTERS_AND_APPROVERS),
    Row(RegisterParty, DRAFTERS, "/parties", PARTY),
    Row(ChangePartyDetails, DRAFTERS, "/parties/{party_id}/change-details", PARTY),
    Row(ChangeBankAccount, DRAFTERS_AND_FINANCE, "/parties/{party_id}/change-bank-account", PARTY),
    Row(VerifyParty, VERIFIERS, "/parties/{party_id}/verify", PARTY),
    Row(FlagParty, FLAGGERS, "/parties/{party_id}/flag", PARTY),
    Row(UnflagParty, UNFLAGGERS, "/parties/{party_id}/unflag", PARTY),
    Row(ListProduct, CATALOGUERS, "/products", PRODUCT),
    Row(DescribeProduct, CATALOGUERS, "/products/{product_id}/describe", PRODUCT),
    Row(PriceProduct, CATALOGUERS, "/products/{product_id}/price", PRODUCT),
    Row(WithdrawProduct, CATALOGUERS, "/products/{product_id}/withdraw", PRODUCT),
    Row(RestoreProduct, CATALOGUERS, "/products/{product_id}/restore", PRODUCT),
    Row(DraftTemplate, DRAFTERS, "/templates", TEMPLATE),
    Row(ReviseTemplate, DRAFTERS, "/templates/{template_id}/revise", TEMPLATE),
    # Whoever words a template does not also put it into use.
    Row(PublishTemplate, APPROVERS, "/templates/{template_id}/publish", TEMPLATE),
    Row(RetireTemplate, APPROVERS, "/templates/{template_id}/retire", TEMPLATE),
    Row(RestoreTemplate, APPROVERS, "/templates/{template_id}/restore", TEMPLATE),
    Row(GrantDelegation, DECIDERS, "/delegations", DELEGATION),
    # Whose it is, the domain knows.
    Row(RevokeDelegation, DECIDERS, "/delegations/{delegation_id}/revoke", DELEGATION),
    Row(DefineField, ADMINS, "/fields/{fields_id}/define", FIELDS),
    Row(ReviseField, ADMINS, "/fields/{fields_id}/revise", FIELDS),
    Row(RetireField, ADMINS, "/fields/{fields_id}/retire", FIELDS),
    Row(RestoreField, ADMINS, "/fields/{fields_id}/restore", FIELDS),
    Row(PublishPolicy, ADMINS, "/policies/{policy_id}/publish", POLICY),
    Row(RetirePolicy, ADMINS, "/policies/{policy_id}/retire", POLICY),
)

TAGS: Final = {
    CONTRACT.prefix: "contracts",
    PARTY.prefix: "parties",
    POLICY.prefix: "policies",
    TEMPLATE.prefix: "templates",
    DELEGATION.prefix: "delegations",
    PRODUCT.prefix: "products",
    FIELDS.prefix: "fields",
}
WRITTEN: Final = ("ETag", "Ledger-Position", "Command-Id")


def routes() -> APIRouter:
    """The endpoints of all commands."""
    router = APIRouter()
    for row in COMMANDS:
        begins = row.begins
        router.add_api_route(
            row.address,
            beginning(row) if begins else NEXT[row.kind.prefix](row),
            methods=["POST"],
            status_code=201 if begins else 200,
            operation_id=row.operation_id,
            summary=(row.command.__doc__ or "").split("\n")[0].rstrip("."),
            description=f"{row.command.__doc__}\n\nRoles: {', '.join(sorted(row.roles))}.",
            tags=[TAGS[row.kind.prefix]],
            response_class=Response,
            dependencies=[Depends(May(row.roles)), Depends(only_known_parameters)],
            openapi_extra=described(
                CommandAnswer,
                "It is stored, and durable.",
                status=201 if begins else 200,
                refusals=row.refusals or (BEGIN if begins else WRITE),
                headers=(*WRITTEN, "Location") if begins else WRITTEN,
                body=request_body(shape_of(row.command), row.command),
            ),
        )
    return router


def beginning(row: Row) -> Callable[..., Response]:
    """The endpoint of a command that begins a stream."""

    def begin(at: AtDoor, received: ReceivedFirst) -> Response:
        identity = str(uuid.uuid5(NAMESPACE, received.command_id))
        outcome = send(at, row, identity, received)
        return told(identity, received, outcome, location=f"/api/v1/{TAGS[row.kind.prefix]}/{identity}")

    return begin


def of_contract(row: Row) -> Callable[..., Response]:
    """The endpoint of a command on a contract."""

    def act(at: AtDoor, contract_id: ContractId, received: ReceivedNext) -> Response:
        return told(contract_id, received, send(at, row, contract_id, received))

    return act


def of_party(row: Row) -> Callable[..., Response]:
    """The endpoint of a command on a party."""

    def act(at: AtDoor, party_id: PartyId, received: ReceivedNext) -> Response:
        return told(party_id, received, send(at, row, party_id, received))

    return act


def of_product(row: Row) -> Callable[..., Response]:
    """The endpoint of a command on a product."""

    def act(at: AtDoor, product_id: ProductId, received: ReceivedNext) -> Response:
        return told(product_id, received, send(at, row, product_id, received))

    return act


def of_template(row: Row) -> Callable[..., Response]:
    """The endpoint of a command on a template."""

    def act(at: AtDoor, template_id: TemplateId, received: ReceivedNext) -> Response:
        return told(template_id, received, send(at, row, template_id, received))

    return act


def of_delegation(row: Row) -> Callable[..., Response]:
    """The endpoint of a command on a delegation."""

    def act(at: AtDoor, delegation_id: DelegationId, received: ReceivedNext) -> Response:
        return told(delegation_id, received, send(at, row, delegation_id, received))

    return act


def of_fields(row: Row) -> Callable[..., Response]:
    """The endpoint of a command on the fields."""

    def act(at: AtDoor, fields_id: FieldsId, received: ReceivedNext) -> Response:
        return told(fields_id, received, send(at, row, fields_id, received))

    return act


def of_policy(row: Row) -> Callable[..., Response]:
    """The endpoint of a command on a policy."""

    def act(at: AtDoor, policy_id: PolicyId, received: ReceivedNext) -> Response:
        return told(policy_id, received, send(at, row, policy_id, received))

    return act


NEXT: Final = {
    CONTRACT.prefix: of_contract,
    PARTY.prefix: of_party,
    POLICY.prefix: of_policy,
    TEMPLATE.prefix: of_template,
    DELEGATION.prefix: of_delegation,
    PRODUCT.prefix: of_product,
    FIELDS.prefix: of_fields,
}


def send(at: Door, row: Row, identity: str, received: Received) -> Outcome:
    """Reads the body as the command, and hands it to the ledger. Raises Flawed, HashDiffers, and what Ledger.handle raises."""
    shape = parse(shape_of(row.command), received.body)
    assert isinstance(shape, CommandShape)  # noqa: S101 - shape_of gives commands this base
    envelope = Envelope(
        received.principal.asker,
        received.command_id,
        received.read_at,
        effective_at=shape.effective_at,
        reason=shape.reason,
        correlation_id=received.correlation_id,
    )
    command = shape.to_domain()
    if isinstance(command, signing.FixText):
        require_rendered(at, identity, command)
    try:
        return at.ledger.handle(row.kind, identity, command, envelope)
    except StaleVersion as error:
        if received.read_at is None:
            # The caller stated no version that could be stale; it was the others who did not let it in.
            raise Contended("Others kept writing to the same stream; nothing of this command was stored.") from error
        raise


def told(identity: str, received: Received, outcome: Outcome, *, location: str | None = None) -> Response:
    """The answer of a command."""
    answer = CommandAnswer(
        id=identity,
        command_id=received.command_id,
        version=outcome.version,
        position=outcome.position,
        recorded_at=outcome.recorded_at,
        facts=outcome.facts,
        repeated=outcome.repeated,
    )
    headers = {"Command-Id": received.command_id, "Ledger-Position": str(outcome.position)}
    if location is not None:
        headers["Location"] = location
    return rendered(answer, status=200 if location is None else 201, version=outcome.version, headers=headers)

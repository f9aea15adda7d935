"""Parties, documents, policies, templates, delegations and publishers' releases, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.publication import PublicationFact, PublicationRecorded
from domain.delegation import DelegationFact, DelegationGranted, DelegationRevoked
from domain.document import DocumentFact, DocumentStored
from domain.party import (
    BankAccountChanged,
    PartyDetailsChanged,
    PartyFact,
    PartyFlagged,
    PartyRegistered,
    PartyUnflagged,
    PartyVerified,
    PersonalDataErased,
)
from domain.party.state import masked
from domain.policy import ApprovalPolicyPublished, PolicyFact, PolicyRetired
from domain.product import ProductDescribed, ProductFact, ProductListed, ProductPriced, ProductRestored, ProductWithdrawn
from domain.searches import SearchesFact, SearchRemoved, SearchSaved
from domain.template import TemplateDrafted, TemplateFact, TemplatePublished, TemplateRestored, TemplateRetired, TemplateRevised
from projections.timeline.summary.phrases import because, in_words, short


def of_others(
    happened: PartyFact | DocumentFact | PolicyFact | TemplateFact | ProductFact | DelegationFact | SearchesFact | PublicationFact,
) -> str:
    """Parties, the bytes of documents, policies, templates, delegations, and the releases of publishers."""
    match happened:
        case PublicationRecorded(source=source):
            return f"Published by {short(source.publisher)} in release {short(source.release_id)} of {short(source.ocid)}"
        case PartyRegistered(name=name):
            return f"Party {short(name)} registered"
        case PartyDetailsChanged(name=name):
            return f"Details of party {short(name)} changed"
        case PartyVerified(checks=checks, evidence=evidence, valid_until=until):
            how_long = "" if until is None else f" until {until.isoformat()}"
            return f"Party verified{how_long} ({', '.join(in_words(check) for check in checks)}) against {short(evidence)}"
        case PartyFlagged(flag=flag, why=why, severity=severity):
            return f"Party flagged: {in_words(flag)}, which {severity.value}{because(why)}"
        case PartyUnflagged(flag=flag, why=why):
            return f"Flag lifted: {in_words(flag)}{because(why)}"
        case BankAccountChanged(bank=bank, holder=holder, account_number=number):
            # Whoever may read the timeline need not know the number.
            return f"Bank account changed to {short(holder)} at {short(bank)}, {masked(number)}"
        case PersonalDataErased(ground=ground):
            return f"Personal data erased{because(ground)}"
        case DocumentStored(sha256=sha256, size=size, media_type=media_type):
            return f"Document {sha256[:12]}… stored: {size:,} bytes of {short(media_type)}"
        case TemplateDrafted(name=name):
            return f"Template {short(name)} drafted"
        case TemplateRevised(name=name, edition=edition):
            return f"Template {short(name)} revised: edition {edition}"
        case TemplatePublished(edition=edition):
            return f"Edition {edition} of the template published"
        case TemplateRetired(why=why):
            return f"Template retired{because(why)}"
        case TemplateRestored(why=why):
            return f"Template restored{because(why)}"
        case ApprovalPolicyPublished(edition=edition, title=title, routes=routes):
            return f"Edition {edition} of {short(title)} published, with {len(routes)} routes"
        case PolicyRetired(edition=edition, why=why):
            return f"Policy retired at edition {edition}{because(why)}"
        case ProductListed(code=code, name=name):
            return f"Product {short(code)} listed: {short(name)}"
        case ProductDescribed(name=name):
            return f"Product described as {short(name)}"
        case ProductPriced(price=price):
            last = "" if price.valid_until is None else f" until {price.valid_until.isoformat()}"
            days = f"from {price.valid_from.isoformat()}{last}"
            return f"Price of {price.unit_price:f} {price.currency} {days}, list {short(price.price_list)}"
        case ProductWithdrawn(why=why):
            return f"Product withdrawn{because(why)}"
        case ProductRestored(why=why):
            return f"Product restored{because(why)}"
        case DelegationGranted(to=to, ends_at=ends_at, why=why):
            return f"Decisions delegated to {short(to)} until {ends_at.isoformat()}{because(why)}"
        case DelegationRevoked(why=why):
            return f"Delegation revoked{because(why)}"
        case SearchSaved(name=name, shared=shared):
            return f"Search {short(name)} saved{' and shared' if shared else ''}"
        case SearchRemoved(name=name):
            return f"Search {short(name)} removed"
        case unreachable:
            assert_never(unreachable)

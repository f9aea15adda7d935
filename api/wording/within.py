"""What fields mean in one class, where the word has another meaning elsewhere."""

from __future__ import annotations

from api.wording import claims, custom, delays, imports, particulars, parties, policies, products, quotes, risk
from api.wording.base import ID, TEXT, Wording
from api.wording.examples import CLAUSE, COUNTERPARTY, INSTALMENT, ITEM, SHA256, TEMPLATE_CLAUSE
from api.wording.terms import TERM_EXAMPLE

# The same word for different things: what it means within one class.
WITHIN: dict[tuple[str, str], Wording] = {
    **claims.WITHIN,
    **particulars.WITHIN,
    **parties.WITHIN,
    **quotes.WITHIN,
    **products.WITHIN,
    **delays.WITHIN,
    **custom.WITHIN,
    **risk.WITHIN,
    **{
        (owner, "clauses"): Wording("The text, clause by clause.", [TEMPLATE_CLAUSE])
        for owner in ("DraftTemplate", "ReviseTemplate", "Edition")
    },
    **{
        (owner, "name"): Wording("What the template is called.", "采购合同范本") for owner in ("DraftTemplate", "ReviseTemplate", "Edition")
    },
    ("TemplateClause", "text"): Wording("The words; placeholders stand between double braces.", "{{buyer}}于验收后 30 日内付款。", TEXT),
    ("Filling", "name"): Wording("The placeholder's name.", "buyer", ID),
    ("Filling", "text"): Wording("What is filled in: an amount as `83420.00 CNY`, a date as `2026-12-31`.", "塔利科技有限公司", TEXT),
    ("Placeholder", "name"): Wording("Its name: a letter, then letters, digits and underscores.", "buyer", ID),
    ("Placeholder", "description"): Wording("What to fill in.", "The buyer's full name.", TEXT),
    ("Edition", "number"): Wording("The edition's number; the first is 1.", 1),
    ("RetireTemplate", "why"): Wording("Why it goes out of use.", "The law changed.", TEXT),
    ("RestoreTemplate", "why"): Wording("Why it is used again.", "The change of the law was put off.", TEXT),
    ("TemplateAnswer", "id"): Wording("The template's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("TemplateAnswer", "version"): Wording("How many entries the state rests on: its ETag.", 2),
    ("Money", "amount"): Wording("A plain decimal in text, with no more digits than the currency has.", "83420.00", 30),
    ("DocumentPage", "documents"): Wording("The documents, in the order in which they were first stored.", []),
    ("Document", "kind"): Wording("What sort of document it is.", "contract", ID),
    ("Document", "title"): Wording("What the document is called.", "Signed original"),
    ("LineItem", "description"): Wording("What is delivered.", "Desk, 160 cm", TEXT),
    ("AffixSeal", "kind"): Wording("Which of the party's seals.", "contract"),
    ("FixText", "sha256"): Wording("The SHA-256 of the text that will be signed.", SHA256, 64),
    ("Seal", "kind"): Wording("Which of the party's seals.", "contract"),
    ("RaiseDefect", "description"): Wording("What is wrong.", "Two machines do not start", TEXT),
    ("ReachMilestone", "description"): Wording("What was reached.", "Went live", TEXT),
    ("RequestAcceptance", "delivery_id"): Wording("The recorded delivery's id.", "1", ID),
    ("Contract", "feedback"): Wording("What was thought of the performance, by id.", {}),
    ("Invoice", "kind"): Wording("What sort of invoice it is.", "vat_special"),
    ("Invoice", "number"): Wording("The number on the invoice.", "24312000000012345678"),
    ("Retention", "description"): Wording("Why it is held back.", "For the warranty", TEXT),
    ("Instalment", "description"): Wording("What the instalment is for.", "On acceptance", TEXT),
    ("Sign", "method"): Wording("How it was signed.", "wet_ink"),
    ("SignAmendment", "method"): Wording("How it was signed.", "wet_ink"),
    ("Amendment", "effective_from"): Wording(
        "The moment for which an amendment that everybody signed waits, or waited; null where it never had to.", None
    ),
    ("RecordPayment", "method"): Wording("How the money moved.", "bank_transfer"),
    ("CorrectPayment", "method"): Wording("How the money really moved.", "bank_transfer"),
    **{
        (owner, "term"): Wording("A term that acts.", TERM_EXAMPLE)
        for owner in ("AgreeTerm", "ChangeTerm", "PutTerm", "StatedTerm", "AgreedTerm", "TermAgreed", "TermChanged")
    },
    ("Posting", "account"): Wording("The account.", "payable"),
    ("Posting", "about"): Wording("What it is about, such as a payment.", "payment"),
    ("Posting", "subject"): Wording("The id of that, within the contract.", "p1", ID),
    ("Posting", "fact"): Wording("The name of the fact that it comes from.", "contract.payment_recorded"),
    ("Posting", "day"): Wording("The day, in UTC, on which it counts: that on which its entry took effect.", "2026-03-31"),
    ("Posting", "debit"): Wording("The amount on the left side, or nothing.", {"amount": "83420.00", "currency": "CNY"}),
    ("Posting", "credit"): Wording("The amount on the right side, or nothing.", {"amount": "0.00", "currency": "CNY"}),
    ("Balance", "account"): Wording("The account.", "payable"),
    ("Balance", "debit"): Wording("The sum of its left side.", "83420.00"),
    ("Balance", "credit"): Wording("The sum of its right side.", "41710.00"),
    ("Balance", "net"): Wording("Debits less credits.", "41710.00"),
    ("JournalAnswer", "id"): Wording("The contract's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("JournalAnswer", "postings"): Wording("The postings, in order.", []),
    ("JournalAnswer", "balances"): Wording("What the accounts come to, by currency.", []),
    ("AgreedTerm", "version"): Wording("The version of the entry that made it, by which later facts cite it.", 9),
    ("Contract", "terms"): Wording("The terms that act, by id.", {}),
    ("Note", "text"): Wording("The note.", "The supplier called: two weeks later.", TEXT),
    **{
        (owner, "terms"): Wording("The terms that contracts drafted from it agree to.", [{"term_id": "t1", "term": TERM_EXAMPLE}])
        for owner in ("DraftTemplate", "ReviseTemplate", "Edition")
    },
    ("CompletenessAnswer", "id"): Wording("The contract's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("CompletenessAnswer", "version"): Wording("How many entries the answer rests on: its ETag.", 2),
    ("Met", "name"): Wording("What has to be said.", "quality"),
    ("Met", "terms"): Wording("Types of terms any of which says it.", ["acceptance"]),
    ("RequestClauseDeviation", "becomes"): Wording(
        "How the clause is to read, under its own id; it is to be gone where this is left out.", CLAUSE
    ),
    ("RequestClauseDeviation", "why"): Wording("Why the template does not fit.", "The buyer insists on 60 days.", TEXT),
    ("Deviation", "becomes"): Wording("How the clause is to read; null where it is to be gone.", CLAUSE),
    ("Deviation", "status"): Wording("What became of it; `applied` once the contract was worded so.", "requested"),
    ("GiveRenewalNotice", "party"): Wording("Whose notice: `us`, or a counterparty's id.", "us", ID),
    ("RenewContract", "period"): Wording("The next period.", {"start": "2027-01-01", "end": "2027-12-31"}),
    ("ArchiveContract", "reference"): Wording("Where the file is kept, such as a shelf mark.", "档-2027-001"),
    ("SuspendContract", "until"): Wording("Until when it is meant to rest, where that is known.", "2026-08-31"),
    ("SuspendContract", "why"): Wording("Why it rests.", "A typhoon closed the port.", TEXT),
    ("RejectDelivery", "why"): Wording("What is wrong with it.", "Twelve chairs are damaged.", TEXT),
    ("ProposeAmendment", "why"): Wording("Why the contract is changed.", "Twenty more desks are needed.", TEXT),
    ("Approver", "kind"): Wording("Whether it is a named principal, or whoever has a role.", "principal"),
    ("Approver", "name"): Wording("The principal's name, or the role.", "zhang.min", ID),
    ("PublishPolicy", "title"): Wording("What the policy is called.", "采购审批制度 / Approval of purchases"),
    ("PublishPolicy", "currency"): Wording("The ISO 4217 code of the currency in which amounts are judged.", "CNY"),
    ("RouteStep", "title"): Wording("What the step is called.", "部门审批 / Department"),
    ("PolicyAnswer", "id"): Wording("The policy's id.", "approval"),
    ("PolicyAnswer", "in_use"): Wording("Whether it decides on what is submitted now.", True),
    ("PolicyAnswer", "version"): Wording("How many entries the state rests on: its ETag.", 2),
    ("Approval", "step"): Wording("The step that is waited for, counted from 1.", 1),
    ("Contract", "id"): Wording("The contract's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("Contract", "version"): Wording("How many entries the state rests on: its ETag.", 12),
    ("Contract", "counterparties"): Wording("The parties on the other side, by id.", {"c1": COUNTERPARTY}),
    ("Contract", "clauses"): Wording("The text, by clause.", {"5": CLAUSE}),
    ("Contract", "items"): Wording("The goods or services, by id.", {"1": ITEM}),
    ("Contract", "instalments"): Wording("The payment schedule, by id.", {"1": INSTALMENT}),
    ("Contract", "deliveries"): Wording("What was delivered, by id.", {}),
    ("Contract", "currency"): Wording("The contract's one currency; null before any amount.", "CNY"),
    ("CommandAnswer", "id"): Wording("The id of the contract, party or template.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("CommandAnswer", "version"): Wording("The version of the contract, party or template after the command: its ETag.", 12),
    ("CommandAnswer", "position"): Wording("The position of its last entry; as `min_position` it lets you read your own write.", 1042),
    ("StoredCommand", "id"): Wording("The id of the contract, party or template.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("StoredCommand", "version"): Wording("The version of the contract, party or template after the command.", 12),
    ("PartyAnswer", "id"): Wording("The party's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("PartyAnswer", "version"): Wording("How many entries the state rests on: its ETag.", 2),
    ("RegisterLine", "id"): Wording("The contract's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("RegisterLine", "version"): Wording("The version of the contract that the line shows.", 12),
    ("RegisterLine", "position"): Wording("The position of the contract's last entry.", 1042),
    ("ChangeLine", "version"): Wording("Its place in its stream, from 1.", 2),
    ("ChangeLine", "id"): Wording(
        "The id of what it is about: the stream's name without its kind.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"
    ),
    ("ChangeLine", "actor"): Wording("Who did it; null to those who may not read it.", "li.wei"),
    ("ChangeLine", "summary"): Wording("What it says, in a line; null to those who may not read it.", "Paid 5.00 CNY"),
    ("ChangeLine", "data"): Wording("The fact's own content; null to those who may not read it.", {"payment_id": "p1"}),
    ("ChangePage", "changes"): Wording("What was recorded, in order.", []),
    ("ChangePage", "next_cursor"): Wording("Give it as `after` to go on; always there.", "4711"),
    ("HistoryEntry", "version"): Wording("The entry's place in the contract's stream, from 1.", 2),
    **{(owner, field): Wording(says, example) for owner, field, says, example in imports.SAID},
    **{(owner, field): Wording(says, example) for owner, field, says, example in policies.SAID},
    ("Problem", "type"): Wording("A URI that names the kind of problem.", "urn:tallystick:problem:StaleVersion"),
    ("Problem", "title"): Wording("The kind of problem in a few words.", "Somebody else wrote first"),
    ("Problem", "status"): Wording("The HTTP status.", 412),
    ("Problem", "detail"): Wording("What is wrong, in a sentence for people.", "The command was made for version 7; by now it is 8."),
    ("Problem", "name"): Wording("The machine name, stable across versions: a domain rule's, where one refuses.", "StaleVersion"),
    ("Problem", "details"): Wording("The values that the sentence names; `errors` with `path` and `reason` where it is malformed.", {}),
    ("Health", "status"): Wording("`alive`: the process answers.", "alive"),
    ("WithdrawSubmission", "why"): Wording("Why it is taken back.", "The price is still being negotiated.", TEXT),
}

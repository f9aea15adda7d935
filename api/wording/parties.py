"""What the fields of commands and answers about parties mean."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording
from api.wording.examples import SHA256

FIELDS: Final[dict[str, Wording]] = {
    "account_number": Wording("The account's number; for roles that need not know it, its end.", "1001 2345 6789 0123", ID),
    "bank": Wording("The bank that keeps the account.", "中国工商银行上海张江支行"),
    "bank_account": Wording("Where the party is paid; null before it named an account.", None),
    "blocked": Wording("Whether a flag stops contracts with it.", False),
    "changed_at": Wording("When it was recorded, in the world.", "2026-03-31T08:00:00Z"),
    "changed_by": Wording("Who recorded it, and so does not verify it.", "li.wei"),
    "parties": Wording("The parties of this page.", []),
    "has_account": Wording("Whether it named a bank account.", True),
    "verified": Wording("Whether its registration was checked, and that counts today.", True),
    "checks": Wording("What was checked.", ["registration"]),
    "flag": Wording("Which flag.", "dishonest_debtor"),
    "flags": Wording("The flags that it is under, by name.", {}),
    "flagged_at": Wording("Since when it is under this flag, for this reason.", "2026-03-31T08:00:00Z"),
    "flagged_by": Wording("Who put it under the flag.", "zhang.min"),
    "erased_at": Wording("Since when nobody can read what is personal of it; null where anybody who may can.", None),
    "former_accounts": Wording("The accounts before this one, the first one first.", []),
    "holder": Wording("In whose name the account is.", "华东办公设备有限公司"),
    "valid_from": Wording("From which day on the account is used.", "2026-04-01"),
    "valid_until": Wording("The last day on which it counts; for good where it is left out.", "2027-03-31"),
    "verifications": Wording("What was checked of what it says now, by check.", {}),
    "verified_at": Wording("When it was checked.", "2026-03-31T08:00:00Z"),
    "verified_by": Wording("Who checked it.", "chen.jing"),
}

WITHIN: Final[dict[tuple[str, str], Wording]] = {
    **{
        (owner, "evidence"): Wording("Against what it was checked.", "国家企业信用信息公示系统, 2026-03-31", TEXT)
        for owner in ("VerifyParty", "Verification")
    },
    **{
        (owner, "document_sha256"): Wording("The SHA-256 of the document that shows it, in hexadecimal.", SHA256, 64)
        for owner in ("VerifyParty", "Verification")
    },
    ("VerifyParty", "account_number"): Wording("The party's present account, where that was checked, and only then.", None, ID),
    ("PartyLine", "id"): Wording("The party's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("PartyLine", "checks"): Wording("What was checked of what it says now, by check.", {}),
    ("PartyLine", "version"): Wording("The version of the party that the line shows.", 2),
    ("PartyLine", "position"): Wording("The position of the party's last entry.", 1042),
    ("PartyFlagLine", "severity"): Wording("Whether it stops contracts with the party or only marks them.", "blocks"),
    ("PartyFlagLine", "why"): Wording("What was found, and where.", "Listed by 中国执行信息公开网 since 2026-03-02.", TEXT),
    ("FlagParty", "why"): Wording("What was found, and where.", "Listed by 中国执行信息公开网 since 2026-03-02.", TEXT),
    ("StandingFlag", "why"): Wording("What was found, and where.", "Listed by 中国执行信息公开网 since 2026-03-02.", TEXT),
    ("FlagParty", "severity"): Wording("Whether it stops contracts with the party or only marks them.", "blocks"),
    ("StandingFlag", "severity"): Wording("Whether it stops contracts with the party or only marks them.", "blocks"),
    ("EraseParty", "ground"): Wording(
        "Why it has to be erased. It names nobody: it stays.", "Article 47 PIPL, at the person's request", TEXT
    ),
    ("EraseParty", "request"): Wording("Where the request is filed, if anywhere.", "DSR-2026-014", TEXT),
    ("UnflagParty", "why"): Wording("Why it is lifted.", "The debt was paid; no longer listed.", TEXT),
}

"""What the fields of risk rules, of assessments and of what is done about them mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording

_MONTHS: Final = {"low": 24, "medium": 12, "high": 6}
_LEVELS: Final = {"medium": 30, "high": 60}
_RULE: Final = {
    "rule_id": "large",
    "title": "金额较大 / Large value",
    "points": 40,
    "kinds": [],
    "value_at_least": {"amount": "500000.00", "currency": "CNY"},
    "counterparty_flagged": False,
    "deviates": False,
    "without_template": False,
    "lacks_term": None,
    "longer_than_days": None,
}
_RULE_ID: Final = Wording("The rule's id.", "large", ID)
_HOW: Final = Wording("What was done about it.", "已取得履约保函 / Performance bond on file", TEXT)
_PARTS: Final[dict[str, Wording]] = {
    "rule_id": _RULE_ID,
    "title": Wording("What the rule is called.", "金额较大 / Large value"),
    "points": Wording("How many points it gives.", 40),
    "kinds": Wording("For these kinds alone; any where none is named.", []),
    "value_at_least": Wording("For contracts of this value or more, in the rules' currency.", {"amount": "500000.00", "currency": "CNY"}),
    "counterparty_flagged": Wording("For contracts with a flagged party on the other side alone.", False),
    "deviates": Wording("For contracts that deviate from what their template locks alone.", False),
    "without_template": Wording("For contracts that were drafted without a template alone.", False),
    "lacks_term": Wording("For contracts without a term of this sort alone.", None),
    "longer_than_days": Wording("For contracts that run for more days than this alone; open periods do.", None),
}

_RULED: Final = ("RiskRulesAnswer", "PublishRiskRules", "RiskEdition")
_LEVELLED: Final = ("RiskAssessment", "RiskRulesAnswer", "PublishRiskRules", "RiskEdition")

FIELDS: Final[dict[str, Wording]] = {
    "assessment_id": Wording("The assessment's id within the contract.", "a1", ID),
    "assessments": Wording("The assessments of its risk by id, in their order.", {}),
    "mitigations": Wording("What was done about it since.", []),
    "risk": Wording("The level of its last assessment, less what was done about it; null before there is one.", "medium"),
}

WITHIN: Final[dict[tuple[str, str], Wording]] = {
    **{("RiskRule", name): said for name, said in _PARTS.items()},
    **{(owner, "rule_id"): _RULE_ID for owner in ("RiskFactor", "Mitigation", "MitigateRisk")},
    **{
        (owner, "how"): Wording("What was done about it.", "已取得履约保函 / Performance bond on file", TEXT)
        for owner in ("Mitigation", "MitigateRisk")
    },
    ("RiskFactor", "title"): _PARTS["title"],
    ("RiskFactor", "points"): _PARTS["points"],
    ("Mitigation", "by"): Wording("Who said so.", "zhang.min", ID),
    ("Mitigation", "at"): Wording("When it was done.", "2026-06-12T08:00:00Z"),
    ("RiskAssessment", "factors"): Wording("The rules that held, each with what it counts for.", []),
    **{(owner, "levels"): Wording("From how many points on the risk is medium, and high.", _LEVELS) for owner in _LEVELLED},
    ("RiskAssessment", "edition"): Wording("The edition of the rules by which it was assessed.", 1),
    ("RiskAssessment", "amount"): Wording("Its value in the rules' currency; null where none was stated, or no rule asks.", None),
    ("RiskAssessment", "parties"): Wording("The parties on the other side as they were seen.", []),
    ("RiskAssessment", "points"): Wording("The points that are left.", 40),
    ("RiskAssessment", "level"): Wording("The level that they make.", "medium"),
    ("RiskAssessment", "at"): Wording("When it was assessed.", "2026-06-12T08:00:00Z"),
    ("AssessRisk", "rate"): Wording("What one unit of the contract's currency is in that of the rules.", None),
    **{(owner, "review_after"): Wording("After how many months contracts of each level are looked at again.", _MONTHS) for owner in _RULED},
    **{("ReviewMonths", level): Wording(f"After so many months where the risk is {level}.", n) for level, n in _MONTHS.items()},
    ("RiskLevels", "medium"): Wording("Medium from so many points on.", 30),
    ("RiskLevels", "high"): Wording("High from so many points on.", 60),
    ("PublishRiskRules", "title"): Wording("What the edition is called.", "2026 年风险规则 / Risk rules 2026"),
    ("PublishRiskRules", "currency"): Wording("The currency of the rules' amounts.", "CNY"),
    ("PublishRiskRules", "rules"): Wording("The rules, all of them.", [_RULE]),
    ("RetireRiskRules", "why"): Wording("Why they are taken out of use.", "由新制度取代 / Superseded", TEXT),
    ("RiskRulesAnswer", "id"): Wording("Which rules.", "contracts"),
    ("RiskRulesAnswer", "version"): Wording("How many entries the state rests on: its ETag.", 1),
    ("RiskRulesAnswer", "edition"): Wording("The last edition; 0 where there is none.", 1),
    ("RiskRulesAnswer", "title"): Wording("What the edition is called.", "2026 年风险规则 / Risk rules 2026"),
    ("RiskRulesAnswer", "currency"): Wording("The currency of the rules' amounts.", "CNY"),
    ("RiskRulesAnswer", "rules"): Wording("The rules.", [_RULE]),
    ("RiskRulesAnswer", "in_use"): Wording("Whether contracts are assessed by them.", True),
    ("RiskEditionPage", "editions"): Wording("The editions, oldest first.", []),
    ("RiskEdition", "rules"): Wording("The rules.", [_RULE]),
    ("RiskEdition", "version"): Wording("The version of the rules that it made.", 3),
    ("RiskEdition", "published_at"): Wording("When it was published.", "2026-06-12T08:00:00Z"),
    ("RiskEdition", "published_by"): Wording("Who published it.", "zhang.min", ID),
    ("RiskEdition", "in_use"): Wording("Whether contracts are assessed by it now.", True),
    ("RiskSimulationPage", "contracts"): Wording("The contracts, in the order in which they were drafted.", []),
    ("RiskSimulationPage", "totals"): Wording("What would change over the page.", {}),
    ("RiskSimulated", "version"): Wording("The version at which it was looked at.", 7),
    ("RiskSimulated", "judged"): Wording("What its last assessment found, and what the rules would find.", {}),
    ("RiskRejudged", "verdict"): Wording("How its level would change.", "higher"),
    ("RiskRejudged", "was_points"): Wording("The points of its last assessment; null where it never had one.", 20),
    ("RiskRejudged", "was"): Wording("The level that its last assessment found; null where it never had one.", "low"),
    ("RiskRejudged", "amount"): Wording("Its value in the rules' currency, where a rule asks for one.", None),
    ("RiskRejudged", "factors"): Wording("The rules that would hold, each with what it counts for.", []),
    ("RiskRejudged", "points"): Wording("What they add up to; null where there is no rate.", 40),
    ("RiskRejudged", "level"): Wording("The level that these points make; null where there is no rate.", "medium"),
    ("RiskSimulationTotals", "contracts"): Wording("How many contracts.", 12),
    ("RiskSimulationTotals", "same"): Wording("How many would keep their level.", 7),
    ("RiskSimulationTotals", "higher"): Wording("How many would be riskier than they were found last.", 2),
    ("RiskSimulationTotals", "lower"): Wording("How many would be less risky than they were found last.", 1),
    ("RiskSimulationTotals", "new"): Wording("How many were never assessed.", 2),
    ("RiskSimulationTotals", "no_rate"): Wording("How many are in a currency for which no rate was given.", 0),
    ("RiskSimulationTotals", "levels"): Wording("How many would have each level.", {"low": 8, "medium": 3, "high": 1}),
    ("RiskSimulationTotals", "levels_before"): Wording("How many had each level.", {"low": 9, "medium": 1, "high": 0}),
    ("RiskSimulationTotals", "rules"): Wording("For how many each rule would hold.", {"large": 3}),
}

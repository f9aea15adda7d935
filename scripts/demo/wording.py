"""The clauses that contracts of each kind have in common: what such a contract has to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.contract.vocabulary import Clause, Kind, Topic


def clause(topic: Topic, heading: str, text: str) -> Clause:
    """A clause that is known by what it is about."""
    return Clause(clause_id=topic.value, heading=heading, text=text, topic=topic)


_QUALITY: Final = clause(
    Topic.QUALITY, "质量要求 Quality", "货物应为全新正品，符合国家及行业标准。Goods are new, genuine and as the standards of the trade say."
)
_DELIVERY: Final = clause(
    Topic.DELIVERY, "交付期限 Delivery", "按交付计划交货；计划未列明的，合同生效后六十日内交齐。As planned, otherwise within 60 days."
)
_PERIOD: Final = clause(Topic.PERIOD, "合同期限 Period", "合同期限以首页载明的起止日期为准。The period is that on the first page.")

STANDARD: Final[Mapping[Kind, tuple[Clause, ...]]] = {
    Kind.SALES: (
        _QUALITY,
        _DELIVERY,
        clause(
            Topic.PLACE,
            "交付地点 Place of delivery",
            "买方指定的收货地点，运费由卖方承担。Where the buyer says; the seller pays the freight.",
        ),
        clause(
            Topic.PAYMENT,
            "付款 Payment",
            "按付款计划支付；未约定的，验收合格后三十日内付清。As scheduled, otherwise 30 days after acceptance.",
        ),
        clause(
            Topic.AFTER_SALES,
            "售后服务 After-sales service",
            "质保期内免费维修，四十八小时内响应。Repaired free under warranty, answered in 48 hours.",
        ),
    ),
    Kind.SERVICE: (
        clause(Topic.SCOPE, "服务范围 Scope", "以附件所列服务项目为准。What the annex lists."),
        _PERIOD,
        clause(Topic.QUALITY, "服务质量 Quality", "每季度考核一次，不合格的限期整改。Judged every quarter; what falls short is put right."),
        clause(Topic.DUTIES, "双方责任 Duties", "甲方提供必要条件，乙方派驻合格人员。One gives access, the other qualified people."),
    ),
    Kind.PARTNER: (
        clause(
            Topic.COOPERATION, "合作内容 Cooperation", "双方在附件所列领域共同开展业务。Business done together in the fields of the annex."
        ),
        _PERIOD,
        clause(Topic.PROFIT_SHARE, "利润分配 Profit share", "按附件所列比例分配，每半年结算。As the annex says, settled every half-year."),
        clause(
            Topic.DUTIES,
            "双方责任 Duties",
            "甲方提供产品与培训，乙方负责市场与客户。One brings products and training, the other the market.",
        ),
        clause(Topic.BREACH, "违约责任 Breach", "违约方赔偿守约方的实际损失。Who breaks the contract pays the damage."),
    ),
    Kind.SUPPLIER: (
        clause(
            Topic.SPECIFICATION, "规格 Specification", "以标的明细所列型号、规格和数量为准。The models and quantities of the list of goods."
        ),
        _DELIVERY,
        _QUALITY,
        clause(
            Topic.DUTIES,
            "双方责任 Duties",
            "乙方负责包装、运输和安装，甲方按时验收。The supplier packs, ships and installs; the buyer inspects in time.",
        ),
    ),
    Kind.OTHER: (),
}

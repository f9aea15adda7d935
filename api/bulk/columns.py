"""The sheets of the workbook and their columns: what people read at their heads, and which field each fills."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from domain.contract.vocabulary import Topic


class Takes(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    CURRENCY = "currency"
    CHOICE = "choice"


class Column(NamedTuple):
    """A column. `choices` are names whose Chinese labels are taken as well, found under `context`."""

    field: str
    chinese: str
    takes: Takes = Takes.TEXT
    required: bool = False
    example: str = ""
    choices: tuple[str, ...] = ()
    context: str = ""

    @property
    def head(self) -> str:
        """What stands at its head."""
        return f"{self.chinese} {self.field}{' *' if self.required else ''}"


class Sheet(NamedTuple):
    """A sheet; every row names its contract by its number in the first column."""

    name: str
    chinese: str
    columns: tuple[Column, ...]

    @property
    def title(self) -> str:
        """What its tab says."""
        return f"{self.chinese} {self.name}"


# A row with this number shows how rows are filled in, and is no contract.
EXAMPLE: Final = "EXAMPLE-001"

_NUMBER: Final = Column("number", "合同编号", required=True, example=EXAMPLE)

CONTRACTS: Final = Sheet(
    "contracts",
    "合同",
    (
        _NUMBER,
        Column("title", "合同名称", required=True, example="办公设备采购合同"),
        Column(
            "kind",
            "合同类型",
            Takes.CHOICE,
            required=True,
            example="supplier",
            choices=("sales", "service", "partner", "supplier", "other"),
            context="kind",
        ),
        Column(
            "direction", "收付方向", Takes.CHOICE, required=True, example="payable", choices=("receivable", "payable"), context="direction"
        ),
        Column("our_entity", "我方主体", required=True, example="塔利科技有限公司"),
        Column("amount", "合同金额", Takes.NUMBER, example="83420.00"),
        Column("currency", "币种", Takes.CURRENCY, example="CNY"),
        Column("start", "开始日期", Takes.DAY, example="2026-01-15"),
        Column("end", "结束日期", Takes.DAY, example="2026-12-31"),
        Column("owner", "负责人", example="li.wei"),
        Column("department", "部门", example="采购部"),
        Column(
            "confidentiality",
            "密级",
            Takes.CHOICE,
            example="internal",
            choices=("public", "internal", "confidential"),
            context="confidentiality",
        ),
    ),
)
COUNTERPARTIES: Final = Sheet(
    "counterparties",
    "相对方",
    (
        _NUMBER,
        Column("counterparty_id", "相对方编号", required=True, example="c1"),
        Column("name", "名称", required=True, example="华东办公设备有限公司"),
        Column("role", "角色", required=True, example="supplier"),
        Column("party_id", "主体编号"),
    ),
)
ITEMS: Final = Sheet(
    "items",
    "标的",
    (
        _NUMBER,
        Column("item_id", "序号", required=True, example="1"),
        Column("description", "名称及规格", required=True, example="办公桌 1.6 米"),
        Column("quantity", "数量", Takes.NUMBER, example="60"),
        Column("unit", "单位", example="张"),
        Column("unit_price", "单价", Takes.NUMBER, example="820.00"),
        Column("tax_percent", "税率", Takes.NUMBER, example="13"),
    ),
)
INSTALMENTS: Final = Sheet(
    "instalments",
    "付款计划",
    (
        _NUMBER,
        Column("instalment_id", "期次", required=True, example="1"),
        Column("amount", "金额", Takes.NUMBER, required=True, example="83420.00"),
        Column("due", "应付日期", Takes.DAY, example="2026-06-30"),
        Column("description", "说明", example="验收后付清"),
    ),
)
DELIVERIES: Final = Sheet(
    "deliveries",
    "交付计划",
    (
        _NUMBER,
        Column("delivery_id", "批次", required=True, example="1"),
        Column("description", "内容", required=True, example="办公桌 60 张"),
        Column("due", "交付日期", Takes.DAY, example="2026-05-31"),
        Column("item_id", "标的序号", example="1"),
        Column("quantity", "数量", Takes.NUMBER, example="60"),
    ),
)
CLAUSES: Final = Sheet(
    "clauses",
    "条款",
    (
        _NUMBER,
        Column("clause_id", "条款号", required=True, example="quality"),
        Column("heading", "标题", required=True, example="质量"),
        Column("text", "正文", required=True, example="货物应为全新，质保三年。"),
        Column("topic", "主题", Takes.CHOICE, example="quality", choices=tuple(topic.value for topic in Topic), context="topic"),
    ),
)

PARTS: Final = (COUNTERPARTIES, ITEMS, INSTALMENTS, DELIVERIES, CLAUSES)
SHEETS: Final = (CONTRACTS, *PARTS)

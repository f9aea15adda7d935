"""Why drafting from a template is refused."""

from __future__ import annotations

from dataclasses import fields, replace

from domain.contract.drafting import AlreadyDrafted, DraftContract
from domain.contract.rules import ElementExists, NeedsText
from domain.contract.templated import DraftFromTemplate, PlaceholderDoesNotFit, PlaceholderEmpty, PlaceholderNotAsked, TemplateNotPublished
from domain.contract.vocabulary import Clause, Filling
from domain.template import NoSuchTemplate, Template, TemplateIsRetired
from tests.domain.archive import PURCHASE, Library
from tests.domain.precedence import Fault, Table
from tests.domain.tables.drafting import DRAFT
from tests.facts import drafted

SHARED = {f.name: getattr(DRAFT, f.name) for f in fields(DraftContract) if f.name != "clauses"}
BUYER = Filling(name="buyer", text="塔利科技有限公司")
DAY = Filling(name="付款日", text="2026-12-31")
FROM_TEMPLATE = DraftFromTemplate(template_id="purchase", fillings=(BUYER, DAY), **SHARED)
RETIRED = Template(version=3, newest=PURCHASE, published=PURCHASE, retired=True)
UNPUBLISHED = Template(version=1, newest=PURCHASE)


TABLES = (
    Table(
        command=FROM_TEMPLATE,
        given=(),
        around=Library(purchase=Template(version=2, newest=PURCHASE, published=PURCHASE), retired=RETIRED, unpublished=UNPUBLISHED),
        faults=(
            Fault(refusal=AlreadyDrafted, also=drafted),
            Fault(refusal=NoSuchTemplate, change={"template_id": "nowhere"}),
            Fault(refusal=TemplateIsRetired, change={"template_id": "retired"}),
            Fault(refusal=TemplateNotPublished, change={"template_id": "unpublished"}),
            Fault(
                refusal=ElementExists,
                change={"fillings": (BUYER, BUYER, Filling(name="seller", text="x"))},
                details={"element": "placeholder", "element_id": "buyer"},
            ),
            Fault(refusal=PlaceholderNotAsked, change={"fillings": (Filling(name="seller", text="x"),)}, details={"name": "seller"}),
            Fault(refusal=PlaceholderEmpty, change={"fillings": (DAY,)}, details={"name": "buyer"}, name="left out"),
            Fault(refusal=PlaceholderEmpty, change={"fillings": (replace(BUYER, text=" "), DAY)}, name="blank"),
            *(
                Fault(
                    refusal=PlaceholderDoesNotFit,
                    change={"fillings": (BUYER, replace(DAY, text=wrong))},
                    details={"name": "付款日", "placeholder_type": "date", "given": wrong},
                    name=wrong,
                )
                for wrong in ("2026-02-30", "20261231", "tomorrow")
            ),
            Fault(refusal=NeedsText, change={"title": " "}, details={"field": "title"}),
            Fault(
                refusal=ElementExists,
                change={"clauses": (Clause(clause_id="5", heading="", text="x"),)},
                details={"element": "clause", "element_id": "5"},
                name="clause",
            ),
        ),
    ),
)

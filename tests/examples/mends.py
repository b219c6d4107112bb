"""The demo shop's faults, each with the text edit that mends it."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["MENDS", "SHOP", "Mend"]

SHOP = Path(__file__).parents[2] / "src" / "asa" / "examples" / "shop"


@dataclass(frozen=True, slots=True)
class Mend:
    """A text edit of one file of the shop.

    Attributes:
        rule: The rule that finds the fault.
        subject: What the finding is about.
        file: Path below the project.
        before: Text that occurs there once.
        after: What takes its place.
        schema: Whether it needs a migration.
    """

    rule: str
    subject: str
    file: str
    before: str
    after: str
    schema: bool = False

    def apply(self, project: Path) -> None:
        """Edit the file in a copy of the shop."""
        source = (project / self.file).read_text(encoding="utf-8")
        assert source.count(self.before) == 1, f"{self.file} no longer holds: {self.before}"
        (project / self.file).write_text(source.replace(self.before, self.after), encoding="utf-8")


MENDS = {
    "lazy attribute": Mend(
        "n-plus-one",
        "Order.items",
        "shop/orders.py",
        '.where(Order.status == "paid").order_by(Order.placed_at).limit(20)\n',
        '.where(Order.status == "paid").order_by(Order.placed_at).limit(20)\n'
        "        .options(selectinload(Order.items))\n",
    ),
    "query in a loop": Mend(
        "n-plus-one",
        "Product by id",
        "shop/catalogue.py",
        """\
    total = 0
    for product_id, quantity in basket.items():
        product = await session.get(Product, product_id)
        if product is not None:
            total += product.price_cents * quantity
    return total
""",
        """\
    products = await session.scalars(select(Product).where(Product.id.in_(basket)))
    return sum(product.price_cents * basket[product.id] for product in products)
""",
    ),
    "missing index": Mend(
        "missing-index",
        "reviews (product_id)",
        "shop/models.py",
        '    __tablename__ = "reviews"\n',
        '    __tablename__ = "reviews"\n'
        "    __table_args__ = (\n"
        '        Index("ix_reviews_product_id_written_at", "product_id", "written_at"),\n'
        "    )\n",
        schema=True,
    ),
    "redundant index": Mend(
        "redundant-index",
        "ix_orders_customer_id on orders (customer_id)",
        "shop/models.py",
        'customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)\n'
        "    status",
        'customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))\n    status',
        schema=True,
    ),
}

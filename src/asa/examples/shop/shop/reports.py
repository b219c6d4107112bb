"""What the owner looks at in the evening."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Order, OrderItem, Payment, Product

CHUNK = 80


async def best_sellers(session: AsyncSession, since: datetime) -> list[tuple[str, int]]:
    """Return the ten products sold most since a day."""
    sold = func.sum(OrderItem.quantity)
    rows = await session.execute(
        select(Product.name, sold)
        .join(OrderItem, OrderItem.product_id == Product.id)
        .join(Order, Order.id == OrderItem.order_id)
        .where(Order.placed_at >= since)
        .group_by(Product.id, Product.name)
        .order_by(sold.desc(), Product.name)
        .limit(10)
    )
    return [(name, count) for name, count in rows]


async def income(session: AsyncSession) -> list[tuple[str, int]]:
    """Return what came in by each way of paying."""
    rows = await session.execute(
        select(Payment.method, func.sum(Payment.amount_cents)).group_by(Payment.method)
    )
    return [(method, amount) for method, amount in rows]


async def stock_of(session: AsyncSession, skus: Sequence[str]) -> dict[str, int]:
    """Return the stock of many products, some at a time."""
    stock = {}
    for start in range(0, len(skus), CHUNK):
        chunk = skus[start : start + CHUNK]
        products = await session.scalars(select(Product).where(Product.sku.in_(chunk)))
        stock.update({product.sku: product.stock for product in products})
    return stock

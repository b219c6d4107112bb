"""From the basket to the parcel."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from .models import Customer, Order, OrderItem, Payment, Product


async def place_order(session: AsyncSession, email: str, basket: dict[int, int]) -> Order:
    """Turn a basket into a paid order and take the goods from stock."""
    customer = await session.scalar(select(Customer).where(Customer.email == email))
    products = (await session.scalars(select(Product).where(Product.id.in_(basket)))).all()
    items = []
    for product in products:
        quantity = basket[product.id]
        product.stock -= quantity
        items.append(OrderItem(product=product, quantity=quantity, price_cents=product.price_cents))
    amount = sum(item.quantity * item.price_cents for item in items)
    payment = Payment(method="card", amount_cents=amount)
    order = Order(customer=customer, status="paid", items=items, payments=[payment])
    session.add(order)
    await session.commit()
    return order


async def order_history(session: AsyncSession, customer: int, before: datetime) -> Sequence[Order]:
    """Return a customer's latest orders before a time, with all that was bought."""
    orders = await session.scalars(
        select(Order)
        .where(Order.customer_id == customer, Order.placed_at < before)
        .options(selectinload(Order.items).selectinload(OrderItem.product))
        .order_by(Order.placed_at.desc())
        .limit(10)
    )
    return orders.all()


async def packing_list(session: AsyncSession) -> dict[int, int]:
    """Return how many parts go into the parcel of each order that waits the longest."""
    waiting = await session.scalars(
        select(Order).where(Order.status == "paid").order_by(Order.placed_at).limit(20)
    )
    parts = {}
    for order in waiting:
        items = await order.awaitable_attrs.items
        parts[order.id] = sum(item.quantity for item in items)
    return parts

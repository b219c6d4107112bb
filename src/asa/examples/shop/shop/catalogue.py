"""What a visitor sees: shelves, product pages, and the price of a basket."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from .models import Product, Review

PAGE = 60


@dataclass(frozen=True)
class ProductPage:
    """A product and what is said of it."""

    product: Product
    stars: float
    reviews: Sequence[Review]


async def browse(session: AsyncSession) -> AsyncIterator[Sequence[Product]]:
    """Walk the whole catalogue, page by page, each beginning where the last one ended."""
    last = 0
    while True:
        page = (
            await session.scalars(
                select(Product)
                .where(Product.id > last)
                .options(joinedload(Product.category))
                .order_by(Product.id)
                .limit(PAGE)
            )
        ).all()
        if not page:
            return
        yield page
        last = page[-1].id


async def product_page(session: AsyncSession, sku: str) -> ProductPage:
    """Show one product, its stars and its latest reviews."""
    product = await session.scalar(select(Product).where(Product.sku == sku))
    if product is None:
        raise LookupError(sku)
    stars = await session.scalar(
        select(func.avg(Review.stars)).where(Review.product_id == product.id)
    )
    reviews = await session.scalars(
        select(Review)
        .where(Review.product_id == product.id)
        .options(joinedload(Review.customer))
        .order_by(Review.written_at.desc())
        .limit(5)
    )
    return ProductPage(product, float(stars or 0), reviews.all())


async def basket_price(session: AsyncSession, basket: dict[int, int]) -> int:
    """Add up a basket, product ids and how many of each, in cents."""
    total = 0
    for product_id, quantity in basket.items():
        product = await session.get(Product, product_id)
        if product is not None:
            total += product.price_cents * quantity
    return total

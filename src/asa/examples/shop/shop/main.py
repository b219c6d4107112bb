"""An afternoon in the shop, each request in a session of its own: python -m shop.main."""

import asyncio
from datetime import timedelta

from .catalogue import basket_price, browse, product_page
from .db import engine, new_session
from .orders import order_history, packing_list, place_order
from .reports import best_sellers, income, stock_of
from .seed import LAST_DAY

BASKET = dict.fromkeys(range(7, 247, 20), 1)


async def visit() -> dict[str, str]:
    """Browse the catalogue and return all SKUs seen, each with its category."""
    async with new_session() as session:
        return {one.sku: one.category.name async for page in browse(session) for one in page}


async def look_at(sku: str) -> tuple[float, set[str]]:
    """Open a product's page and return its stars, and who wrote of it lately."""
    async with new_session() as session:
        page = await product_page(session, sku)
    return page.stars, {review.customer.name for review in page.reviews}


async def buy() -> tuple[int, set[str]]:
    """Ask for a basket's price, order it, and return its cents, and what was bought before."""
    async with new_session() as session:
        price = await basket_price(session, BASKET)
    async with new_session() as session:
        order = await place_order(session, "ada.abel@example.org", BASKET)
    async with new_session() as session:
        history = await order_history(session, order.customer_id, LAST_DAY)
    return price, {item.product.name for order in history for item in order.items}


async def pack() -> int:
    """Write the packing list and return how many parts are on it."""
    async with new_session() as session:
        return sum((await packing_list(session)).values())


async def close(skus: list[str]) -> str:
    """Look at the day's reports and return the best seller's name."""
    async with new_session() as session:
        await stock_of(session, skus)
        await income(session)
        sellers = await best_sellers(session, LAST_DAY - timedelta(days=30))
    return sellers[0][0]


async def main() -> None:
    """Let an afternoon go by and say what happened."""
    categories = await visit()
    skus = list(categories)
    pages = await asyncio.gather(*(look_at(sku) for sku in skus[::24]))
    price, before = await buy()
    parts = await pack()
    best = await close(skus)
    await engine.dispose()
    authors = set().union(*(names for _, names in pages))
    print(f"{len(skus)} products of {len(set(categories.values()))} categories shown")
    print(f"{len(pages)} looked at, {min(stars for stars, _ in pages):.1f} stars the least")
    print(f"{len(authors)} customers wrote of them; {len(before)} kinds were bought before")
    print(f"one basket sold for {price / 100:.2f}, {parts} parts to pack, best seller: {best}")


if __name__ == "__main__":
    asyncio.run(main())

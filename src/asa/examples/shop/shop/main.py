"""An afternoon in the shop, each request in a session of its own: python -m shop.main."""

import asyncio
from datetime import timedelta

from .catalogue import basket_price, browse, product_page
from .db import engine, new_session
from .orders import order_history, packing_list, place_order
from .reports import best_sellers, income, stock_of
from .seed import LAST_DAY

BASKET = dict.fromkeys(range(7, 247, 20), 1)


async def visit() -> list[str]:
    """Browse the catalogue and return all SKUs seen."""
    async with new_session() as session:
        return [product.sku async for page in browse(session) for product in page]


async def look_at(sku: str) -> float:
    """Open a product's page and return its stars."""
    async with new_session() as session:
        return (await product_page(session, sku)).stars


async def buy() -> int:
    """Ask for a basket's price, order it, and return what it cost in cents."""
    async with new_session() as session:
        price = await basket_price(session, BASKET)
    async with new_session() as session:
        order = await place_order(session, "ada.abel@example.org", BASKET)
    async with new_session() as session:
        await order_history(session, order.customer_id, LAST_DAY)
    return price


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
    skus = await visit()
    stars = await asyncio.gather(*(look_at(sku) for sku in skus[::24]))
    price = await buy()
    parts = await pack()
    best = await close(skus)
    await engine.dispose()
    print(f"{len(skus)} products shown, {len(stars)} looked at, {min(stars):.1f} stars the least")
    print(f"one basket sold for {price / 100:.2f}, {parts} parts to pack, best seller: {best}")


if __name__ == "__main__":
    asyncio.run(main())

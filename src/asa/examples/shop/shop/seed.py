"""Fill an empty database with a year of business: python -m shop.seed."""

import asyncio
import random
from datetime import datetime, timedelta, timezone

from sqlalchemy import select

from .db import engine, new_session
from .models import Category, Customer, Order, OrderItem, Payment, Product, Review

FIRST_DAY = datetime(2025, 1, 1, 8, tzinfo=timezone.utc)
LAST_DAY = FIRST_DAY + timedelta(days=365)

FIRST_NAMES = "Ada Bela Cleo Dario Edda Finn Gita Hugo Ines Jonas Kira Luca Mina Nils Olga Pia"
LAST_NAMES = "Abel Brandt Costa Dahl Eder Fabre Gruber Hansen Ilic Jansen Kovac Lind Moreau Novak"
CITIES = "Aarhus Bern Coimbra Dresden Ghent Graz Lille Malmo Porto Turin Utrecht Vienna"
SHELVES = {
    "Kitchen": "kettle pan ladle mill board knife",
    "Garden": "spade rake hose trowel lantern bench",
    "Office": "lamp desk chair folder stapler shelf",
    "Travel": "trunk flask tent pillow lock bag",
    "Music": "drum flute stand tuner cable amp",
    "Sport": "ball racket mat rope vest bottle",
}
KINDS = "small large folding classic light steel oak travel"
OPINIONS = (
    "Just what I was looking for.",
    "Well made, arrived in two days.",
    "Smaller than I thought, but good.",
    "Broke in the first week.",
    "My third one; the others went to friends.",
)


def invent(chance: random.Random) -> list[Customer | Order | Review]:
    """Make up the shop's year; the same `chance` gives the same year."""
    products = [
        Product(
            sku=f"{shelf[:2].upper()}-{thing[:3].upper()}-{number}",
            name=f"{kind} {thing}",
            category=category,
            price_cents=chance.randrange(500, 20_000, 10),
            stock=chance.randrange(20, 400),
        )
        for shelf, things in SHELVES.items()
        for category in [Category(name=shelf)]
        for thing in things.split()
        for number, kind in enumerate(KINDS.split(), start=1)
    ]
    people = [f"{first} {last}" for first in FIRST_NAMES.split() for last in LAST_NAMES.split()]
    customers = [
        Customer(
            name=name,
            email=f"{name.lower().replace(' ', '.')}@example.org",
            city=chance.choice(CITIES.split()),
        )
        for name in people
    ]
    orders = [order(chance, customers, products, hour) for hour in range(0, 365 * 24, 8)]
    reviews = [
        Review(
            product=chance.choice(products),
            customer=chance.choice(customers),
            stars=chance.choice((1, 2, 3, 4, 4, 5, 5, 5)),
            text=chance.choice(OPINIONS),
            written_at=FIRST_DAY + timedelta(minutes=chance.randrange(365 * 24 * 60)),
        )
        for _ in range(2400)
    ]
    return [*customers, *orders, *reviews]


def order(
    chance: random.Random, customers: list[Customer], products: list[Product], hour: int
) -> Order:
    """Make up one order with its items and its payment; the last two weeks' are not sent yet."""
    placed_at = FIRST_DAY + timedelta(hours=hour, minutes=chance.randrange(420))
    waiting = placed_at > LAST_DAY - timedelta(days=14)
    items = [
        OrderItem(product=product, quantity=chance.randint(1, 3), price_cents=product.price_cents)
        for product in chance.sample(products, chance.randint(1, 4))
    ]
    payment = Payment(
        method=chance.choice(("card", "card", "transfer", "voucher")),
        amount_cents=sum(item.quantity * item.price_cents for item in items),
        paid_at=placed_at + timedelta(minutes=3),
    )
    return Order(
        customer=chance.choice(customers),
        status="paid" if waiting else "delivered",
        placed_at=placed_at,
        items=items,
        payments=[payment],
    )


async def fill() -> bool:
    """Fill the database; False where it is filled already."""
    async with new_session() as session:
        if await session.scalar(select(Customer.id).limit(1)) is not None:
            return False
        session.add_all(invent(random.Random(2025)))
        await session.commit()
        return True


async def main() -> None:
    """Fill the database and say so."""
    fresh = await fill()
    await engine.dispose()
    print("filled with a year of business" if fresh else "filled already")


if __name__ == "__main__":
    asyncio.run(main())

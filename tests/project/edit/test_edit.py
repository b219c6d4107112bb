"""Each shape of statement, with the fix that is written into it or the reason why not."""

import pytest

from asa.model.fix import LoaderOption, Rewrite
from asa.model.record import CallSite
from asa.project.edit import NotEdited, edited

HEAD = """\
from sqlalchemy import select
from app.models import Order, Post, User


async def load(session, query):
"""
MODULES = {"Comment": "app.comments"}
ITEMS = (("selectinload", "Order.items"),)
NESTED = (("selectinload", "User.posts"), ("selectinload", "Post.comments"))
BELOW = (("defaultload", "User.posts"), ("selectinload", "Post.comments"))
INNER = (("joinedload(innerjoin=True)", "Order.user"),)


def option(steps: tuple[tuple[str, str], ...], line: int) -> LoaderOption:
    return LoaderOption("", CallSite("app/api.py", line, "load"), steps=steps)


def body(text: str, steps: tuple[tuple[str, str], ...], line: int = 1) -> str:
    """Edit a function's body; the line counts within it."""
    result = edited(HEAD + text, option(steps, HEAD.count("\n") + line), MODULES)
    assert isinstance(result, str), result
    return result.partition("async def load(session, query):\n")[2]


def refusal(text: str, steps: tuple[tuple[str, str], ...] = ITEMS, line: int = 1) -> str:
    result = edited(HEAD + text, option(steps, HEAD.count("\n") + line), {})
    assert isinstance(result, NotEdited), result
    return result.reason


PLAIN = """
    orders = await session.scalars(select(Order))  # all
"""
PLAIN_FIXED = """
    orders = await session.scalars(select(Order).options(selectinload(Order.items)))  # all
"""
CHAIN = """
    orders = await session.scalars(
        select(Order)
        .where(Order.id > 1)
    )
"""
CHAIN_FIXED = """
    orders = await session.scalars(
        select(Order)
        .where(Order.id > 1)
        .options(selectinload(Order.items))
    )
"""
MADE = """
    made = select(Order)
    made = made.where(Order.id > 1)
    return await session.scalars(made)
"""
MADE_FIXED = """
    made = select(Order)
    made = made.where(Order.id > 1)
    return await session.scalars(made.options(selectinload(Order.items)))
"""
GET = """
    return await session.get(Order, 1)
"""
GET_FIXED = """
    return await session.get(Order, 1, options=[selectinload(Order.items)])
"""
OPTIONS = """
    x = select(Order).options(joinedload(Order.user))
"""
OPTIONS_FIXED = """
    x = select(Order).options(joinedload(Order.user), selectinload(Order.items))
"""
ROW_BY_ROW = """
    x = select(Order).options(immediateload(Order.items))
"""
ROW_BY_ROW_FIXED = """
    x = select(Order).options(selectinload(Order.items))
"""
LINES = """
    x = select(Order).options(
        joinedload(Order.user),
    )
"""
LINES_FIXED = """
    x = select(Order).options(
        joinedload(Order.user),
        selectinload(Order.items),
    )
"""
LONG = """
    x = await session.scalars(
        select(Order).where(Order.id > 1).order_by(Order.id).limit(20)
    )
"""
LONG_FIXED = """
    x = await session.scalars(
        select(Order).where(Order.id > 1).order_by(Order.id).limit(20)
        .options(selectinload(Order.items))
    )
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PLAIN, PLAIN_FIXED),
        (CHAIN, CHAIN_FIXED),
        (GET, GET_FIXED),
        (OPTIONS, OPTIONS_FIXED),
        (ROW_BY_ROW, ROW_BY_ROW_FIXED),
        (LINES, LINES_FIXED),
        (LONG, LONG_FIXED),
    ],
    ids=["plain", "chain", "get", "options", "row by row", "lines", "long"],
)
def test_the_option_is_written_where_the_statement_is(before: str, after: str) -> None:
    assert body(before, ITEMS, 2) == after


def squeezed(text: str) -> str:
    """Return code without its space."""
    return "".join(text.split())


def test_the_head_of_a_loop_is_no_part_of_its_block() -> None:
    text = """\
    for order in await session.scalars(select(Order)):
        await session.scalars(select(Order).where(Order.id == order.id))
"""
    head = "inawaitsession.scalars(select(Order).options(selectinload(Order.items))):"
    assert head in squeezed(body(text, ITEMS))
    block = "Order.id==order.id).options(selectinload(Order.items))"
    assert block in squeezed(body(text, ITEMS, 2))
    assert block not in squeezed(body(text, ITEMS))


def test_a_row_that_must_be_there_is_joined_inner() -> None:
    text = body("    x = await session.scalars(select(Order))\n", INNER)
    assert "select(Order).options(joinedload(Order.user,innerjoin=True))" in squeezed(text)


def test_an_option_below_another_continues_it() -> None:
    text = "    x = await session.scalars(select(User).options(selectinload(User.posts)))\n"
    assert "options(selectinload(User.posts).selectinload(Post.comments))" in body(text, BELOW)


def test_a_statement_made_above_gets_it_where_it_is_executed() -> None:
    assert body(MADE, ITEMS, 4) == MADE_FIXED


def test_classes_behind_a_module_keep_it() -> None:
    text = "    x = await session.scalars(select(models.User))\n"
    written = "selectinload(models.User.posts).selectinload(models.Post.comments)"
    assert written in body(text, NESTED)


def test_loaders_and_classes_are_imported_once() -> None:
    deeper = (*NESTED, ("selectinload", "Comment.likes"))
    text = HEAD + "    x = await session.scalars(select(User))\n"
    result = edited(text, option(deeper, HEAD.count("\n") + 1), MODULES)
    assert isinstance(result, str)
    assert result.count("from sqlalchemy.orm import selectinload\n") == 1
    assert "from app.comments import Comment\n" in result
    assert result.count("import Order, Post, User") == 1


def test_line_ends_stay_as_they_are() -> None:
    text = (HEAD + "    x = await session.scalars(select(Order))\n").replace("\n", "\r\n")
    result = edited(text, option(ITEMS, HEAD.count("\n") + 1), MODULES)
    assert isinstance(result, str)
    assert result.count("\r\n") == result.count("\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("    x = await load_all()\n", "no single statement there selects Order"),
        (
            "    x = await session.execute(union(select(Order), select(Order)))\n",
            "several statements there select Order",
        ),
        (
            "    x = await session.scalars(select(Order).options(joinedload(Order.items)))\n",
            "the statement has an option for Order.items already",
        ),
        (
            "    x = await session.scalars(query)\n",
            "what it executes is not made there as select(Order)",
        ),
        (
            "    y = select(self.model)\n    x = await session.scalars(y)\n",
            "what it executes is not made there as select(Order)",
        ),
    ],
)
def test_where_it_is_not_certain_nothing_is_written(text: str, reason: str) -> None:
    assert refusal(text, line=text.count("\n")) == reason


def test_a_class_from_nowhere_is_not_named() -> None:
    deeper = (("selectinload", "Order.items"), ("selectinload", "Item.product"))
    text = "    x = await session.scalars(select(Order))\n"
    assert refusal(text, deeper) == "Item is not imported there"


def test_what_is_no_python_is_left_alone() -> None:
    result = edited("def f(:\n", option(ITEMS, 1), {})
    assert result == NotEdited("the file is no Python that can be read")


LOOP = """\
from sqlalchemy import select


async def price(session, basket: dict[int, int], codes: list[int], stream):
    for key, number in basket.items():
        product = await session.get(Product, key)
    for key in codes:
        print(await session.get(Product, key))
    for row in basket.values():
        product = await session.get(Product, row.key)
    for key in stream:
        product = await session.get(Product, key)


class Product:
    pass
"""


def looked_up(line: int) -> str | NotEdited:
    fix = Rewrite("", CallSite("app/api.py", line, "price"), "Product", "id")
    return edited(LOOP, fix, {})


@pytest.mark.parametrize(
    ("line", "keys", "read"),
    [
        (6, "list(basket)", "product = products.get(key)"),
        (8, "list(codes)", "print(products.get(key))"),
        (10, "[row.key for row in basket.values()]", "product = products.get(row.key)"),
    ],
)
def test_a_get_for_each_row_becomes_one_query(line: int, keys: str, read: str) -> None:
    result = looked_up(line)
    assert isinstance(result, str)
    assert f"select(Product).where(Product.id.in_({keys}))" in result
    assert result.splitlines()[line + 5].strip() == read
    compile(result, "api.py", "exec")


def test_what_can_be_gone_over_once_only_is_left_alone() -> None:
    reason = "what the loop goes over may not last for two rounds"
    assert looked_up(12) == NotEdited(reason)

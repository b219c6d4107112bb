import pytest
from tests.rules.cases import case, findings, query, table

from asa.model.case import Case
from asa.model.fix import Rewrite
from asa.model.mapping import MappedClass, MappedRelationship
from asa.model.schema import ForeignKey
from asa.rules.query.cartesian_product import RULE

JOINED = (
    "SELECT users.id, posts_1.id AS a, posts_1.user_id, logins_1.id AS b, logins_1.user_id AS c "
    "FROM users LEFT OUTER JOIN posts AS posts_1 ON users.id = posts_1.user_id "
    "LEFT OUTER JOIN logins AS logins_1 ON users.id = logins_1.user_id"
)
NESTED = (
    "SELECT users.id, posts_1.id AS a, comments_1.id AS b FROM users "
    "LEFT OUTER JOIN posts AS posts_1 ON users.id = posts_1.user_id "
    "LEFT OUTER JOIN comments AS comments_1 ON posts_1.id = comments_1.post_id"
)
SINGLE = (
    "SELECT posts.id, users_1.id AS a, tags_1.id AS b FROM posts "
    "LEFT OUTER JOIN users AS users_1 ON users_1.id = posts.user_id "
    "LEFT OUTER JOIN comments AS tags_1 ON posts.id = tags_1.post_id"
)
OF_USERS = (ForeignKey(("user_id",), "users", ("id",)),)
TABLES = (
    table("users"),
    table("posts", "user_id", keys=OF_USERS),
    table("logins", "user_id", keys=OF_USERS),
    table("comments", "post_id", keys=(ForeignKey(("post_id",), "posts", ("id",)),)),
)
MAPPED = (
    MappedClass(
        "User",
        "app",
        "users",
        (
            MappedRelationship("posts", "Post", True, "select", (("users.id", "posts.user_id"),)),
            MappedRelationship(
                "logins", "Login", True, "select", (("users.id", "logins.user_id"),)
            ),
        ),
    ),
    MappedClass("Post", "app", "posts"),
    MappedClass("Login", "app", "logins"),
)


def of(sql: str, rows: int | None = 4_000, *, schema: bool = True) -> Case:
    return case(query(sql, 2, rows), tables=TABLES if schema else None, mapped=MAPPED)


@pytest.mark.parametrize("schema", [True, False])
def test_two_collections_in_one_query_are_found(schema: bool) -> None:
    (found,) = findings(RULE, of(JOINED, schema=schema))
    assert found.subject == "User.posts x User.logins"
    assert found.summary == "2,000 rows a time"
    assert isinstance(found.fix, Rewrite)
    assert found.fix.text == ".options(selectinload(User.posts), selectinload(User.logins))"


def test_without_a_mapping_the_keys_are_named() -> None:
    (found,) = findings(RULE, case(query(JOINED, 2, 4_000), tables=TABLES))
    assert found.subject == "users.id -> posts.user_id x users.id -> logins.user_id"


@pytest.mark.parametrize("innocent", [NESTED, SINGLE, f"{JOINED} GROUP BY users.id"])
def test_what_does_not_multiply(innocent: str) -> None:
    assert not findings(RULE, of(innocent))


def test_few_rows_lose_nothing() -> None:
    assert not findings(RULE, of(JOINED, rows=8))

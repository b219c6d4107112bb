"""Films, their casts and companies: eight tables of very uneven rows, and 60 queries that join.

One million roles among 2.4 million rows. The few large films have most of the cast, the few
large companies most of the films, and most keywords are rare.
"""

from asa.model.record import QueryRecord

__all__ = ["FORMS", "QUERIES", "TABLES", "records"]

TABLES = (
    """CREATE TABLE titles (id int PRIMARY KEY, title text NOT NULL, kind_id int NOT NULL,
                            year int, series_id int)""",
    "CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, gender text, born int)",
    "CREATE TABLE companies (id int PRIMARY KEY, name text NOT NULL, country text)",
    "CREATE TABLE keywords (id int PRIMARY KEY, word text NOT NULL)",
    """CREATE TABLE roles (id int PRIMARY KEY, title_id int NOT NULL, person_id int NOT NULL,
                           kind_id int NOT NULL, position int, note text)""",
    """CREATE TABLE title_companies (id int PRIMARY KEY, title_id int NOT NULL,
                                     company_id int NOT NULL, kind_id int NOT NULL, note text)""",
    """CREATE TABLE title_keywords (id int PRIMARY KEY, title_id int NOT NULL,
                                    keyword_id int NOT NULL)""",
    """CREATE TABLE infos (id int PRIMARY KEY, title_id int NOT NULL, kind_id int NOT NULL,
                           value text NOT NULL)""",
    "SELECT setseed(0.42)",
    """INSERT INTO titles SELECT i, 'Title ' || md5(i::text), 1 + (power(random(), 3) * 6)::int,
       2025 - (power(random(), 2) * 100)::int, CASE WHEN i % 10 = 0 THEN i / 50 END
       FROM generate_series(1, 200000) i""",
    """INSERT INTO people SELECT i, 'Name ' || md5(i::text),
       (array['m', 'f', NULL])[1 + (power(random(), 2) * 2)::int], 1900 + (random() * 100)::int
       FROM generate_series(1, 150000) i""",
    """INSERT INTO companies SELECT i, 'Company ' || md5(i::text),
       '[' || chr(97 + (power(random(), 3) * 25)::int) || 'x]' FROM generate_series(1, 10000) i""",
    "INSERT INTO keywords SELECT i, 'word-' || i FROM generate_series(1, 10000) i",
    """INSERT INTO roles SELECT i, 1 + (power(random(), 2) * 199999)::int,
       1 + (power(random(), 3) * 149999)::int, 1 + (power(random(), 2) * 10)::int,
       (random() * 50)::int, CASE WHEN random() < 0.1 THEN '(voice)' END
       FROM generate_series(1, 1000000) i""",
    """INSERT INTO title_companies SELECT i, 1 + (random() * 199999)::int,
       1 + (power(random(), 4) * 9999)::int, 1 + (random() * 1.2)::int,
       CASE WHEN random() < 0.2 THEN '(co-production)' END FROM generate_series(1, 250000) i""",
    """INSERT INTO title_keywords SELECT i, 1 + (power(random(), 2) * 199999)::int,
       1 + (power(random(), 3) * 9999)::int FROM generate_series(1, 400000) i""",
    """INSERT INTO infos SELECT i, 1 + (random() * 199999)::int,
       1 + (power(random(), 2) * 20)::int, 'value ' || (power(random(), 2) * 5000)::int
       FROM generate_series(1, 400000) i""",
    "VACUUM ANALYZE",
)
FORMS: tuple[tuple[str, tuple[tuple[object, ...], ...]], ...] = (
    ("SELECT * FROM roles WHERE title_id = $1::int", ((1,), (777,), (190_000,))),
    ("SELECT * FROM roles WHERE person_id = $1::int", ((2,), (5_000,), (149_000,))),
    ("SELECT title_id FROM title_companies WHERE company_id = $1::int", ((1,), (300,), (9_500,))),
    (
        ("SELECT t.* FROM titles t JOIN title_keywords k ON k.title_id = t.id"
        " WHERE k.keyword_id = $1::int"),
        ((1,), (800,), (9_900,)),
    ),
    (
        ("SELECT t.title, r.position FROM roles r JOIN titles t ON t.id = r.title_id"
        " WHERE r.person_id = $1::int ORDER BY t.year DESC LIMIT 20"),
        ((3,), (4_000,), (140_000,)),
    ),
    (
        ("SELECT p.name FROM people p JOIN roles r ON r.person_id = p.id"
        " WHERE r.title_id = $1::int AND r.kind_id = $2::int ORDER BY r.position"),
        ((5, 1), (900, 2), (150_000, 1)),
    ),
    ("SELECT * FROM titles WHERE title = $1::text", (("Title x",), ("Title y",), ("Title z",))),
    (
        ("SELECT id, title FROM titles WHERE kind_id = $1::int AND year = $2::int"
        " ORDER BY title LIMIT 50"),
        ((1, 2020), (3, 1990), (6, 1950)),
    ),
    ("SELECT count(*) FROM titles WHERE year BETWEEN $1::int AND $2::int",
     ((2024, 2025), (1925, 1930), (1990, 1991))),
    ("SELECT * FROM titles WHERE series_id = $1::int", ((5,), (200,), (3_999,))),
    (
        ("SELECT c.name, count(*) FROM companies c JOIN title_companies m ON m.company_id = c.id"
        " JOIN titles t ON t.id = m.title_id WHERE c.country = $1::text AND t.year = $2::int"
        " GROUP BY c.name ORDER BY 2 DESC LIMIT 10"),
        (("[zx]", 2020), ("[yx]", 1999), ("[xx]", 1950)),
    ),
    (
        ("SELECT min(t.title) FROM title_keywords mk JOIN keywords k ON k.id = mk.keyword_id"
        " JOIN titles t ON t.id = mk.title_id JOIN title_companies mc ON mc.title_id = t.id"
        " WHERE k.word = $1::text"),
        (("word-3",), ("word-700",), ("word-9000",)),
    ),
    (
        "SELECT i.value FROM infos i WHERE i.title_id = $1::int AND i.kind_id = $2::int",
        ((9, 1), (1_000, 5), (100_000, 20)),
    ),
    (
        ("SELECT t.title FROM titles t JOIN infos i ON i.title_id = t.id"
        " WHERE i.kind_id = $1::int AND i.value = $2::text"),
        ((1, "value 7"), (10, "value 900"), (21, "value 4999")),
    ),
    (
        ("SELECT DISTINCT p.name FROM people p JOIN roles r ON r.person_id = p.id"
        " JOIN title_keywords k ON k.title_id = r.title_id WHERE k.keyword_id = $1::int"),
        ((2_000,), (6_000,), (9_800,)),
    ),
    (
        "SELECT * FROM roles WHERE title_id IN ($1::int, $2::int, $3::int) AND note IS NOT NULL",
        ((1, 2, 3), (500, 600, 700), (199_000, 199_001, 199_002)),
    ),
    (
        "SELECT * FROM people WHERE born = $1::int AND gender = $2::text ORDER BY name LIMIT 30",
        ((1950, "m"), (1975, "f"), (1999, "m")),
    ),
    (
        ("SELECT t.id FROM titles t WHERE t.kind_id = $1::int AND NOT EXISTS"
        " (SELECT 1 FROM title_companies m WHERE m.title_id = t.id) AND t.year = $2::int"),
        ((7, 2020), (6, 2000), (5, 1960)),
    ),
    (
        ("SELECT r.person_id, count(*) FROM roles r JOIN title_companies m"
        " ON m.title_id = r.title_id WHERE m.company_id = $1::int GROUP BY 1"
        " ORDER BY 2 DESC LIMIT 10"),
        ((900,), (4_000,), (9_990,)),
    ),
    (
        ("SELECT a.title_id FROM roles a JOIN roles b ON b.title_id = a.title_id"
        " WHERE a.person_id = $1::int AND b.person_id = $2::int"),
        ((3, 4), (1_000, 1_001), (90_000, 100_000)),
    ),
)  # fmt: skip
QUERIES = tuple((sql, values) for sql, sets in FORMS for values in sets)


def records(times_ms: "list[float] | None" = None) -> list[QueryRecord]:
    """Return the 60 queries as a log has them, each with the time that it took."""
    times = times_ms or [5.0] * len(QUERIES)
    return [
        QueryRecord(sql, "postgresql", values, duration_ms=took)
        for (sql, values), took in zip(QUERIES, times, strict=True)
    ]

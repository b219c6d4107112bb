"""The words of SQL that no database here takes as an unquoted name."""

__all__ = ["FUNCTIONS", "KEYWORDS", "OPERANDS"]

RESERVED = """
    ALL ALTER ANALYZE AND ANY ARRAY AS ASC BETWEEN BY CASE CAST CHECK COLLATE COLUMN COMMIT
    CONFLICT CONSTRAINT CREATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DEFAULT DELETE
    DESC DISTINCT DO DROP DUPLICATE ELSE END ESCAPE EXCEPT EXISTS EXPLAIN FALSE FETCH FILTER FOR
    FOREIGN FROM FULL GRANT GROUP HAVING ILIKE IN INDEX INNER INSERT INTERSECT INTERVAL INTO IS
    ISNULL JOIN LATERAL LEFT LIKE LIMIT LOCKED NATURAL NOT NOTHING NOTNULL NOWAIT NULL NULLS
    OFFSET ON ONLY OR ORDER OUTER OVER PARTITION PRAGMA PRIMARY RECURSIVE REFERENCES REGEXP
    RELEASE RETURNING REVOKE RIGHT RLIKE ROLLBACK ROWS SAVEPOINT SELECT SET SHARE SIMILAR SKIP
    SOME TABLE THEN TO TRIGGER TRUE UNION UNIQUE UPDATE USING VALUES VIEW WHEN WHERE WINDOW WITH
"""
KEYWORDS = frozenset(RESERVED.split())

# After these a minus takes away; after every other keyword it is a sign.
OPERANDS = frozenset(
    ("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "DEFAULT", "END", "FALSE", "NULL", "TRUE")
)

# Functions whose names are the same in any case, where a table's name might not be.
FOLDED = """
    abs avg ceil coalesce concat count date extract floor format greatest group_concat ifnull
    json_agg json_extract lag lead least length lower ltrim max min mod now nullif random rank
    replace round row_number rtrim string_agg strftime substr substring sum trim upper
"""
FUNCTIONS = frozenset(FOLDED.split())

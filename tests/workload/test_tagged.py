import time

from hypothesis import given
from hypothesis import strategies as st

from asa.model.record import CallSite, QueryRecord, Scope
from asa.sql.tags import tags
from asa.workload.digest import digest
from asa.workload.tagged import tagged

TRACE = "5bd66ef5095369c7b0d1f8f4bd33716a"


def test_sqlcommenter_tags_are_facts() -> None:
    sql = (
        "SELECT 1 /*application='shop',file='app%2Forders.py',function='list',line='31',"
        f"route='%2Forders%2F%3Aid',traceparent='00-{TRACE}-c532cb4098ac3dd2-01'*/;"
    )
    found = tagged(QueryRecord(sql, scope=Scope(process=7)))
    assert found.call_site == CallSite("app/orders.py", 31, "list")
    assert found.application == "shop"
    assert found.scope == Scope(session=TRACE, label="/orders/:id")


def test_marginalia_comments_are_facts() -> None:
    sql = "/*application:Shop,controller:orders,action:show,line:/app/o.rb:5:in `list'*/ SELECT 1"
    found = tagged(QueryRecord(sql, scope=Scope(process=7, transaction="3/1")))
    assert found.call_site == CallSite("/app/o.rb", 5, "list")
    assert found.scope == Scope(process=7, transaction="3/1", label="orders#show")


def test_what_the_log_tells_itself_stays() -> None:
    site = CallSite("app.py", 1, "f")
    record = QueryRecord(
        "SELECT 1 /*application='other',file='x.py',line='2'*/",
        call_site=site,
        application="mine",
        scope=Scope(process=7, session="1"),
    )
    assert tagged(record) == record


def test_other_comments_tell_nothing() -> None:
    for sql in ("SELECT 1 /* a note */", "SELECT '/*a=''b''*/'", "/*+ hint(a) */ SELECT 1", "/*"):
        assert tags(sql) == {}


def test_statements_of_one_trace_are_one_scope_on_whichever_connection() -> None:
    comment = f"/*traceparent='00-{TRACE}-c532cb4098ac3dd2-01'*/"
    records = [
        QueryRecord(f"SELECT a FROM t WHERE b = {n} {comment}", scope=Scope(process=n))
        for n in range(4)
    ]
    (burst,) = digest(records).bursts
    assert (burst.calls, burst.fingerprint) == (4, "SELECT a FROM t WHERE b = ?")


@given(st.text(alphabet="/*'=\\, :ab%2F\n", max_size=60))
def test_no_comment_raises(text: str) -> None:
    tagged(QueryRecord(f"SELECT 1 /*{text}*/"))
    tagged(QueryRecord(f"/*{text}*/ SELECT 1"))


def test_long_comments_take_little_time() -> None:
    start = time.process_time()
    for text in ("/*" + "a='" * 1_000_000 + "*/", "/*" * 1_000_000, "/*" + "a:" * 2_000 + "*/"):
        tags(text)
    assert time.process_time() - start < 2

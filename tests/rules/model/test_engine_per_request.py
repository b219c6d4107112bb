import re

import pytest
from tests.rules.model.corpus import Case, findings

BAD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        async def get_db():
            engine = create_async_engine(url)
            yield engine

        @app.get("/")
        async def index(db=Depends(get_db)): ...
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        @app.get("/")
        async def index():
            engine = create_async_engine(url)
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        def make_engine():
            return create_async_engine(url)

        async def get_db():
            yield make_engine()

        @app.get("/")
        async def index(db=Depends(get_db)): ...
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        from typing import Annotated
        async def get_db():
            engine = create_async_engine(url)
            yield engine

        Db = Annotated[object, Depends(get_db)]
    """
    ),
)
GOOD = (
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import FastAPI
        app = FastAPI()
        engines = {}

        @app.get("/")
        async def index(tenant: str):
            engine = engines.get(tenant)
            if engine is None:
                engine = create_async_engine(urls[tenant])
                engines[tenant] = engine
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        engine = create_async_engine(url)
        async def get_db():
            yield engine

        @app.get("/")
        async def index(db=Depends(get_db)): ...
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        from functools import lru_cache
        @lru_cache
        def make_engine():
            return create_async_engine(url)

        async def get_db(engine=Depends(make_engine)):
            yield engine
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        engine = None
        async def get_db():
            global engine
            if engine is None:
                engine = create_async_engine(url)
            yield engine

        @app.get("/")
        async def index(db=Depends(get_db)): ...
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        def create_app():
            engine = create_async_engine(url)
            return engine
    """
    ),
    Case(
        code="""
        from sqlalchemy.ext.asyncio import create_async_engine
        from fastapi import Depends, FastAPI
        app = FastAPI()

        async def get_db(request):
            request.app.state.engine = create_async_engine(url)
            yield request.app.state.engine

        @app.get("/")
        async def index(db=Depends(get_db)): ...
    """
    ),
)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_fires(case: Case) -> None:
    found = findings("engine-per-request", case)
    assert found
    for finding in found:
        assert re.search("for each request", dict(finding.evidence)["does"])
        assert finding.location is not None
        assert finding.location.line


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_is_silent(case: Case) -> None:
    assert findings("engine-per-request", case) == []

"""The statements that make a PostgreSQL schema again, written by its own catalog.

Each query returns (name, statement). They are run with an empty search path, so every name
comes out qualified. Defaults, triggers, policies and privileges are left out: they have no
part in a plan.
"""
# ruff: noqa: S608  (put together from the constants of this module)

__all__ = ["DEFINITIONS"]

USERS = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
OWN = """NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = {oid} AND e.deptype = 'e'
                     AND e.classid = '{catalog}'::regclass)"""
TABLE = "format('%I.%I', n.nspname, c.relname)"
OWN_TABLE = OWN.format(oid="c.oid", catalog="pg_class")
OWN_TYPE = OWN.format(oid="t.oid", catalog="pg_type")

SCHEMAS = f"""
SELECT quote_ident(n.nspname), format('CREATE SCHEMA IF NOT EXISTS %I', n.nspname)
FROM pg_namespace n WHERE {USERS} ORDER BY 1
"""
EXTENSIONS = """
SELECT e.extname,
       format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I CASCADE', e.extname, n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql' ORDER BY e.oid
"""
COLLATIONS = f"""
SELECT format('%I.%I', n.nspname, l.collname),
       format('CREATE COLLATION %I.%I (provider = %s, locale = %L, deterministic = %s)',
              n.nspname, l.collname,
              CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
              coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale',
                       l.collcollate),
              l.collisdeterministic)
FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
WHERE {USERS} ORDER BY l.oid
"""
ENUMS = f"""
SELECT format('%I.%I', n.nspname, t.typname),
       format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
              (SELECT string_agg(quote_literal(v.enumlabel), ', ' ORDER BY v.enumsortorder)
               FROM pg_enum v WHERE v.enumtypid = t.oid))
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND {USERS} AND {OWN_TYPE} ORDER BY t.oid
"""
COMPOSITES = f"""
SELECT {TABLE},
       format('CREATE TYPE %I.%I AS (%s)', n.nspname, c.relname,
              (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)),
                                 ', ' ORDER BY a.attnum)
               FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'c' AND {USERS} AND {OWN_TABLE} ORDER BY c.oid
"""
DOMAINS = f"""
SELECT format('%I.%I', n.nspname, t.typname),
       format('CREATE DOMAIN %I.%I AS %s%s', n.nspname, t.typname,
              format_type(t.typbasetype, t.typtypmod),
              CASE WHEN t.typcollation NOT IN (0, b.typcollation)
                   THEN (SELECT format(' COLLATE %I.%I', m.nspname, l.collname)
                         FROM pg_collation l JOIN pg_namespace m ON m.oid = l.collnamespace
                         WHERE l.oid = t.typcollation) ELSE '' END)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype
WHERE t.typtype = 'd' AND {USERS} AND {OWN_TYPE} ORDER BY t.oid
"""
FUNCTIONS = f"""
SELECT format('%I.%I', n.nspname, p.proname), pg_get_functiondef(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language g ON g.oid = p.prolang
WHERE p.prokind = 'f' AND g.lanname IN ('sql', 'plpgsql')
  AND {USERS} AND {OWN.format(oid="p.oid", catalog="pg_proc")} ORDER BY p.oid
"""
# A materialised view has rows and statistics of its own: it is planned as a table is.
COLUMN = """
       format('%I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attcollation NOT IN (0, t.typcollation)
                   THEN (SELECT format(' COLLATE %I.%I', m.nspname, l.collname)
                         FROM pg_collation l JOIN pg_namespace m ON m.oid = l.collnamespace
                         WHERE l.oid = a.attcollation) ELSE '' END,
              CASE WHEN a.attgenerated::text = 'v'
                   THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') VIRTUAL'
                   ELSE '' END,
              CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END)
"""
TABLES = f"""
SELECT {TABLE},
       format('CREATE TABLE %I.%I (%s)%s%s', n.nspname, c.relname,
              (SELECT string_agg({COLUMN}, ', ' ORDER BY a.attnum)
               FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
               LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
              CASE WHEN c.relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid)
                   ELSE '' END,
              (SELECT ' WITH (' || string_agg(o, ', ') || ')' FROM unnest(c.reloptions) AS o
               WHERE c.relkind <> 'p' AND o ~ '^(fillfactor|parallel_workers)='))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND {USERS} AND {OWN_TABLE}
ORDER BY c.oid
"""
PARTITIONS = f"""
SELECT {TABLE},
       format('ALTER TABLE ONLY %I.%I %s', m.nspname, r.relname,
              format('ATTACH PARTITION %I.%I %s', n.nspname, c.relname,
                     pg_get_expr(c.relpartbound, c.oid)))
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = i.inhparent JOIN pg_namespace m ON m.oid = r.relnamespace
WHERE c.relispartition AND c.relkind IN ('r', 'p') AND {USERS} ORDER BY i.inhparent, c.oid
"""
INHERITED = f"""
SELECT {TABLE},
       format('ALTER TABLE ONLY %I.%I INHERIT %I.%I', n.nspname, c.relname, m.nspname, r.relname)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = i.inhparent JOIN pg_namespace m ON m.oid = r.relnamespace
WHERE NOT c.relispartition AND c.relkind = 'r' AND {USERS} ORDER BY c.oid, i.inhseqno
"""
KEYS = f"""
SELECT format('%I.%I', n.nspname, k.conname),
       format('ALTER TABLE ONLY %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname,
              pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'u', 'x') AND {USERS} AND {OWN_TABLE} ORDER BY k.oid
"""
CHECKS = f"""
SELECT format('%I.%I', n.nspname, k.conname),
       format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname,
              pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND k.conislocal AND k.coninhcount = 0 AND {USERS} AND {OWN_TABLE}
ORDER BY k.oid
"""
INDEXES = f"""
SELECT format('%I.%I', n.nspname, i.relname), pg_get_indexdef(i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (x.indisvalid OR c.relkind = 'p') AND c.relkind IN ('r', 'p', 'm')
  AND c.relpersistence <> 't' AND {USERS} AND {OWN_TABLE}
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid
                  AND k.contype IN ('p', 'u', 'x'))
ORDER BY i.oid
"""
ATTACHED = f"""
SELECT format('%I.%I', n.nspname, c.relname),
       format('ALTER INDEX %I.%I ATTACH PARTITION %I.%I', m.nspname, r.relname,
              n.nspname, c.relname)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = i.inhparent JOIN pg_namespace m ON m.oid = r.relnamespace
WHERE c.relkind IN ('i', 'I') AND {USERS} ORDER BY i.inhparent, c.oid
"""
FOREIGN_KEYS = f"""
SELECT format('%I.%I', n.nspname, k.conname),
       format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname,
              pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND {USERS} AND {OWN_TABLE} ORDER BY k.oid
"""
VIEWS = f"""
SELECT {TABLE},
       format('CREATE VIEW %I.%I AS %s', n.nspname, c.relname, pg_get_viewdef(c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v' AND {USERS} AND {OWN_TABLE} ORDER BY c.oid
"""

DEFINITIONS = (
    ("schema", SCHEMAS),
    ("extension", EXTENSIONS),
    ("collation", COLLATIONS),
    ("type", ENUMS),
    ("type", COMPOSITES),
    ("type", DOMAINS),
    ("function", FUNCTIONS),
    ("table", TABLES),
    ("partition", PARTITIONS),
    ("inheritance", INHERITED),
    ("key", KEYS),
    ("check", CHECKS),
    ("index", INDEXES),
    ("attachment", ATTACHED),
    ("foreign key", FOREIGN_KEYS),
    ("view", VIEWS),
)
"""(kind, query), what others need first."""

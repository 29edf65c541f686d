//! A schema as both engines tell it, in the same words: one line for every column, key and index.

use store::Engine;

use crate::raw::{Empty, Raw};

/// The schema, sorted.
pub(crate) async fn schema(database: &Empty) -> Vec<String> {
    let mut raw: Raw = database.connect().await;
    let texts = match database.engine {
        Engine::Sqlite => [SQLITE_COLUMNS, SQLITE_INDEXES],
        Engine::Postgres => [POSTGRES_COLUMNS, POSTGRES_INDEXES],
    };
    let mut lines = Vec::new();
    for text in texts {
        lines.extend(raw.lines(text).await);
    }
    lines.sort();
    lines
}

const SQLITE_COLUMNS: &str = "
    SELECT t.name || '.' || c.name || ' ' || c.cid || ' '
        || CASE c.type WHEN 'BIGINT' THEN 'integer' WHEN 'TEXT' THEN 'text' WHEN 'BOOLEAN' THEN 'boolean'
               WHEN 'BLOB' THEN 'bytes' ELSE 'unknown ' || c.type END
        || CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE '' END
        || COALESCE(' default ' || lower(c.dflt_value), '')
    FROM sqlite_master t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'";

const POSTGRES_COLUMNS: &str = "
    SELECT CAST(table_name AS TEXT) || '.' || CAST(column_name AS TEXT) || ' ' || ordinal_position - 1 || ' '
        || CASE data_type WHEN 'bigint' THEN 'integer' WHEN 'text' THEN 'text' WHEN 'boolean' THEN 'boolean'
               WHEN 'bytea' THEN 'bytes' ELSE 'unknown ' || data_type END
        || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
        || COALESCE(' default ' || lower(column_default), '')
    FROM information_schema.columns WHERE table_schema = current_schema()";

const SQLITE_INDEXES: &str = "
    SELECT t.name || ' '
        || CASE i.origin WHEN 'pk' THEN 'primary key' WHEN 'u' THEN 'unique'
               ELSE CASE i.\"unique\" WHEN 1 THEN 'unique index ' ELSE 'index ' END || i.name END
        || ' (' || (SELECT group_concat(name, ', ')
               FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')'
        || CASE i.partial WHEN 1 THEN
               (SELECT lower(substr(sql, instr(sql, ' WHERE '))) FROM sqlite_master WHERE name = i.name)
               ELSE '' END
    FROM sqlite_master t JOIN pragma_index_list(t.name) i
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'";

const POSTGRES_INDEXES: &str = "
    SELECT CAST(t.relname AS TEXT) || ' '
        || CASE WHEN x.indisprimary THEN 'primary key' WHEN c.oid IS NOT NULL THEN 'unique'
               ELSE CASE WHEN x.indisunique THEN 'unique index ' ELSE 'index ' END || CAST(i.relname AS TEXT) END
        || ' (' || (SELECT string_agg(CAST(a.attname AS TEXT), ', ' ORDER BY k.place)
               FROM unnest(x.indkey) WITH ORDINALITY AS k (number, place)
               JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number) || ')'
        || COALESCE(' where ' || replace(lower(trim(BOTH '()' FROM pg_get_expr(x.indpred, x.indrelid))), '::text', ''), '')
    FROM pg_index x
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype = 'u'
    WHERE n.nspname = current_schema()";

//! The reserved words of all engines. Quoting a name that one of them would accept without quotes does no harm.

/// Returns whether an engine reserves a word, given in lower case.
pub(crate) fn is_reserved(word: &str) -> bool {
    ENGINES.iter().any(|words| words.binary_search(&word).is_ok())
}

/// Each sorted.
const ENGINES: [&[&str]; 6] = [DUCKDB, SPARK, TRINO, ATHENA_DDL, ATHENA_SELECT, ORACLE];

/// What `duckdb_keywords()` of DuckDB 2.0.0 lists as reserved or as names of types and functions.
#[rustfmt::skip]
const DUCKDB: &[&str] = &[
    "all", "analyse", "analyze", "and", "anti", "any", "array", "as", "asc", "asof", "asymmetric", "at",
    "authorization", "binary", "both", "by", "case", "cast", "check", "collate", "collation", "column",
    "columns", "concurrently", "constraint", "create", "cross", "default", "deferrable", "desc",
    "describe", "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "freeze",
    "from", "full", "generated", "glob", "group", "having", "ilike", "in", "initially", "inner",
    "intersect", "into", "is", "isnull", "join", "lambda", "lateral", "leading", "left", "like", "limit",
    "map", "natural", "not", "notnull", "null", "offset", "on", "only", "or", "order", "outer",
    "overlaps", "pivot", "pivot_longer", "pivot_wider", "placing", "positional", "primary", "qualify",
    "references", "returning", "right", "select", "semi", "show", "similar", "some", "struct",
    "summarize", "symmetric", "table", "tablesample", "then", "to", "trailing", "true", "try_cast",
    "tuple", "union", "unique", "unpack", "unpivot", "using", "variadic", "verbose", "when", "where",
    "window", "with",
];

/// What `sql_keywords()` of Spark 4.3.0 lists as reserved with `spark.sql.ansi.enforceReservedKeywords`.
#[rustfmt::skip]
const SPARK: &[&str] = &[
    "all", "and", "any", "as", "authorization", "both", "call", "case", "cast", "check", "collate",
    "collation", "collations", "column", "constraint", "create", "cross", "current_date", "current_path",
    "current_schema", "current_time", "current_timestamp", "current_user", "distinct", "else", "end",
    "escape", "except", "execute", "false", "fetch", "filter", "for", "foreign", "from", "full", "grant",
    "group", "having", "in", "inner", "intersect", "into", "is", "join", "lateral", "leading", "left",
    "localtime", "natural", "not", "null", "offset", "on", "only", "or", "order", "outer", "overlaps",
    "primary", "recursive", "references", "right", "select", "session_user", "some", "sql", "table",
    "then", "time", "to", "trailing", "union", "unique", "unknown", "user", "using", "when", "where",
    "with", "within",
];

/// Source: <https://trino.io/docs/current/language/reserved.html>, and EXECUTE, which earlier versions reserve.
#[rustfmt::skip]
const TRINO: &[&str] = &[
    "alter", "and", "as", "auto", "between", "by", "case", "cast", "constraint", "create", "cross",
    "cube", "current_catalog", "current_date", "current_path", "current_role", "current_schema",
    "current_time", "current_timestamp", "current_user", "deallocate", "delete", "describe", "distinct",
    "drop", "else", "end", "escape", "except", "execute", "exists", "extract", "false", "for", "from",
    "full", "group", "grouping", "having", "in", "inner", "insert", "intersect", "into", "is", "join",
    "json_array", "json_exists", "json_object", "json_query", "json_table", "json_value", "left", "like",
    "listagg", "localtime", "localtimestamp", "natural", "normalize", "not", "null", "on", "or", "order",
    "outer", "prepare", "primary", "recursive", "right", "rollup", "select", "skip", "table", "then",
    "trim", "true", "uescape", "union", "unnest", "using", "values", "when", "where", "with",
];

/// Source: the list for DDL of <https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html>. CASHE is in it.
#[rustfmt::skip]
const ATHENA_DDL: &[&str] = &[
    "all", "alter", "and", "array", "as", "authorization", "between", "bigint", "binary", "boolean",
    "both", "by", "case", "cashe", "cast", "char", "column", "commit", "conf", "constraint", "create",
    "cross", "cube", "current", "current_date", "current_timestamp", "cursor", "database", "date",
    "dayofweek", "decimal", "delete", "describe", "distinct", "div", "double", "drop", "else", "end",
    "exchange", "exists", "extended", "external", "extract", "false", "fetch", "float", "floor",
    "following", "for", "foreign", "from", "full", "function", "grant", "group", "grouping", "having",
    "if", "import", "in", "inner", "insert", "int", "integer", "intersect", "interval", "into", "is",
    "join", "lateral", "left", "less", "like", "local", "macro", "map", "more", "none", "not", "null",
    "numeric", "of", "on", "only", "or", "order", "out", "outer", "over", "partialscan", "partition",
    "percent", "preceding", "precision", "preserve", "primary", "procedure", "range", "reads", "reduce",
    "references", "regexp", "revoke", "right", "rlike", "rollback", "rollup", "row", "rows", "select",
    "set", "smallint", "start", "table", "tablesample", "then", "time", "timestamp", "to", "transform",
    "trigger", "true", "truncate", "unbounded", "union", "uniquejoin", "update", "user", "using",
    "utc_timestamp", "values", "varchar", "views", "when", "where", "window", "with",
];

/// Source: the list for SELECT of <https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html>.
#[rustfmt::skip]
const ATHENA_SELECT: &[&str] = &[
    "alter", "and", "as", "between", "by", "case", "cast", "constraint", "create", "cross", "cube",
    "current_catalog", "current_date", "current_path", "current_schema", "current_time",
    "current_timestamp", "current_user", "deallocate", "delete", "describe", "distinct", "drop", "else",
    "end", "escape", "except", "execute", "exists", "extract", "false", "first", "for", "from", "full",
    "group", "grouping", "having", "in", "inner", "insert", "intersect", "into", "is", "join",
    "json_array", "json_exists", "json_object", "json_query", "json_table", "json_value", "last", "left",
    "like", "listagg", "localtime", "localtimestamp", "natural", "normalize", "not", "null", "of", "on",
    "or", "order", "outer", "prepare", "recursive", "right", "rollup", "select", "skip", "table", "then",
    "trim", "true", "uescape", "union", "unnest", "using", "values", "when", "where", "with",
];

/// Source: <https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Oracle-SQL-Reserved-Words.html>, and PRIVILEGES of
/// [11.2](https://docs.oracle.com/cd/E11882_01/server.112/e41084/ap_keywd001.htm).
#[rustfmt::skip]
const ORACLE: &[&str] = &[
    "access", "add", "all", "alter", "and", "any", "as", "asc", "audit", "between", "by", "char", "check",
    "cluster", "column", "column_value", "comment", "compress", "connect", "create", "current", "date",
    "decimal", "default", "delete", "desc", "distinct", "drop", "else", "exclusive", "exists", "file",
    "float", "for", "from", "grant", "group", "having", "identified", "immediate", "in", "increment",
    "index", "initial", "insert", "integer", "intersect", "into", "is", "level", "like", "lock", "long",
    "maxextents", "minus", "mlslabel", "mode", "modify", "nested_table_id", "noaudit", "nocompress",
    "not", "nowait", "null", "number", "of", "offline", "on", "online", "option", "or", "order",
    "pctfree", "prior", "privileges", "public", "raw", "rename", "resource", "revoke", "row", "rowid",
    "rownum", "rows", "select", "session", "set", "share", "size", "smallint", "start", "successful",
    "synonym", "sysdate", "table", "then", "to", "trigger", "uid", "union", "unique", "update", "user",
    "validate", "values", "varchar", "varchar2", "view", "whenever", "where", "with",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_so_that_they_are_found() {
        assert!(ENGINES.iter().all(|words| words.is_sorted()));
        for reserved in ["order", "asof", "session_user", "auto", "partialscan", "first", "varchar2"] {
            assert!(is_reserved(reserved), "{reserved}");
        }
        assert!(!is_reserved("amount"));
    }
}

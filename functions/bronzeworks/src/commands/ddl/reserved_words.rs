//! The reserved words of all engines together. Quoting a name that one of them would accept without quotes does no harm.
//!
//! Sources: `duckdb_keywords()` (reserved, and names of types and functions), Spark's `sql_keywords()` with
//! `spark.sql.ansi.enforceReservedKeywords`, and the manuals:
//! [Trino](https://trino.io/docs/current/language/reserved.html),
//! [Athena](https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html),
//! [Oracle](https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Oracle-SQL-Reserved-Words.html).

/// Returns whether an engine reserves a word, given in lower case.
pub(crate) fn is_reserved(word: &str) -> bool {
    WORDS.binary_search(&word).is_ok()
}

/// Sorted.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "access", "add", "all", "alter", "analyse", "analyze", "and", "anti", "any", "array", "as", "asc",
    "asof", "asymmetric", "at", "audit", "authorization", "between", "bigint", "binary", "boolean", "both",
    "by", "call", "case", "cast", "char", "check", "cluster", "collate", "collation", "collations", "column",
    "column_value", "columns", "comment", "commit", "compress", "concurrently", "conf", "connect",
    "constraint", "create", "cross", "cube", "current", "current_catalog", "current_date", "current_path",
    "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "cursor",
    "database", "date", "dayofweek", "deallocate", "decimal", "default", "deferrable", "delete", "desc",
    "describe", "distinct", "div", "do", "double", "drop", "else", "end", "escape", "except", "exchange",
    "exclusive", "execute", "exists", "extended", "external", "extract", "false", "fetch", "file", "filter",
    "float", "floor", "following", "for", "foreign", "freeze", "from", "full", "function", "generated",
    "glob", "grant", "group", "grouping", "having", "identified", "if", "ilike", "immediate", "import", "in",
    "increment", "index", "initial", "initially", "inner", "insert", "int", "integer", "intersect",
    "interval", "into", "is", "isnull", "join", "json_array", "json_exists", "json_object", "json_query",
    "json_table", "json_value", "lambda", "lateral", "leading", "left", "less", "level", "like", "limit",
    "listagg", "local", "localtime", "localtimestamp", "lock", "long", "macro", "map", "maxextents", "minus",
    "mlslabel", "mode", "modify", "more", "natural", "nested_table_id", "noaudit", "nocompress", "none",
    "normalize", "not", "notnull", "nowait", "null", "number", "numeric", "of", "offline", "offset", "on",
    "online", "only", "option", "or", "order", "out", "outer", "over", "overlaps", "partialscan",
    "partition", "pctfree", "percent", "pivot", "pivot_longer", "pivot_wider", "placing", "positional",
    "preceding", "precision", "prepare", "preserve", "primary", "prior", "procedure", "public", "qualify",
    "range", "raw", "reads", "recursive", "reduce", "references", "regexp", "rename", "resource",
    "returning", "revoke", "right", "rlike", "rollback", "rollup", "row", "rowid", "rownum", "rows",
    "select", "semi", "session", "session_user", "set", "share", "show", "similar", "size", "skip",
    "smallint", "some", "sql", "start", "struct", "successful", "summarize", "symmetric", "synonym",
    "sysdate", "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "transform", "trigger",
    "trim", "true", "truncate", "try_cast", "tuple", "uescape", "uid", "unbounded", "union", "unique",
    "uniquejoin", "unknown", "unnest", "unpack", "unpivot", "update", "user", "using", "utc_timestamp",
    "validate", "values", "varchar", "varchar2", "variadic", "verbose", "view", "views", "when", "whenever",
    "where", "window", "with", "within",
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_words_are_sorted_so_that_they_are_found() {
        assert!(super::WORDS.is_sorted());
        assert!(
            super::is_reserved("order") && super::is_reserved("varchar2") && !super::is_reserved("amount")
        );
    }
}

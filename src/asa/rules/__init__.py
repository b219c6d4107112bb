"""Everything asa judges by. One rule is one module: its docstring is its page.

A new rule touches three places: its module, the tuple below, its test.
"""

from asa.model.rule import Rule
from asa.rules.migration import (
    alter_forgets,
    autocommit_connection,
    batch_cascade,
    charset_conversion,
    check_validation,
    copying_alter,
    data_and_schema,
    domain_constraint,
    drop_cascade,
    dropped_column,
    dropped_database,
    dropped_table,
    enum_value,
    exclusion_constraint,
    explicit_transaction,
    foreign_key_validation,
    generated_column,
    half_applied,
    ignore_without_reason,
    index_blocks_writes,
    index_drop_locks,
    irreversible_downgrade,
    json_column,
    lock_timeout,
    locked_tables,
    long_identifier,
    model_import,
    naive_timestamp,
    narrowing_type,
    not_in_transaction,
    padded_char,
    renamed_column,
    renamed_table,
    required_column,
    serial_column,
    set_not_null,
    small_primary_key,
    table_lock,
    truncated_table,
    type_rewrite,
    unbatched_change,
    unequal_downgrade,
    unindexed_foreign_key,
    unique_constraint,
    validate_at_once,
    volatile_default,
)
from asa.rules.query import (
    cartesian_product,
    commit_in_loop,
    connection_leak,
    counted_in_python,
    duplicate_index,
    identical_query,
    idle_transaction,
    missing_greenlet,
    missing_index,
    n_plus_one,
    pool_wait,
    redundant_index,
    refresh_after_write,
    row_by_row_write,
    shared_session,
    unbounded_result,
)

__all__ = ["RULES", "migration_rules", "query_rules", "rule_named"]

RULES: tuple[Rule, ...] = (
    n_plus_one.RULE,
    missing_greenlet.RULE,
    row_by_row_write.RULE,
    commit_in_loop.RULE,
    identical_query.RULE,
    refresh_after_write.RULE,
    cartesian_product.RULE,
    unbounded_result.RULE,
    counted_in_python.RULE,
    idle_transaction.RULE,
    pool_wait.RULE,
    connection_leak.RULE,
    shared_session.RULE,
    missing_index.RULE,
    redundant_index.RULE,
    duplicate_index.RULE,
    required_column.RULE,
    set_not_null.RULE,
    type_rewrite.RULE,
    narrowing_type.RULE,
    volatile_default.RULE,
    generated_column.RULE,
    serial_column.RULE,
    foreign_key_validation.RULE,
    check_validation.RULE,
    validate_at_once.RULE,
    unique_constraint.RULE,
    exclusion_constraint.RULE,
    domain_constraint.RULE,
    index_blocks_writes.RULE,
    index_drop_locks.RULE,
    not_in_transaction.RULE,
    table_lock.RULE,
    locked_tables.RULE,
    data_and_schema.RULE,
    unbatched_change.RULE,
    lock_timeout.RULE,
    dropped_column.RULE,
    dropped_table.RULE,
    renamed_column.RULE,
    renamed_table.RULE,
    truncated_table.RULE,
    dropped_database.RULE,
    drop_cascade.RULE,
    enum_value.RULE,
    alter_forgets.RULE,
    half_applied.RULE,
    copying_alter.RULE,
    charset_conversion.RULE,
    batch_cascade.RULE,
    irreversible_downgrade.RULE,
    unequal_downgrade.RULE,
    model_import.RULE,
    autocommit_connection.RULE,
    explicit_transaction.RULE,
    unindexed_foreign_key.RULE,
    long_identifier.RULE,
    small_primary_key.RULE,
    json_column.RULE,
    naive_timestamp.RULE,
    padded_char.RULE,
    ignore_without_reason.RULE,
)


def query_rules() -> tuple[Rule, ...]:
    """Return the rules that `asa optimize` judges by."""
    return tuple(rule for rule in RULES if rule.family == "query")


def migration_rules() -> tuple[Rule, ...]:
    """Return the rules that `asa review` judges by."""
    return tuple(rule for rule in RULES if rule.family == "migration")


def rule_named(name: str) -> Rule | None:
    """Return the rule of an id; None where there is none."""
    return next((rule for rule in RULES if rule.id == name), None)

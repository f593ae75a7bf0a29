"""The columns of a journal line, and their types for each peer."""

STRINGS = """
    journal_header_source_code journal_external_reference journal_header_description period_code currency_code
    journal_category_code journal_actual_flag journal_status journal_header_name reversal_flag
    reversal_journal_header_source_code account_code organization_code project_code journal_line_type
    journal_line_description
""".split()
TIMESTAMPS = ["period_date", "journal_posted_date", "journal_created_date", "journal_created_timestamp"]
INTEGERS = ["journal_line_number"]
AMOUNTS = ["entered_debit_amount", "entered_credit_amount", "accounted_debit_amount", "accounted_credit_amount"]


def typed(string, timestamp, integer, amount):
    """Returns the types of the columns: name -> type, in the same order for every peer."""
    kinds = {string: STRINGS, timestamp: TIMESTAMPS, integer: INTEGERS, amount: AMOUNTS}
    return {name: kind for kind, names in kinds.items() for name in names}

"""The rules of which changed settings are findings."""

LIMIT = "threshold-lowered"
RULE_OFF = "checker-rule-off"
SCOPE = "check-scope-narrowed"
COMMAND = "check-command-weakened"
REPLACED = "unit-replaced"
RETRIED = "test-retried"
REMOVED = "checker-removed"

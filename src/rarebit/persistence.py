"""Save and load without pickle; atomic writes."""

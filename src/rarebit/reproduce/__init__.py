"""The tables and figures of the papers, from the store."""

"""Who is fitted on which rows, what came of it, and what that proves."""

"""Public helpers for tests of mmse and of what others add to it: contract suites, and values to run them with."""

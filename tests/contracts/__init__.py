"""Contract suites of interfaces, run over every implementation."""

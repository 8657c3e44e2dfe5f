"""The `mmse` command."""

"""What people and their tools see of a node: metrics, health, and the admin API behind the ``mmse`` command."""

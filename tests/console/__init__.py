"""The console and the admin API, over connections in memory."""

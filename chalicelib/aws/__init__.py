"""AWS: clients, the executor of calls, tables, queues, AWS Config, and the one way to translate errors."""

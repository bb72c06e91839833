"""AWS: clients, the executor of calls, tables, queues, AWS Config, and the translation of errors."""

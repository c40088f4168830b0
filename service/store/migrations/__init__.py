"""The history of the tables, applied by `service.store.database.migrate`."""

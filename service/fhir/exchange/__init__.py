"""What passes between this service and the systems around it: searches of a record, write-back, subscriptions, messages, read-back."""

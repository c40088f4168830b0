"""Work that outlives its request: jobs and deliveries. The database says what there is to do; the queue only wakes who does it."""

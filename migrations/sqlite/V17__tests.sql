-- A test of a webhook is a delivery that somebody had sent at once, beside the webhook's lane. `deliveries.test`: 1, its event was made
-- for it; 2, its event was there before. `events.made_for_test`: 1, it was made for a test, and was never published. NULL otherwise.
ALTER TABLE deliveries ADD COLUMN test INTEGER;
ALTER TABLE events ADD COLUMN made_for_test INTEGER;
-- Tests are few among all deliveries, and are listed by themselves.
CREATE INDEX deliveries_tests ON deliveries (tenant, status, id) WHERE test IS NOT NULL;
CREATE INDEX deliveries_tests_of_webhook ON deliveries (webhook, status, id) WHERE test IS NOT NULL;

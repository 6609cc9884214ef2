-- Of `skipped`, those that were passed over before they were tried: they took nothing of the rate, and were not among those expected.
ALTER TABLE replays ADD COLUMN passed_over INTEGER NOT NULL DEFAULT 0;

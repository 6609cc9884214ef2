-- How many bytes of each tenant's events are kept (`kept_bytes` in src/model/event.rs): a start cannot count them. Counted once, here,
-- in one pass over the events. Tenant by tenant it would sort them, with their data, in a temporary file as large as all of it.
CREATE TABLE kept_events (
    tenant INTEGER PRIMARY KEY,
    bytes  INTEGER NOT NULL
);
INSERT INTO kept_events
    SELECT tenant, length(data) + 256 * (1 + fan_out) FROM events NOT INDEXED WHERE tenant <> 0
    ON CONFLICT (tenant) DO UPDATE SET bytes = bytes + excluded.bytes;

-- A tenant's deliveries in each status, newest first. There was an index of this kind for what is retried, failed or cancelled; all
-- others were found webhook by webhook.
DROP INDEX deliveries_troubled;
CREATE INDEX deliveries_by_tenant ON deliveries (tenant, status, id);

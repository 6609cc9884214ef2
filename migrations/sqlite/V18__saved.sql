-- What a tenant has saved under a name. `kind`: 0 an event to send again, 1 a question for statistics, 2 how its portal looks, of which
-- there is one without a name. `document`: JSON (src/store/stored/saved.rs). `bytes`: what it
-- counts for in the tenant's quota of events' bytes.
CREATE TABLE saved (
    tenant     INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    document   TEXT NOT NULL
);
CREATE UNIQUE INDEX saved_by_name ON saved (tenant, kind, name);

-- An event's deliveries by webhook. Those that were made with the event follow it at once, a hundred at most: their index is the one by
-- event. Those of its large fan-out that were made later, and those that repeat one, are in this one, which costs other deliveries nothing.
CREATE INDEX deliveries_far ON deliveries (event, webhook) WHERE id - event > 100 AND test IS NULL;

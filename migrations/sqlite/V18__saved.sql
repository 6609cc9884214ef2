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

-- What an event is still owed to and has no deliveries for yet: a large fan-out is kept as lists of webhooks with its event,
-- and unfolds row by row. `tenant`: among whose lists it has its turn; 0 for a broadcast's to many tenants. `deliveries`: how
-- many come of it. `list`: src/store/sqlite/fan_out.rs. Ids are serials, so they are in the order of events.
CREATE TABLE fan_outs (
    id         INTEGER PRIMARY KEY,
    event      INTEGER NOT NULL,
    tenant     INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    list       BLOB NOT NULL
);
CREATE INDEX fan_outs_by_event ON fan_outs (event);

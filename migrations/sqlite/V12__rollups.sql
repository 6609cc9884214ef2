-- What commits have counted and the sums do not have yet: a row for each of them (src/observe, src/store/sqlite/tally).
CREATE TABLE tallies (
    id     INTEGER PRIMARY KEY,
    counts BLOB NOT NULL
);

-- The sums. scope: 0 the node, 1 a tenant, 2 a tenant by event type, 3 a webhook, 4 a webhook by event type. grain: 0 a minute,
-- 1 an hour, 2 a day. at: when it begins, in milliseconds since 1970.
CREATE TABLE rollups (
    scope    INTEGER NOT NULL,
    owner    INTEGER NOT NULL,
    grain    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    type     TEXT NOT NULL,
    measures BLOB NOT NULL,
    PRIMARY KEY (scope, owner, grain, at, type)
) WITHOUT ROWID;

-- Keys of events, deliveries, attempts and webhooks are serials: milliseconds since 2020 << 21 | count.
-- Ordering by them is ordering by time, so time ranges need no index of their own.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE tenants (
    key        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE api_keys (
    id         INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    hint       TEXT NOT NULL,
    name       TEXT NOT NULL,
    tenant     INTEGER,
    scopes     TEXT NOT NULL,
    rate_limit TEXT,
    expires_at INTEGER
);

-- Settings and secrets are in `sealed`. A deleted webhook stays as a name for its history, with nothing in it.
CREATE TABLE webhooks (
    key        INTEGER PRIMARY KEY,
    tenant     INTEGER NOT NULL,
    id         TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
);
CREATE UNIQUE INDEX webhooks_by_id ON webhooks (tenant, id) WHERE deleted_at IS NULL;
-- Walking through all webhooks, also deleted ones, must not read what is sealed in them.
CREATE INDEX webhooks_by_tenant ON webhooks (tenant);

CREATE TABLE counters (
    webhook              INTEGER PRIMARY KEY,
    delivered            INTEGER NOT NULL,
    failed               INTEGER NOT NULL,
    consecutive_failures INTEGER NOT NULL,
    failing_since        INTEGER,
    last_attempt_at      INTEGER,
    last_success_at      INTEGER,
    last_failure_at      INTEGER
);

CREATE TABLE events (
    key          INTEGER PRIMARY KEY,
    tenant       INTEGER NOT NULL,
    type         TEXT NOT NULL,
    timestamp    INTEGER NOT NULL,
    fan_out      INTEGER NOT NULL,
    caller_id    TEXT,
    version      INTEGER,
    ordering_key TEXT,
    data         BLOB NOT NULL
);
CREATE INDEX events_by_tenant ON events (tenant, key);
CREATE INDEX events_by_caller_id ON events (tenant, caller_id) WHERE caller_id IS NOT NULL;

-- Ids and idempotency keys of the last 24 hours. Rows are in order of time.
CREATE TABLE seen (
    tenant INTEGER NOT NULL,
    id     TEXT NOT NULL,
    event  INTEGER NOT NULL,
    body   BLOB NOT NULL,
    UNIQUE (tenant, id)
);

-- The deliveries that an event caused when it was accepted carry the serials right after the event's.
-- status: 0 pending, 1 retrying, 2 delivered, 3 failed, 4 cancelled
CREATE TABLE deliveries (
    id           INTEGER PRIMARY KEY,
    webhook      INTEGER NOT NULL,
    event        INTEGER NOT NULL,
    tenant       INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    due_at       INTEGER,
    last_attempt INTEGER,
    last_status  INTEGER,
    last_failure TEXT,
    finished_at  INTEGER,
    ordering_key TEXT
);
-- The queue is the head of this index: what is pending is (webhook, 0, …).
CREATE INDEX deliveries_by_state ON deliveries (webhook, status, id);
CREATE INDEX deliveries_retrying ON deliveries (webhook, due_at, id) WHERE status = 1;
CREATE INDEX deliveries_keyed ON deliveries (webhook, ordering_key, id) WHERE status = 0 AND ordering_key IS NOT NULL;
-- Dead letters and the like of a whole tenant; the happy path never touches it.
-- (Written with OR, because SQLite does not see that `status = 3` is one of `status IN (1, 3, 4)`.)
CREATE INDEX deliveries_troubled ON deliveries (tenant, status, id) WHERE status = 1 OR status = 3 OR status = 4;

-- An attempt points at the one before it; a delivery points at its last. So a delivery's attempts need no index.
CREATE TABLE attempts (
    id             INTEGER PRIMARY KEY,
    delivery       INTEGER NOT NULL,
    previous       INTEGER,
    number         INTEGER NOT NULL,
    started_at     INTEGER NOT NULL,
    status         INTEGER,
    failure        TEXT,
    message        TEXT,
    retry_after    INTEGER,
    remote         TEXT,
    dns_us         INTEGER NOT NULL,
    connect_us     INTEGER NOT NULL,
    tls_us         INTEGER NOT NULL,
    first_byte_us  INTEGER NOT NULL,
    total_us       INTEGER NOT NULL,
    url            TEXT NOT NULL,
    sent_headers   TEXT NOT NULL,
    sent_body      BLOB,
    answer_headers TEXT,
    answer_body    BLOB,
    truncated      INTEGER NOT NULL
);

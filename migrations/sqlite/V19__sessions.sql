-- People who are signed in, and links that sign somebody in once. `hash`: SHA-256 of what shows it. `key`: the API key that it came from,
-- with which it ends. `portal`: JSON of what a customer may do there; NULL where the session permits what the key does. `begun`: 0 for a
-- link that was not used yet. `last_used_at` is written by a job, so it can be a minute behind.
CREATE TABLE sessions (
    id           INTEGER PRIMARY KEY,
    hash         BLOB    NOT NULL UNIQUE,
    key          INTEGER NOT NULL,
    portal       TEXT,
    begun        INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    last_used_at INTEGER
);
CREATE INDEX sessions_by_key ON sessions (key);

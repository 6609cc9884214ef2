-- When what was published, or sent and answered, was deleted at somebody's wish: what is left is that it was there.
ALTER TABLE events ADD COLUMN scrubbed_at INTEGER;
ALTER TABLE attempts ADD COLUMN scrubbed_at INTEGER;

-- Events that are being scrubbed: they are marked, and what was sent of them goes delivery by delivery. `after`: the last delivery that is
-- done. It goes on after a restart.
CREATE TABLE scrubs (
    event  INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    after  INTEGER NOT NULL
);

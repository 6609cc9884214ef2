-- Jobs over many deliveries (src/replay). `state`: 0 running, 1 finished, 2 stopped. `plan`: what is done with which deliveries, a JSON
-- object (src/store/stored/replay.rs). `place`: everything up to this serial was looked at, and of the next event the webhooks up to
-- `within`. `upto`: it goes no further. `expected`: how many there were when it was begun; at least, if there may be more.
CREATE TABLE replays (
    id           INTEGER PRIMARY KEY,
    tenant       INTEGER NOT NULL,
    state        INTEGER NOT NULL,
    plan         TEXT NOT NULL,
    place        INTEGER NOT NULL,
    within       INTEGER,
    upto         INTEGER NOT NULL,
    expected     INTEGER NOT NULL,
    may_be_more  INTEGER NOT NULL,
    done         INTEGER NOT NULL,
    skipped      INTEGER NOT NULL,
    finished_at  INTEGER
);
CREATE INDEX replays_by_tenant ON replays (tenant, id);
CREATE INDEX replays_running ON replays (tenant, id) WHERE state = 0;

-- `replay`: the replay that made it. `own_id`: 1 if it is sent under its own id instead of its event's.
ALTER TABLE deliveries ADD COLUMN replay INTEGER;
ALTER TABLE deliveries ADD COLUMN own_id INTEGER;

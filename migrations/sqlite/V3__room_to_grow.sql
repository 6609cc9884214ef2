-- A delivery is found by its event, wherever its id is: what is sent again, and what is unfolded later than its event was
-- accepted, has an id of its own time. Ids grow with their events, so the index is written at its end.
CREATE INDEX deliveries_by_event ON deliveries (event);

-- `repeats`: the delivery that this one sends again. `triggered_by`: why its next attempt is made, as in `attempts`.
ALTER TABLE deliveries ADD COLUMN repeats INTEGER;
ALTER TABLE deliveries ADD COLUMN triggered_by INTEGER;

-- `webhook`: whose history the attempt is part of; NULL, from before, is its delivery's. `delivery` is 0 for an attempt of
-- no delivery. `triggered_by`: NULL the schedule, 1 a person, 2 a probe, 3 a test, 4 a replay.
ALTER TABLE attempts ADD COLUMN webhook INTEGER;
ALTER TABLE attempts ADD COLUMN triggered_by INTEGER;

-- `metadata` is a JSON object, `channels` a JSON list. `broadcast` is the record of which the event is a tenant's copy.
ALTER TABLE events ADD COLUMN source TEXT;
ALTER TABLE events ADD COLUMN metadata TEXT;
ALTER TABLE events ADD COLUMN channels TEXT;
ALTER TABLE events ADD COLUMN broadcast INTEGER;
CREATE INDEX events_by_broadcast ON events (broadcast) WHERE broadcast IS NOT NULL;

-- Copies were those right behind their record, which counted them and their deliveries together in `fan_out`. Now they name
-- it, and it counts deliveries, as everywhere.
UPDATE events SET broadcast = record.key
    FROM (SELECT key, fan_out FROM events WHERE tenant = 0) AS record
    WHERE events.key > record.key AND events.key <= record.key + record.fan_out;
UPDATE events SET fan_out = (
        SELECT count(*) FROM deliveries WHERE deliveries.id > events.key AND deliveries.id <= events.key + events.fan_out)
    WHERE tenant = 0;

-- `settings` and the others are JSON objects. `more` holds what newer versions keep and this one does not know.
ALTER TABLE tenants ADD COLUMN metadata TEXT;
ALTER TABLE tenants ADD COLUMN quotas TEXT;
ALTER TABLE tenants ADD COLUMN updated_at INTEGER;
ALTER TABLE tenants ADD COLUMN more TEXT;
ALTER TABLE api_keys ADD COLUMN more TEXT;

ALTER TABLE seen RENAME TO dedup;

-- Who caused an event, passed on to its receivers: an id of the publisher's, and a W3C trace context.
ALTER TABLE events ADD COLUMN correlation_id TEXT;
ALTER TABLE events ADD COLUMN traceparent TEXT;

-- One request can carry many events: `batch` holds the ids of its deliveries, eight bytes each, and each of them points
-- at the attempt. `sent_method` is that of a request that was not a POST.
ALTER TABLE attempts ADD COLUMN batch BLOB;
ALTER TABLE attempts ADD COLUMN sent_method TEXT;

-- What a tenant has set: validation, enrichment. A JSON object.
ALTER TABLE tenants ADD COLUMN settings TEXT;

-- The catalogue, shared by all tenants. `document` is the entry as JSON.
CREATE TABLE event_types (
    name       TEXT PRIMARY KEY,
    document   TEXT NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

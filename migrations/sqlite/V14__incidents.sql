-- Webhooks that are failing, or were disabled for it, until they have recovered. `since`: when that began, in milliseconds since 1970.
-- `told`: what was told of it last: 0 nothing, 1 that it is failing, 2 that it was disabled.
CREATE TABLE incidents (
    webhook INTEGER PRIMARY KEY,
    tenant  INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    told    INTEGER NOT NULL
);

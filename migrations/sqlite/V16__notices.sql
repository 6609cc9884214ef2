-- `told` of an incident, too: 3 that the webhook has recovered. `told_at`: when something was told of it last, in milliseconds since 1970.
ALTER TABLE incidents ADD COLUMN told_at INTEGER NOT NULL DEFAULT 0;

-- What is so for a tenant, as long as that is so and was told. `subject`: what, like `quota.near/webhooks`. `since`: when it began.
-- `told`: 1 if that was told.
CREATE TABLE conditions (
    tenant  INTEGER NOT NULL,
    subject TEXT NOT NULL,
    since   INTEGER NOT NULL,
    told    INTEGER NOT NULL,
    PRIMARY KEY (tenant, subject)
) WITHOUT ROWID;

-- What has happened within a minute and is to be told when it is over. `kind`: 0 deliveries were given up, of the webhook that is the
-- subject; 1 an API key was made, 2 revoked. Beyond some subjects of one kind the others are counted together, under subject 0.
-- `detail`: of deliveries their ids, of the first of them, 8 bytes each; of keys a JSON object.
CREATE TABLE happened (
    minute  INTEGER NOT NULL,
    tenant  INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    detail  BLOB NOT NULL,
    PRIMARY KEY (minute, tenant, kind, subject)
) WITHOUT ROWID;

-- Notices that are to be mailed to a tenant's addresses. `lines`: the first of them, a line each. `count`: how many they are. `tries`:
-- how often they were tried. `since`: when the first was told. `due_at`: when they are tried next. Times in milliseconds since 1970.
CREATE TABLE mails (
    tenant  INTEGER PRIMARY KEY,
    lines   TEXT NOT NULL,
    count   INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    due_at  INTEGER NOT NULL
);

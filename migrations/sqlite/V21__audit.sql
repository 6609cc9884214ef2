-- The audit trail. `line` is the text that is hashed and exported, sealed, since it tells of settings that are sealed; the other columns
-- say what it says, to find it by.
-- `tenant`: whose it is; NULL for what belongs to all. `webhook`: which one, where the subject is one: its id can change. `actor`: the
-- key, the session or the job; `behind`: the key that a session came from.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    tenant INTEGER,
    webhook INTEGER,
    actor TEXT NOT NULL,
    behind TEXT,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    line BLOB NOT NULL
);
CREATE INDEX audit_by_tenant ON audit (tenant, id) WHERE tenant IS NOT NULL;
CREATE INDEX audit_by_webhook ON audit (webhook, id) WHERE webhook IS NOT NULL;
CREATE INDEX audit_by_subject ON audit (subject, id);
-- Each node's chain: how many lines it has had, its last one with its hash, and the last of those that retention has taken.
CREATE TABLE audit_chains (
    node INTEGER PRIMARY KEY,
    lines INTEGER NOT NULL,
    last INTEGER NOT NULL,
    hash BLOB NOT NULL,
    cut_lines INTEGER NOT NULL DEFAULT 0,
    cut INTEGER,
    cut_hash BLOB
);
-- An operator's key that permitted everything goes on to do so.
UPDATE api_keys SET scopes = json_insert(scopes, '$[#]', 'audit:read')
WHERE tenant IS NULL AND json_array_length(scopes) = 11
    AND NOT EXISTS (SELECT 1 FROM json_each(scopes) WHERE value = 'audit:read');

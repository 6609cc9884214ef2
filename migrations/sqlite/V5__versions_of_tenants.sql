-- Each change of a tenant makes a new version, which callers can insist on.
ALTER TABLE tenants ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- When a request last showed the key; NULL: never, or before this was kept. Written by a job, so it can be a minute behind.
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;

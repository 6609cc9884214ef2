-- A webhook's history is asked for by its id, also after it was deleted, and after another was made under that id.
CREATE INDEX webhooks_deleted_by_id ON webhooks (tenant, id) WHERE deleted_at IS NOT NULL;

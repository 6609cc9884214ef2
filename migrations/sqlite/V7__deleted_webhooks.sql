-- Retention finds deleted webhooks among all, to forget those that have no deliveries any more.
CREATE INDEX webhooks_deleted ON webhooks (key, deleted_at) WHERE deleted_at IS NOT NULL;

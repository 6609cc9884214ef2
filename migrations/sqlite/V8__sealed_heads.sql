-- What is shown of a request's head, URL and headers, sealed (src/store/stored/request_head.rs). Attempts from before have it as it is
-- in `url` and `sent_headers`, which are empty since.
ALTER TABLE attempts ADD COLUMN sealed BLOB;

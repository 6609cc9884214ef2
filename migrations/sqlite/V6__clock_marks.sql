-- Serials only grow, so after a clock was ahead and is set back their time says nothing. Meanwhile it is noted which was the last
-- one (`serial`) at which time (`at`, in milliseconds).
CREATE TABLE clock_marks (
    at     INTEGER PRIMARY KEY,
    serial INTEGER NOT NULL
);

-- Why a delivery was cancelled: 1 by request, 2 its webhook was disabled, 3 its webhook was deleted. NULL where the last failure says
-- it (a script, a newer event of its key), and for what was cancelled before.
ALTER TABLE deliveries ADD COLUMN cancelled_by INTEGER;

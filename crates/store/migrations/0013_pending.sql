-- What a record's unit pending and somebody else has to confirm: values of fields that it may not
-- state itself, as content is stored. They count nowhere.
ALTER TABLE fact ADD COLUMN pending TEXT;

-- What has to be done with a record now follows from its transitions too: it is made anew when the
-- region is opened.
UPDATE region SET is_unfolded = TRUE;

CREATE INDEX account_by_unit ON account (region_id, unit_id);

-- What files beside the database know it by: they belong to no other database.
ALTER TABLE region ADD COLUMN database_id TEXT;

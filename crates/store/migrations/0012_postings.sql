-- Which records count where, for the page that traces a figure to its records
-- (docs/decisions/0014). A row is a block of postings of one measure and month, in
-- the order of units and records; unit_id and fact_id say where it begins, and both
-- are 0 in the first block of a month. From now on the months of all units are kept
-- too (docs/decisions/0004). Both follow from the records: they are folded anew
-- when the region is opened, and changes that wait are among what is folded then.

CREATE TABLE posting (
    region_id BIGINT NOT NULL,
    measure BIGINT NOT NULL,
    month BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    entries {bytes} NOT NULL,
    PRIMARY KEY (region_id, measure, month, unit_id, fact_id)
);

-- A person's own imports were found by a walk over everybody's.
CREATE INDEX import_by_user ON import (region_id, user_id, created_at, import_id);

UPDATE region SET is_unfolded = TRUE;

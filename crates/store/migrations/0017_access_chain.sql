-- The log of access as a chain of blocks: what was added, changed or removed behind the program's back is found.
-- Entries of block 0 are in no block yet.
ALTER TABLE access_log ADD COLUMN block BIGINT NOT NULL DEFAULT 0;

CREATE INDEX access_log_by_block ON access_log (region_id, block, entry_id);

CREATE TABLE access_block (
    region_id BIGINT NOT NULL,
    block BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (region_id, block)
);

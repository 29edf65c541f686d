-- A digest of every entry of the audit, made with the region's secret, so that `verify` finds an entry that was
-- changed or taken out in the database (docs/decisions/0023-digests-of-the-audit.md). `version` and `record_digest` say of a record which
-- version the entry made and what the row of the record was then. `audit_total` holds the number and the sum of
-- the digests of all entries, over a few rows, so that writers do not wait for each other.
-- Entries of earlier versions of the program get their digests when the region is opened.
ALTER TABLE audit ADD COLUMN version BIGINT;

ALTER TABLE audit ADD COLUMN record_digest BIGINT;

ALTER TABLE audit ADD COLUMN digest BIGINT;

CREATE TABLE audit_total (
    region_id BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    digests BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    PRIMARY KEY (region_id, shard)
) {clustered};

ALTER TABLE region ADD COLUMN is_undigested BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE region SET is_undigested = TRUE;

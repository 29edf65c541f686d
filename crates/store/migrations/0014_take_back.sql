-- An import can be taken back. Which records it has made or corrected, and the version that it
-- left each of them at, in blocks (crates/store/src/import_records.rs); imports of earlier
-- versions of the program have none and cannot be taken back.
CREATE TABLE import_record (
    region_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    block BIGINT NOT NULL,
    entries {bytes} NOT NULL,
    PRIMARY KEY (region_id, import_id, block)
);

-- Who asked for it, what was seen before, and what came of it; sealed as reports are.
ALTER TABLE import ADD COLUMN take_back TEXT;

-- The import that alone has used what is remembered of a column, and what was remembered before it.
ALTER TABLE column_memory ADD COLUMN import_id BIGINT;

ALTER TABLE column_memory ADD COLUMN former TEXT;

-- What records state, and what the audit says of them, in a compact form (docs/decisions/0034-compact-content.md).
-- `compact` takes the place of `content`, which is then an empty text, and in the audit the place of `before`, `after`
-- and `detail`, which are then NULL. Records of earlier versions of the program are packed when the region is opened.

CREATE TABLE short_name (
    region_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (region_id, number)
) {clustered};

ALTER TABLE fact ADD COLUMN compact {bytes};

ALTER TABLE audit ADD COLUMN compact {bytes};

-- How far the packing has come: 0 when all is packed, else what is being done, and after which key.
ALTER TABLE region ADD COLUMN packing_step BIGINT NOT NULL DEFAULT 0;

ALTER TABLE region ADD COLUMN packed_to BIGINT NOT NULL DEFAULT 0;

UPDATE region SET packing_step = 1;

-- A row of balances is one value (docs/decisions/0004). Balances are derived:
-- they are dropped here and folded anew from the facts when the region is opened.

DROP TABLE cell;

DROP TABLE statement;

DROP TABLE baseline;

CREATE TABLE cell (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    period BIGINT NOT NULL,
    slots {bytes} NOT NULL,
    PRIMARY KEY (region_id, unit_id, period)
) {clustered};

CREATE TABLE statement (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    slots {bytes} NOT NULL,
    PRIMARY KEY (region_id, unit_id)
) {clustered};

CREATE TABLE baseline (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    slots {bytes} NOT NULL,
    PRIMARY KEY (region_id, unit_id)
) {clustered};

DELETE FROM tally;

DELETE FROM change_log;

ALTER TABLE region ADD COLUMN is_unfolded BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE region SET is_unfolded = TRUE;

-- Which records refer to which, and what records are called to which others may refer. Both follow from what records
-- state and can be written anew at any time (jiangong verify --rebuild); records of earlier versions of the program
-- refer to none.
CREATE TABLE record_reference (
    region_id BIGINT NOT NULL,
    referred_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    field TEXT NOT NULL,
    fact_id BIGINT NOT NULL,
    PRIMARY KEY (region_id, referred_id, form, field, fact_id)
) {clustered};

CREATE TABLE record_name (
    region_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    name TEXT NOT NULL,
    fact_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    PRIMARY KEY (region_id, form, name, fact_id)
) {clustered};

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

-- Balances now say how many units have answered, and what the last statement of each unit is
-- (docs/decisions/0032-value-and-coverage.md): they are folded anew from the records when the region is opened.
UPDATE region SET is_unfolded = TRUE;

-- Figures as they were known on an earlier day (docs/decisions/0035-figures-as-known.md). A row is what one
-- day changed in the balances of one unit, by period; the day is that of China, as yyyymmdd. The sum of all days of a
-- unit are its balances.
CREATE TABLE balance_day (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    changes {bytes} NOT NULL,
    PRIMARY KEY (region_id, unit_id, day)
) {clustered};

-- The definition whose slots the days have. NULL in a database of an earlier version of the program: its days are made
-- from its audit when the region is opened.
ALTER TABLE region ADD COLUMN days_definition TEXT;

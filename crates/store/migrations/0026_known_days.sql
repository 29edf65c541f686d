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

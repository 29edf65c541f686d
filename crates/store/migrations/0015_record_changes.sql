-- Which records have changed, in an order in which everybody sees them (docs/decisions/0019-commit-order.md).
-- A row names up to a thousand records of one form, packed. Whoever sees a number sees all lower ones, whatever
-- clocks say. The mark is drawn at random with the number: it tells this database from a copy that went on
-- without it. An empty list says that older rows were removed.

CREATE TABLE record_change (
    region_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    number BIGINT NOT NULL,
    mark BIGINT NOT NULL,
    records {bytes} NOT NULL,
    PRIMARY KEY (region_id, form, number)
) {clustered};

-- The last number of a region with its mark, and the mark of number 0, before which nothing had changed.
CREATE TABLE last_change (
    region_id BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    mark BIGINT NOT NULL,
    origin BIGINT NOT NULL
);

-- PostgreSQL: what was committed and has no number yet. Many transactions commit at once there; whoever reads
-- the changes numbers them first.
CREATE TABLE change_pending (
    region_id BIGINT NOT NULL,
    change_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    records {bytes} NOT NULL,
    PRIMARY KEY (region_id, change_id)
);

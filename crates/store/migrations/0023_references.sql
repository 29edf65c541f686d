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

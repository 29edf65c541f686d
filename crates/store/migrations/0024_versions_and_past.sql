-- Versions of campaigns that somebody has handed in and that are not in force yet: their files, what they would do
-- (as JSON), and what became of them.
CREATE TABLE candidate_version (
    region_id BIGINT NOT NULL,
    candidate_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    deputy_id BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    files TEXT NOT NULL,
    state TEXT NOT NULL,
    plan TEXT,
    decided_by TEXT,
    error TEXT,
    PRIMARY KEY (region_id, candidate_id)
) {clustered};

CREATE INDEX candidate_version_by_time ON candidate_version (region_id, created_at, candidate_id);

-- What is needed to list the records behind a figure as it was known on an earlier day
-- (docs/decisions/0038-records-as-known.md). It is written from now on.

-- Postings that were taken back: where a record counted and does not count any more, and the last day on which that
-- ended. The day is that of China, as yyyymmdd.
CREATE TABLE former_posting (
    region_id BIGINT NOT NULL,
    measure BIGINT NOT NULL,
    month BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (region_id, measure, month, unit_id, fact_id)
) {clustered};

-- Records that were removed: what they stated is in the audit.
CREATE TABLE removed_record (
    region_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    PRIMARY KEY (region_id, fact_id)
) {clustered};

CREATE INDEX removed_record_by_unit ON removed_record (region_id, unit_id, form, fact_id);

-- Days on which balances were computed anew and became others without a command that changed a record or a unit.
CREATE TABLE recomputed_day (
    region_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (region_id, day)
) {clustered};

-- Of what was taken back before this, nothing is known: lists of days before say that they may add up to something else.
INSERT INTO recomputed_day (region_id, day) SELECT region_id, max(day) FROM balance_day GROUP BY region_id;

-- Which version of the definition was put in force when, in microseconds since 1970.
CREATE TABLE definition_in_force (
    region_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (region_id, at)
) {clustered};

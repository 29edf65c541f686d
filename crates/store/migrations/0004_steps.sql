-- Where records stand beside what their fields tell, what is awaited of whom,
-- and what people say about records.

ALTER TABLE fact ADD COLUMN state TEXT;

ALTER TABLE fact ADD COLUMN state_since TEXT;

ALTER TABLE audit ADD COLUMN detail TEXT;

-- One row for every clock that runs and every role that it runs for. Derived
-- from the facts, like balances: folded anew where facts are there already.
CREATE TABLE awaited (
    region_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    clock TEXT NOT NULL,
    role TEXT NOT NULL,
    level TEXT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    due_on TEXT NOT NULL,
    since_on TEXT NOT NULL,
    PRIMARY KEY (region_id, fact_id, clock, role)
) {clustered};

CREATE INDEX awaited_by_unit ON awaited (region_id, unit_id, role, due_on, fact_id);

CREATE INDEX awaited_by_role ON awaited (region_id, role, due_on, fact_id);

CREATE TABLE comment (
    region_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    comment_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    content TEXT NOT NULL,
    is_withdrawn BOOLEAN NOT NULL,
    PRIMARY KEY (region_id, fact_id, comment_id)
) {clustered};

UPDATE region SET is_unfolded = TRUE;

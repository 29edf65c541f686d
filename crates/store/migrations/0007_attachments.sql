-- Attachments of records, and forms that people have begun to fill in. What an
-- attachment holds lies outside the database, named by its SHA-256.

CREATE TABLE attachment (
    region_id BIGINT NOT NULL,
    attachment_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    hash TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (region_id, attachment_id)
);

-- A record holds the same content once.
CREATE UNIQUE INDEX attachment_by_fact ON attachment (region_id, fact_id, hash) WHERE removed_at IS NULL;

CREATE INDEX attachment_by_hash ON attachment (region_id, hash);

CREATE TABLE draft (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    fact_id BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    definition_hash TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (region_id, user_id, unit_id, form, fact_id)
);

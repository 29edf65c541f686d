-- A person may have several drafts of one form: each has an id, made when the form was opened. Drafts of earlier
-- versions of the program get theirs from what they were known by.
CREATE TABLE draft_by_id (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    draft_id TEXT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    fact_id BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    definition_hash TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (region_id, user_id, draft_id)
);

INSERT INTO draft_by_id
    (region_id, user_id, draft_id, unit_id, form, fact_id, saved_at, definition_hash, content)
SELECT region_id, user_id, user_id || '-' || unit_id || '-' || fact_id || '-' || form, unit_id, form, fact_id,
    saved_at, definition_hash, content
FROM draft;

DROP TABLE draft;

ALTER TABLE draft_by_id RENAME TO draft;

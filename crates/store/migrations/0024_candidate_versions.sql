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
);

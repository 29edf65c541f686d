-- Personal numbers are sealed with a secret that is not in the database. What
-- stands in clear is sealed when the region is opened (is_clear), and balances
-- are folded anew, because persons are counted by keyed hashes from now on.

ALTER TABLE region ADD COLUMN vault_check TEXT;

ALTER TABLE region ADD COLUMN is_clear BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE region SET is_clear = TRUE, is_unfolded = TRUE;

-- What was asked for and done about personal data: numbers shown, persons
-- looked for, data corrected and removed.
CREATE TABLE privacy_log (
    region_id BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    unit_id BIGINT,
    fact_id BIGINT,
    person TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (region_id, entry_id)
);

CREATE INDEX privacy_log_by_fact ON privacy_log (region_id, fact_id, entry_id);

-- The audit is read by who did something, and by what it was done to (docs/decisions/0024-reading-the-audit.md). Nearly all entries are
-- about records, and say which version they made: those of other kinds are few, and have an index of their own. What
-- the console did, above all loads of millions of records, is read in the order of the entries.
CREATE INDEX audit_by_actor ON audit (region_id, actor, audit_id) WHERE actor <> 'console';

CREATE INDEX audit_by_other_subject ON audit (region_id, subject, audit_id) WHERE version IS NULL;

-- The audit is read by who did something, and by what it was done to (docs/decisions/0024-reading-the-audit.md). Nearly all entries are
-- about records, and say which version they made: those of other kinds are few, and have an index of their own.
CREATE INDEX audit_by_actor ON audit (region_id, actor, audit_id);

CREATE INDEX audit_by_other_subject ON audit (region_id, subject, audit_id) WHERE version IS NULL;

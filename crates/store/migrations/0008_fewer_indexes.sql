-- Indexes that cost at every write and that no query needs. Records of a unit,
-- of one form or by identity, are found by fact_by_identity, which begins with
-- region and unit; lists by number are answered by the index of records beside
-- the database.

DROP INDEX fact_by_unit;

DROP INDEX fact_by_number;

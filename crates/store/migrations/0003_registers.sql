-- Lists of records, newest first: of a whole register, of one unit, by number.
-- Ids rise with time, so the newest facts are those with the highest ids.

CREATE INDEX fact_by_form ON fact (region_id, form, fact_id);

CREATE INDEX fact_by_unit ON fact (region_id, unit_id, form, fact_id);

CREATE INDEX fact_by_number ON fact (region_id, form, identity, fact_id);

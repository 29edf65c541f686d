-- What a unit has decided about columns that no name explains, for each form. What was
-- remembered for everybody before is not taken over: nobody knows whose it was, nor whether
-- the import that brought it was accepted. Its table, column_mapping, is read no more.

CREATE TABLE column_memory (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    header TEXT NOT NULL,
    field TEXT NOT NULL,
    PRIMARY KEY (region_id, unit_id, form, header)
) {clustered};

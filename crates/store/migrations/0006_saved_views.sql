-- Ways of looking at a register that people keep for themselves: what stands
-- in the address after the question mark, under a name.

CREATE TABLE saved_view (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    PRIMARY KEY (region_id, user_id, form, name)
) {clustered};

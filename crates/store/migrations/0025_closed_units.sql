-- What a closed unit stated last does not enter a running year any more, and what records are called to which others may
-- refer (record_name) follows from other fields than before: a master is found by name, and a base no more by its trades.
-- Both are written anew from the records when the region is opened.
UPDATE region SET is_unfolded = TRUE WHERE EXISTS (
    SELECT 1 FROM fact WHERE fact.region_id = region.region_id
);

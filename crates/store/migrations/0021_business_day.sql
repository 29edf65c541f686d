-- A demonstration stops at a day: deadlines, the running month and what lies in the future are judged by it and not by
-- the calendar (docs/decisions/0029-the-business-day.md). `own_targets` are the counts that are a region's targets
-- whatever the document says and however small the region is, by indicator, as JSON.
ALTER TABLE region ADD COLUMN business_day TEXT;

ALTER TABLE region ADD COLUMN own_targets TEXT;

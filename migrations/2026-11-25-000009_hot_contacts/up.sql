-- The state of a conversation changes with every text. As long as an index has it, each change writes a new entry into
-- every index of the table; without it PostgreSQL keeps the new version on the same page and writes none (HOT).
-- An assignment has some thousands of contacts at most, so that reading them by the assignment alone is cheap.
DROP INDEX campaign_contact_assignment_idx;
CREATE INDEX campaign_contact_assignment_idx ON campaign_contact (assignment_id, id);
DROP INDEX campaign_contact_unassigned_idx;
CREATE INDEX campaign_contact_unassigned_idx ON campaign_contact (campaign_id, id) WHERE assignment_id IS NULL;

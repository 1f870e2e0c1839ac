DROP INDEX campaign_contact_unassigned_idx;
CREATE INDEX campaign_contact_unassigned_idx ON campaign_contact (campaign_id, id)
    WHERE assignment_id IS NULL AND message_status = 'needsMessage';
DROP INDEX campaign_contact_assignment_idx;
CREATE INDEX campaign_contact_assignment_idx ON campaign_contact (assignment_id, message_status, id);

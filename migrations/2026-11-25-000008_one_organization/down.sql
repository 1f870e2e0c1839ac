ALTER TABLE campaign_contact DROP CONSTRAINT campaign_contact_campaign_fkey;
ALTER TABLE campaign_contact ADD CONSTRAINT campaign_contact_campaign_id_fkey
    FOREIGN KEY (campaign_id) REFERENCES campaign ON DELETE CASCADE;
ALTER TABLE campaign DROP CONSTRAINT campaign_organization_id_id_key;
DROP TRIGGER check_question_response ON question_response;
DROP FUNCTION check_question_response();
DROP TRIGGER check_tag_of_canned_response ON tag_canned_response;
DROP FUNCTION check_tag_of_canned_response();
DROP TRIGGER check_tag_of_contact ON tag_campaign_contact;
DROP FUNCTION check_tag_of_contact();
ALTER TABLE campaign_contact DROP CONSTRAINT campaign_contact_assignment_fkey;
ALTER TABLE campaign_contact ADD CONSTRAINT campaign_contact_assignment_id_fkey
    FOREIGN KEY (assignment_id) REFERENCES assignment ON DELETE SET NULL;
CREATE INDEX assignment_campaign_id_idx ON assignment (campaign_id, id);
ALTER TABLE assignment DROP CONSTRAINT assignment_campaign_id_id_key;

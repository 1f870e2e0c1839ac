-- A second line behind the permissions (S15): rows of two organizations or campaigns cannot be tied together, whatever
-- the code does.

-- A contact is in an assignment of its own campaign. Takes the place of the key on assignment_id alone, so that no
-- write checks more than before.
ALTER TABLE assignment ADD CONSTRAINT assignment_campaign_id_id_key UNIQUE (campaign_id, id);
DROP INDEX assignment_campaign_id_idx;
ALTER TABLE campaign_contact DROP CONSTRAINT campaign_contact_assignment_id_fkey;
ALTER TABLE campaign_contact ADD CONSTRAINT campaign_contact_assignment_fkey
    FOREIGN KEY (campaign_id, assignment_id) REFERENCES assignment (campaign_id, id) ON DELETE SET NULL (assignment_id);

CREATE FUNCTION check_tag_of_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM campaign_contact cc JOIN tag t ON t.organization_id = cc.organization_id
        WHERE cc.id = NEW.campaign_contact_id AND t.id = NEW.tag_id) THEN
        RAISE check_violation USING MESSAGE = 'a tag and its contact must be of one organization';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_tag_of_contact BEFORE INSERT OR UPDATE OF tag_id, campaign_contact_id ON tag_campaign_contact
    FOR EACH ROW EXECUTE FUNCTION check_tag_of_contact();

CREATE FUNCTION check_tag_of_canned_response() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM canned_response r JOIN campaign ca ON ca.id = r.campaign_id
        JOIN tag t ON t.organization_id = ca.organization_id
        WHERE r.id = NEW.canned_response_id AND t.id = NEW.tag_id) THEN
        RAISE check_violation USING MESSAGE = 'a tag and its saved reply must be of one organization';
    END IF;
    RETURN NEW;
END $$;
-- After the row: the reply may be made by the same statement.
CREATE CONSTRAINT TRIGGER check_tag_of_canned_response AFTER INSERT OR UPDATE ON tag_canned_response
    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION check_tag_of_canned_response();

CREATE FUNCTION check_question_response() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM campaign_contact cc JOIN interaction_step s ON s.campaign_id = cc.campaign_id
        WHERE cc.id = NEW.campaign_contact_id AND s.id = NEW.interaction_step_id) THEN
        RAISE check_violation USING MESSAGE = 'an answer and its question must be of one campaign';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_question_response BEFORE INSERT OR UPDATE OF interaction_step_id, campaign_contact_id
    ON question_response FOR EACH ROW EXECUTE FUNCTION check_question_response();

-- Opting out, invitations and texts carry their organization themselves; a contact's must be its campaign's.
ALTER TABLE campaign ADD CONSTRAINT campaign_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE campaign_contact DROP CONSTRAINT campaign_contact_campaign_id_fkey;
ALTER TABLE campaign_contact ADD CONSTRAINT campaign_contact_campaign_fkey
    FOREIGN KEY (organization_id, campaign_id) REFERENCES campaign (organization_id, id) ON DELETE CASCADE;

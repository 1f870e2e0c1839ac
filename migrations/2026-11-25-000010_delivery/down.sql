DROP FUNCTION texting_window(text, text, campaign, organization, timestamptz);
ALTER TABLE campaign_contact DROP COLUMN state;

DROP FUNCTION apply_receipts, receive_messages, receive_message, conversation_of, claim_messages,
    opt_out_cell, send_message, texting_window,
    render_script, base62, capitalize_name, trim_space;
ALTER TABLE campaign DROP CONSTRAINT campaign_timezone_known;
DROP TRIGGER check_contact ON campaign_contact;
DROP FUNCTION check_contact;
DROP TRIGGER contact_count_insert ON campaign_contact;
DROP TRIGGER contact_count_update ON campaign_contact;
DROP TRIGGER contact_count_delete ON campaign_contact;
DROP FUNCTION contact_count_change;

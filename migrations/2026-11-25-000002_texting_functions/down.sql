DROP FUNCTION apply_receipt, receive_message, claim_messages, opt_out_cell, send_message, texting_window,
    render_script, base62, capitalize_name;
DROP TRIGGER contact_count_insert ON campaign_contact;
DROP TRIGGER contact_count_update ON campaign_contact;
DROP TRIGGER contact_count_delete ON campaign_contact;
DROP FUNCTION contact_count_change;

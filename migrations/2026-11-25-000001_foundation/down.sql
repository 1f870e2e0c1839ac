DROP TABLE stored_file_chunk, stored_file, job_request, opt_out, inbound_event, message, canned_response,
    question_response, interaction_step, contact_count, campaign_contact, assignment, campaign_admin, campaign,
    session, user_organization, organization, "user";

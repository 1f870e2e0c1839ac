DROP FUNCTION attach_unmatched_text(bigint, bigint, bigint);
DROP FUNCTION receive_message(bigint, text, text, bigint, text, text, text, jsonb, text, text);
DROP FUNCTION queue_answer(campaign_contact, text, text, text, text);
DROP FUNCTION organizations_of_text(bigint, bigint, text, text);
DROP FUNCTION lift_opt_out(bigint, text, text, bigint, text, bigint, boolean);
DROP FUNCTION opt_out_cells(bigint, text[], text[], timestamptz[], text, bigint);
DROP FUNCTION opt_out_cell(bigint, text, bigint, text, bigint, text, bigint, bigint);
DROP FUNCTION set_instance(boolean, boolean, text, boolean);
CREATE OR REPLACE FUNCTION is_opted_out(p_organization bigint, p_cell text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM opt_out oo WHERE oo.organization_id = p_organization AND oo.cell = p_cell)
$$;
DROP FUNCTION opt_outs_shared();
DROP FUNCTION owner_of_number(text);
DROP INDEX owned_phone_number_number_idx;
DROP TABLE opt_out_transfer;
DELETE FROM stored_file WHERE purpose IN ('opt_outs', 'opt_outs_export', 'opt_outs_invalid');
ALTER TABLE stored_file DROP CONSTRAINT stored_file_purpose_check;
ALTER TABLE stored_file ADD CONSTRAINT stored_file_purpose_check
    CHECK (purpose IN ('contacts', 'export', 'export_messages'));
DROP TABLE unmatched_text;
DROP TABLE help_answer;
DROP TRIGGER drop_late_answer ON message;
DROP FUNCTION drop_late_answer();
ALTER TABLE message DROP COLUMN automatic_answer;
DROP TRIGGER note_opt_outs ON opt_out;
DROP FUNCTION note_opt_outs();
DROP TABLE opt_out_event;
DROP FUNCTION keep_opt_out_event();
ALTER TABLE opt_out DROP CONSTRAINT opt_out_cell_organization_id_key;
ALTER TABLE opt_out ADD CONSTRAINT opt_out_organization_id_cell_key UNIQUE (organization_id, cell);
ALTER TABLE opt_out DROP COLUMN message_id, DROP COLUMN user_id, DROP COLUMN source;
DROP TABLE instance_setting;

CREATE OR REPLACE FUNCTION conversation_of(p_service text, p_organization bigint, p_contact_number text, p_user_number text)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT cc.id FROM campaign_contact cc
    JOIN LATERAL (SELECT m.id, m.user_number FROM message m
        WHERE m.campaign_contact_id = cc.id AND NOT m.is_from_contact AND m.service = p_service
        ORDER BY m.id DESC LIMIT 1) last ON true
    WHERE cc.cell = p_contact_number AND (p_organization IS NULL OR cc.organization_id = p_organization)
    ORDER BY last.user_number = p_user_number DESC, last.id DESC LIMIT 1
$$;

CREATE FUNCTION opt_out_cell(p_organization bigint, p_cell text, p_assignment bigint, p_reason text,
    p_keep_message bigint DEFAULT NULL)
RETURNS TABLE (contact_id bigint, campaign_id bigint, assignment_id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM campaign_contact cc
    WHERE cc.organization_id = p_organization AND cc.cell = p_cell ORDER BY cc.id FOR NO KEY UPDATE;
    INSERT INTO opt_out (organization_id, cell, assignment_id, reason_code)
    VALUES (p_organization, p_cell, p_assignment, p_reason)
    ON CONFLICT (organization_id, cell) DO NOTHING;
    UPDATE message m SET send_status = 'NOT_ATTEMPTED', error_code = -133
    FROM campaign_contact cc
    WHERE cc.organization_id = p_organization AND cc.cell = p_cell AND m.campaign_contact_id = cc.id
        AND m.send_status IN ('QUEUED', 'SENDING', 'PAUSED') AND NOT m.is_opt_out_confirmation
        AND m.id IS DISTINCT FROM p_keep_message;
    IF p_keep_message IS NOT NULL THEN
        UPDATE message m SET is_opt_out_confirmation = true WHERE m.id = p_keep_message;
    END IF;
    RETURN QUERY UPDATE campaign_contact cc SET is_opted_out = true, updated_at = now()
    WHERE cc.organization_id = p_organization AND cc.cell = p_cell AND NOT cc.is_opted_out
    RETURNING cc.id, cc.campaign_id, cc.assignment_id;
END $$;

CREATE FUNCTION receive_message(p_event bigint, p_service text, p_service_id text, p_organization bigint,
    p_contact_number text, p_user_number text, p_text text, p_media jsonb, p_is_opt_out boolean)
RETURNS TABLE (outcome text, message_id bigint, contact_id bigint, campaign_id bigint, assignment_id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    c campaign_contact;
    v_contact bigint;
    v_organization bigint := p_organization;
    v_message bigint;
    v_outcome text;
BEGIN
    v_contact := conversation_of(p_service, p_organization, p_contact_number, p_user_number);
    SELECT cc.organization_id INTO v_organization FROM campaign_contact cc WHERE cc.id = v_contact;
    v_organization := coalesce(v_organization, p_organization);
    IF p_is_opt_out THEN
        -- All at once and by id, as opt_out_cell does, so that two who say STOP do not wait for each other.
        PERFORM 1 FROM campaign_contact cc
        WHERE cc.organization_id = v_organization AND cc.cell = p_contact_number
        ORDER BY cc.id FOR NO KEY UPDATE;
    END IF;
    SELECT * INTO c FROM campaign_contact cc WHERE cc.id = v_contact FOR NO KEY UPDATE;
    IF v_organization IS NOT NULL THEN
        INSERT INTO message (campaign_contact_id, organization_id, assignment_id, user_number, contact_number,
            is_from_contact, text, media, service, service_id, send_status, error_code)
        VALUES (c.id, v_organization, c.assignment_id, p_user_number, p_contact_number, true, p_text, p_media,
            p_service, p_service_id, 'DELIVERED', CASE WHEN p_is_opt_out THEN -133 END)
        ON CONFLICT (service, service_id) WHERE service_id IS NOT NULL DO NOTHING
        RETURNING id INTO v_message;
        IF v_message IS NULL THEN
            v_outcome := 'duplicate';
        END IF;
    END IF;
    IF v_outcome IS NULL THEN
        v_outcome := CASE WHEN c.id IS NULL THEN 'unmatched' ELSE 'matched' END;
    END IF;
    UPDATE inbound_event e SET processed_at = now(), attempts = e.attempts + 1, outcome = v_outcome
    WHERE e.id = p_event;
    RETURN QUERY SELECT v_outcome, v_message, c.id, c.campaign_id, c.assignment_id;
    IF v_outcome <> 'duplicate' THEN
        IF p_is_opt_out AND v_organization IS NOT NULL THEN
            RETURN QUERY SELECT v_outcome, NULL::bigint, o.contact_id, o.campaign_id, o.assignment_id
            FROM opt_out_cell(v_organization, p_contact_number, c.assignment_id, 'stop') o
            WHERE o.contact_id IS DISTINCT FROM c.id;
        END IF;
        IF c.id IS NOT NULL THEN
            UPDATE campaign_contact cc SET
                message_status = CASE WHEN p_is_opt_out THEN 'closed' ELSE 'needsResponse' END,
                received_count = cc.received_count + 1, updated_at = now()
            WHERE cc.id = c.id;
        END IF;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION receive_messages(p_events bigint[], p_service_ids text[], p_contact_numbers text[],
    p_user_numbers text[], p_texts text[], p_media jsonb[])
RETURNS TABLE (contact_id bigint, campaign_id bigint, assignment_id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_contacts bigint[];
BEGIN
    v_contacts := ARRAY(
        SELECT conversation_of(e.service, e.organization_id, r.contact_number, r.user_number)
        FROM unnest(p_events, p_contact_numbers, p_user_numbers)
            WITH ORDINALITY AS r (event_id, contact_number, user_number, ord)
        LEFT JOIN inbound_event e ON e.id = r.event_id
        ORDER BY r.ord);
    PERFORM 1 FROM campaign_contact cc WHERE cc.id = ANY (v_contacts) ORDER BY cc.id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH given AS (
        SELECT r.*, e.service, coalesce(cc.organization_id, e.organization_id) AS organization_id, cc.assignment_id,
            cc.id AS found_id
        FROM unnest(p_events, v_contacts, p_service_ids, p_contact_numbers, p_user_numbers, p_texts, p_media)
            AS r (event_id, contact_id, service_id, contact_number, user_number, body, media)
        JOIN inbound_event e ON e.id = r.event_id
        LEFT JOIN campaign_contact cc ON cc.id = r.contact_id
    ), stored AS (
        INSERT INTO message (campaign_contact_id, organization_id, assignment_id, user_number, contact_number,
            is_from_contact, text, media, service, service_id, send_status)
        SELECT g.found_id, g.organization_id, g.assignment_id, g.user_number, g.contact_number,
            true, g.body, g.media, g.service, g.service_id, 'DELIVERED'
        FROM given g WHERE g.organization_id IS NOT NULL ORDER BY g.event_id
        ON CONFLICT (service, service_id) WHERE service_id IS NOT NULL DO NOTHING
        RETURNING campaign_contact_id, service, service_id
    ), told AS (
        UPDATE inbound_event e SET processed_at = now(), attempts = e.attempts + 1,
            outcome = CASE
                WHEN g.organization_id IS NULL THEN 'unmatched'
                WHEN NOT EXISTS (SELECT 1 FROM stored st
                    WHERE st.service = g.service AND st.service_id = g.service_id) THEN 'duplicate'
                WHEN g.found_id IS NULL THEN 'unmatched'
                ELSE 'matched' END
        FROM given g WHERE e.id = g.event_id
    )
    UPDATE campaign_contact cc SET message_status = 'needsResponse',
        received_count = cc.received_count + n.texts, updated_at = now()
    FROM (SELECT st.campaign_contact_id, count(*)::int AS texts FROM stored st GROUP BY 1) n
    WHERE cc.id = n.campaign_contact_id
    RETURNING cc.id, cc.campaign_id, cc.assignment_id;
END $$;

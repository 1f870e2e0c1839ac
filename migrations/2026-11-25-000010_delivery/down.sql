DROP FUNCTION settle_unsent(bigint, boolean, smallint);
DROP FUNCTION settle_sent(bigint, text, text, text, int);
DROP FUNCTION claim_unknown(int, interval);
DROP FUNCTION record_outcomes(bigint[], smallint[], text[], text[], text[], int[], double precision[], smallint[], smallint);
DROP FUNCTION send_message(bigint, bigint, bigint, text, int, text, timestamptz, int, text);
DROP FUNCTION apply_receipts(bigint[], text[], bigint[], text[], int[], text[], smallint[], bigint[], text[]);
DROP FUNCTION count_deliveries(bigint[], text[], bigint[], bigint[]);
DROP FUNCTION claim_messages(int, interval, timestamptz, text[], int);
DROP FUNCTION pick_number(bigint, text, bigint, text, boolean, int);
DROP FUNCTION account_refused(bigint, int, text);
DROP FUNCTION slow_down(bigint, text, text, interval, double precision, int);
DROP FUNCTION spend_pace(bigint, text, text, int);
DROP FUNCTION pace_allowance(pace);
DROP FUNCTION pace_rate(pace);
DROP FUNCTION is_opted_out(bigint, text) CASCADE;
DROP TABLE delivery_alert, delivery_stat, cell_carrier, phone_number_day, organization_contact, pace;
DROP INDEX message_queued_idx, message_open_idx, message_dead_letter_idx;
ALTER TABLE message DROP COLUMN campaign_id, DROP COLUMN asked_at, DROP COLUMN failures, DROP COLUMN settle_attempts,
    DROP COLUMN cost_micros, DROP COLUMN dropped_at;
CREATE INDEX message_outbox_idx ON message (available_at, id) WHERE send_status IN ('QUEUED', 'SENDING');
ALTER TABLE campaign DROP COLUMN is_paused, DROP COLUMN pause_reason, DROP COLUMN late_texts;
-- As they were in migration 2.
CREATE FUNCTION send_message(
    p_actor bigint, p_contact bigint, p_assignment bigint, p_text text, p_script_version int,
    p_idempotency_key text, p_now timestamptz, p_max_length int, p_default_service text
) RETURNS TABLE (refusal text, message_id bigint, contact_id bigint, campaign_id bigint, assignment_id bigint,
    message_status text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    c campaign_contact;
    r record;
    v_initial boolean;
    v_text text;
    v_rendered text;
    v_opens timestamptz;
    v_closes timestamptz;
    v_status text;
    v_message bigint;
BEGIN
    SELECT * INTO c FROM campaign_contact cc WHERE cc.id = p_contact FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'NOT_FOUND', NULL::bigint, p_contact, NULL::bigint, NULL::bigint, NULL::text;
        RETURN;
    END IF;
    SELECT ca.is_started, ca.is_archived, ca.due_by, ca.allow_initial_edit, ca.initial_script, ca.script_version,
        ca.pass, ca.timezone, ca.override_organization_texting_hours AS hours_override,
        ca.texting_hours_enforced AS ca_enforced, ca.texting_hours_start AS ca_start, ca.texting_hours_end AS ca_end,
        o.texting_hours_enforced AS o_enforced, o.texting_hours_start AS o_start, o.texting_hours_end AS o_end,
        coalesce(o.features ->> 'service', p_default_service) AS service,
        a.user_id AS texter_id, uo.role, u.first_name, u.last_name, u.alias
    INTO r
    FROM campaign ca
    JOIN organization o ON o.id = ca.organization_id
    JOIN "user" u ON u.id = p_actor
    LEFT JOIN assignment a ON a.id = c.assignment_id
    LEFT JOIN user_organization uo ON uo.user_id = p_actor AND uo.organization_id = ca.organization_id
    WHERE ca.id = c.campaign_id;

    refusal := NULL;
    IF r.role IS NULL OR r.role = 'SUSPENDED' THEN
        refusal := 'NOT_FOUND';
    ELSIF p_idempotency_key IS NOT NULL THEN
        SELECT m.id INTO v_message FROM message m
        WHERE m.user_id = p_actor AND m.idempotency_key = p_idempotency_key AND m.campaign_contact_id = p_contact;
        IF FOUND THEN
            RETURN QUERY SELECT NULL::text, v_message, c.id, c.campaign_id, c.assignment_id, c.message_status;
            RETURN;
        END IF;
    END IF;
    IF refusal IS NULL THEN
        v_initial := c.message_status = 'needsMessage';
        IF c.assignment_id IS NULL OR c.assignment_id IS DISTINCT FROM p_assignment OR r.is_archived
            OR (r.texter_id <> p_actor AND r.role NOT IN ('SUPERVOLUNTEER', 'ADMIN', 'OWNER')) THEN
            refusal := 'SENDERR_ASSIGNMENTCHANGED';
        ELSIF NOT r.is_started THEN
            refusal := 'CAMPAIGN_NOT_STARTED';
        ELSIF c.is_opted_out OR EXISTS (
            SELECT 1 FROM opt_out oo WHERE oo.organization_id = c.organization_id AND oo.cell = c.cell) THEN
            refusal := 'SENDERR_OPTEDOUT';
        ELSIF p_script_version IS NOT NULL AND NOT v_initial THEN
            refusal := 'ALREADY_MESSAGED';
        ELSE
            SELECT w.opens_at, w.closes_at INTO v_opens, v_closes FROM texting_window(c.time_zone, r.timezone,
                r.hours_override, r.ca_enforced, r.ca_start, r.ca_end, r.o_enforced, r.o_start, r.o_end, p_now) w;
            v_text := p_text;
            IF v_opens IS NOT NULL THEN
                refusal := 'SENDERR_OFFHOURS';
            ELSIF v_initial THEN
                IF r.due_by IS NOT NULL AND p_now > r.due_by + interval '24 hours' THEN
                    refusal := 'CAMPAIGN_PAST_DUE';
                ELSIF p_script_version IS NOT NULL AND p_script_version <> r.script_version THEN
                    refusal := 'SCRIPT_CHANGED';
                ELSIF p_script_version IS NOT NULL OR NOT r.allow_initial_edit THEN
                    v_rendered := trim_space(render_script(r.initial_script, c, r.first_name, r.last_name, r.alias));
                    IF p_script_version IS NOT NULL THEN
                        v_text := v_rendered;
                    ELSIF trim_space(v_text) IS DISTINCT FROM v_rendered THEN
                        refusal := 'TEXT_EDITED';
                    END IF;
                END IF;
            ELSIF c.message_status = 'messaged' AND EXISTS (
                -- The second tap on a first message, in Spoke's form: same words, nothing from the contact since.
                SELECT 1 FROM (SELECT m.text, m.initial_pass FROM message m WHERE m.campaign_contact_id = c.id
                    ORDER BY m.id DESC LIMIT 1) last WHERE last.initial_pass IS NOT NULL AND last.text = p_text) THEN
                refusal := 'DUPLICATE_MESSAGE';
            END IF;
            IF refusal IS NULL THEN
                IF v_text IS NULL OR trim_space(v_text) = '' THEN
                    refusal := 'EMPTY_TEXT';
                ELSIF length(v_text) > p_max_length THEN
                    refusal := 'SENDERR_MAXLEN';
                END IF;
            END IF;
        END IF;
    END IF;
    IF refusal IS NOT NULL THEN
        RETURN QUERY SELECT refusal, NULL::bigint, c.id, c.campaign_id, c.assignment_id, c.message_status;
        RETURN;
    END IF;

    INSERT INTO message (campaign_contact_id, organization_id, user_id, assignment_id, contact_number,
        is_from_contact, text, service, send_status, initial_pass, idempotency_key, send_before, queued_at)
    VALUES (c.id, c.organization_id, p_actor, c.assignment_id, c.cell, false, v_text, r.service, 'QUEUED',
        CASE WHEN v_initial THEN r.pass END, p_idempotency_key, v_closes, now())
    ON CONFLICT DO NOTHING
    RETURNING id INTO v_message;
    IF v_message IS NULL THEN
        -- Either this pass has had its first message, or the key was used for another contact.
        RETURN QUERY SELECT CASE WHEN v_initial AND EXISTS (SELECT 1 FROM message m
                WHERE m.campaign_contact_id = c.id AND m.initial_pass = r.pass)
            THEN 'ALREADY_MESSAGED' ELSE 'CONFLICT' END, NULL::bigint, c.id, c.campaign_id, c.assignment_id, c.message_status;
        RETURN;
    END IF;
    -- The same rule as domain::message_status::MessageStatus::after_outgoing.
    v_status := CASE WHEN c.message_status IN ('needsResponse', 'convo') THEN 'convo' ELSE 'messaged' END;
    UPDATE campaign_contact cc SET message_status = v_status, sent_count = cc.sent_count + 1, updated_at = now()
    WHERE cc.id = c.id;
    RETURN QUERY SELECT NULL::text, v_message, c.id, c.campaign_id, c.assignment_id, v_status;
END $$;
CREATE FUNCTION claim_messages(p_limit int, p_lease interval, p_now timestamptz)
RETURNS TABLE (message_id bigint, contact_id bigint, campaign_id bigint, assignment_id bigint,
    organization_id bigint, contact_number text, user_number text, body text, service text, attempts smallint,
    send_before timestamptz, send_status text, is_resend boolean, is_open boolean)
LANGUAGE sql AS $$
    WITH due AS (
        SELECT m.id, m.send_status = 'SENDING' AS is_resend FROM message m
        WHERE m.send_status IN ('QUEUED', 'SENDING') AND m.available_at <= now()
        ORDER BY m.available_at, m.id LIMIT p_limit FOR UPDATE OF m SKIP LOCKED
    ), judged AS (
        SELECT m.id, due.is_resend, cc.campaign_id, cc.assignment_id, w.opens_at, w.closes_at,
            CASE
                WHEN NOT m.is_opt_out_confirmation AND (cc.is_opted_out OR EXISTS (SELECT 1 FROM opt_out oo
                    WHERE oo.organization_id = m.organization_id AND oo.cell = m.contact_number)) THEN -133
                WHEN ca.is_archived THEN -101
            END AS refused
        FROM due JOIN message m ON m.id = due.id
        JOIN campaign_contact cc ON cc.id = m.campaign_contact_id
        JOIN campaign ca ON ca.id = cc.campaign_id
        JOIN organization o ON o.id = m.organization_id
        CROSS JOIN LATERAL texting_window(cc.time_zone, ca.timezone, ca.override_organization_texting_hours,
            ca.texting_hours_enforced, ca.texting_hours_start, ca.texting_hours_end,
            o.texting_hours_enforced, o.texting_hours_start, o.texting_hours_end, p_now) w
    )
    UPDATE message m SET
        send_status = CASE
            WHEN j.refused IS NOT NULL THEN CASE WHEN j.is_resend THEN 'UNKNOWN' ELSE 'NOT_ATTEMPTED' END
            WHEN j.opens_at IS NOT NULL AND NOT j.is_resend THEN 'QUEUED'
            ELSE 'SENDING' END,
        error_code = coalesce(j.refused, m.error_code),
        available_at = CASE WHEN j.opens_at IS NOT NULL AND NOT j.is_resend THEN now() + (j.opens_at - p_now)
            ELSE now() + p_lease END,
        attempts = m.attempts
            + CASE WHEN j.refused IS NULL AND (j.opens_at IS NULL OR j.is_resend) THEN 1 ELSE 0 END,
        send_before = coalesce(j.closes_at, m.send_before)
    FROM judged j WHERE m.id = j.id
    RETURNING m.id, m.campaign_contact_id, j.campaign_id, j.assignment_id, m.organization_id, m.contact_number,
        m.user_number, m.text, m.service, m.attempts, m.send_before, m.send_status, j.is_resend,
        j.opens_at IS NULL
$$;
CREATE FUNCTION apply_receipts(p_events bigint[], p_service_ids text[], p_messages bigint[], p_statuses text[],
    p_error_codes int[])
RETURNS TABLE (contact_id bigint, campaign_id bigint, assignment_id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_matches bigint[];
BEGIN
    v_matches := ARRAY(
        SELECT coalesce(named.id, numbered.id)
        FROM unnest(p_events, p_service_ids, p_messages) WITH ORDINALITY AS r (event_id, service_id, message_id, ord)
        LEFT JOIN inbound_event e ON e.id = r.event_id
        LEFT JOIN LATERAL (SELECT m.id FROM message m
            WHERE m.service = e.service AND m.service_id = r.service_id AND NOT m.is_from_contact
                AND (e.organization_id IS NULL OR m.organization_id = e.organization_id)) named ON true
        LEFT JOIN LATERAL (SELECT m.id FROM message m
            WHERE named.id IS NULL AND m.id = r.message_id AND m.service = e.service AND m.service_id IS NULL
                AND NOT m.is_from_contact
                AND (e.organization_id IS NULL OR m.organization_id = e.organization_id)) numbered ON true
        ORDER BY r.ord);
    PERFORM 1 FROM campaign_contact cc
    WHERE cc.id IN (SELECT m.campaign_contact_id FROM message m WHERE m.id = ANY (v_matches))
    ORDER BY cc.id FOR NO KEY UPDATE;
    -- Texts by id too: what a sender writes down of the same texts (message/record.sql) takes them in this order.
    PERFORM 1 FROM message m WHERE m.id = ANY (v_matches) ORDER BY m.id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH given AS (
        SELECT r.*, CASE r.status WHEN 'DELIVERED' THEN 2 WHEN 'ERROR' THEN 1 ELSE 0 END AS rank
        FROM unnest(p_events, v_matches, p_service_ids, p_statuses, p_error_codes)
            AS r (event_id, message_id, service_id, status, error_code)
    ), best AS (
        SELECT DISTINCT ON (g.message_id) g.* FROM given g WHERE g.message_id IS NOT NULL
        ORDER BY g.message_id, g.rank DESC, g.event_id
    ), changed AS (
        UPDATE message m SET send_status = b.status, service_id = coalesce(m.service_id, b.service_id),
            error_code = CASE WHEN b.status = 'ERROR' THEN coalesce(b.error_code, -1) END,
            sent_at = coalesce(m.sent_at, now()), service_response_at = now()
        FROM best b
        WHERE m.id = b.message_id AND (
            (b.status = 'DELIVERED' AND m.send_status <> 'DELIVERED')
            OR (b.status = 'ERROR' AND m.send_status NOT IN ('DELIVERED', 'ERROR'))
            OR (b.status = 'SENT' AND m.send_status NOT IN ('DELIVERED', 'ERROR', 'SENT')))
        RETURNING m.id, m.campaign_contact_id, m.send_status, m.error_code, b.event_id
    ), marked AS (
        UPDATE campaign_contact cc SET error_code = l.error_code
        FROM (SELECT DISTINCT ON (ch.campaign_contact_id) ch.campaign_contact_id, ch.error_code FROM changed ch
            WHERE ch.send_status IN ('DELIVERED', 'ERROR') ORDER BY ch.campaign_contact_id, ch.id DESC) l
        WHERE cc.id = l.campaign_contact_id AND cc.error_code IS DISTINCT FROM l.error_code
    ), told AS (
        UPDATE inbound_event e SET attempts = e.attempts + 1,
            outcome = CASE WHEN g.message_id IS NULL THEN 'unmatched'
                WHEN EXISTS (SELECT 1 FROM changed ch WHERE ch.event_id = e.id) THEN 'matched'
                ELSE 'duplicate' END,
            processed_at = CASE WHEN g.message_id IS NULL AND e.attempts < 8 THEN NULL ELSE now() END,
            available_at = now() + make_interval(secs => power(2, least(e.attempts, 10)))
        FROM given g WHERE e.id = g.event_id
    )
    SELECT DISTINCT cc.id, cc.campaign_id, cc.assignment_id
    FROM changed ch JOIN campaign_contact cc ON cc.id = ch.campaign_contact_id;
END $$;
DROP FUNCTION texting_window(text, text, campaign, organization, timestamptz);
ALTER TABLE campaign_contact DROP COLUMN state;

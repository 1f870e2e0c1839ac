-- The verbs of texting that must be one round trip and one transaction each. They state who may do what under row
-- locks; each later statement of a function sees what was committed while it waited for the lock.

CREATE FUNCTION contact_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One contact that stays where it is: every send and every reply. Nothing is grouped and nothing inserted, which
    -- costs half of what the general way below costs (docs/performance.md).
    IF TG_OP = 'UPDATE' THEN
        IF (SELECT count(*) FROM new_rows) = 1 THEN
            UPDATE contact_count c SET
                needs_message = c.needs_message + (n.message_status = 'needsMessage' AND NOT n.is_opted_out)::int
                    - (o.message_status = 'needsMessage' AND NOT o.is_opted_out)::int,
                messaged = c.messaged + (n.message_status = 'messaged' AND NOT n.is_opted_out)::int
                    - (o.message_status = 'messaged' AND NOT o.is_opted_out)::int,
                needs_response = c.needs_response + (n.message_status = 'needsResponse' AND NOT n.is_opted_out)::int
                    - (o.message_status = 'needsResponse' AND NOT o.is_opted_out)::int,
                convo = c.convo + (n.message_status = 'convo' AND NOT n.is_opted_out)::int
                    - (o.message_status = 'convo' AND NOT o.is_opted_out)::int,
                closed = c.closed + (n.message_status = 'closed' AND NOT n.is_opted_out)::int
                    - (o.message_status = 'closed' AND NOT o.is_opted_out)::int,
                opted_out = c.opted_out + n.is_opted_out::int - o.is_opted_out::int,
                failed = c.failed + (n.error_code IS NOT NULL)::int - (o.error_code IS NOT NULL)::int,
                messages_sent = c.messages_sent + n.sent_count - o.sent_count,
                messages_received = c.messages_received + n.received_count - o.received_count
            FROM old_rows o, new_rows n
            WHERE o.assignment_id IS NOT DISTINCT FROM n.assignment_id AND o.time_zone = n.time_zone
                AND o.campaign_id = n.campaign_id AND c.assignment_id = coalesce(n.assignment_id, 0)
                AND c.campaign_id = n.campaign_id AND c.time_zone = n.time_zone;
            IF FOUND THEN
                RETURN NULL;
            END IF;
        END IF;
    END IF;
    -- Groups are taken in one order, so that two statements cannot block each other.
    IF TG_OP = 'INSERT' THEN
        INSERT INTO contact_count AS c (campaign_id, assignment_id, time_zone, total, needs_message, messaged,
            needs_response, convo, closed, opted_out, failed, messages_sent, messages_received)
        SELECT r.campaign_id, coalesce(r.assignment_id, 0), r.time_zone, count(*),
            count(*) FILTER (WHERE r.message_status = 'needsMessage' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.message_status = 'messaged' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.message_status = 'needsResponse' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.message_status = 'convo' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.message_status = 'closed' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.is_opted_out),
            count(*) FILTER (WHERE r.error_code IS NOT NULL),
            sum(r.sent_count), sum(r.received_count)
        FROM new_rows r GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (assignment_id, campaign_id, time_zone) DO UPDATE SET
            total = c.total + excluded.total,
            needs_message = c.needs_message + excluded.needs_message,
            messaged = c.messaged + excluded.messaged,
            needs_response = c.needs_response + excluded.needs_response,
            convo = c.convo + excluded.convo,
            closed = c.closed + excluded.closed,
            opted_out = c.opted_out + excluded.opted_out,
            failed = c.failed + excluded.failed,
            messages_sent = c.messages_sent + excluded.messages_sent,
            messages_received = c.messages_received + excluded.messages_received;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE contact_count c SET
            total = c.total - d.total,
            needs_message = c.needs_message - d.needs_message,
            messaged = c.messaged - d.messaged,
            needs_response = c.needs_response - d.needs_response,
            convo = c.convo - d.convo,
            closed = c.closed - d.closed,
            opted_out = c.opted_out - d.opted_out,
            failed = c.failed - d.failed,
            messages_sent = c.messages_sent - d.messages_sent,
            messages_received = c.messages_received - d.messages_received
        FROM (
            SELECT r.campaign_id, coalesce(r.assignment_id, 0) AS assignment_id, r.time_zone, count(*) AS total,
                count(*) FILTER (WHERE r.message_status = 'needsMessage' AND NOT r.is_opted_out) AS needs_message,
                count(*) FILTER (WHERE r.message_status = 'messaged' AND NOT r.is_opted_out) AS messaged,
                count(*) FILTER (WHERE r.message_status = 'needsResponse' AND NOT r.is_opted_out) AS needs_response,
                count(*) FILTER (WHERE r.message_status = 'convo' AND NOT r.is_opted_out) AS convo,
                count(*) FILTER (WHERE r.message_status = 'closed' AND NOT r.is_opted_out) AS closed,
                count(*) FILTER (WHERE r.is_opted_out) AS opted_out,
                count(*) FILTER (WHERE r.error_code IS NOT NULL) AS failed,
                sum(r.sent_count) AS messages_sent, sum(r.received_count) AS messages_received
            FROM old_rows r GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ) d
        WHERE c.assignment_id = d.assignment_id AND c.campaign_id = d.campaign_id AND c.time_zone = d.time_zone;
    ELSE
        INSERT INTO contact_count AS c (campaign_id, assignment_id, time_zone, total, needs_message, messaged,
            needs_response, convo, closed, opted_out, failed, messages_sent, messages_received)
        SELECT r.campaign_id, coalesce(r.assignment_id, 0), r.time_zone, sum(r.n),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'needsMessage' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'messaged' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'needsResponse' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'convo' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'closed' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.error_code IS NOT NULL), 0),
            sum(r.n * r.sent_count), sum(r.n * r.received_count)
        FROM (
            SELECT -1 AS n, o.campaign_id, o.assignment_id, o.time_zone, o.message_status, o.is_opted_out,
                o.error_code, o.sent_count, o.received_count
            FROM old_rows o
            UNION ALL
            SELECT 1, n.campaign_id, n.assignment_id, n.time_zone, n.message_status, n.is_opted_out,
                n.error_code, n.sent_count, n.received_count
            FROM new_rows n
        ) r GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (assignment_id, campaign_id, time_zone) DO UPDATE SET
            total = c.total + excluded.total,
            needs_message = c.needs_message + excluded.needs_message,
            messaged = c.messaged + excluded.messaged,
            needs_response = c.needs_response + excluded.needs_response,
            convo = c.convo + excluded.convo,
            closed = c.closed + excluded.closed,
            opted_out = c.opted_out + excluded.opted_out,
            failed = c.failed + excluded.failed,
            messages_sent = c.messages_sent + excluded.messages_sent,
            messages_received = c.messages_received + excluded.messages_received;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER contact_count_insert AFTER INSERT ON campaign_contact
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION contact_count_change();
CREATE TRIGGER contact_count_update AFTER UPDATE ON campaign_contact
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION contact_count_change();
CREATE TRIGGER contact_count_delete AFTER DELETE ON campaign_contact
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION contact_count_change();

-- White space off both ends, line breaks included: btrim alone takes spaces only.
CREATE FUNCTION trim_space(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(p_text, E' \t\n\x0b\f\r\u0085\u00a0\u2028\u2029\u202f\u3000')
$$;

-- A zone that PostgreSQL does not know would stop every claim that meets it: no such row gets in.
ALTER TABLE campaign ADD CONSTRAINT campaign_timezone_known
    CHECK (timezone(timezone, timestamptz '2000-01-01 00:00:00+00') IS NOT NULL);

-- The same for contacts, and that a cell is E.164. Not as CHECK constraints: PostgreSQL reads those anew for every
-- UPDATE of the table, also of other columns, which cost a tenth of a send (docs/performance.md).
CREATE FUNCTION check_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cell !~ '^\+[1-9][0-9]{6,14}$' THEN
        RAISE check_violation USING MESSAGE = 'campaign_contact.cell must be E.164';
    END IF;
    IF NEW.time_zone <> '' AND timezone(NEW.time_zone, timestamptz '2000-01-01 00:00:00+00') IS NULL THEN
        RAISE check_violation USING MESSAGE = 'campaign_contact.time_zone must be a time zone';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_contact BEFORE INSERT OR UPDATE OF cell, time_zone ON campaign_contact
    FOR EACH ROW EXECUTE FUNCTION check_contact();

-- The same rule as domain::script::capitalize_name. In plpgsql, like all that is called per text: a function in SQL
-- that cannot be inlined is planned anew at every call.
CREATE FUNCTION capitalize_name(p_name text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_name text := trim_space(p_name);
BEGIN
    IF v_name ~ '^[[:upper:]].*[[:lower:]]' THEN
        RETURN v_name;
    END IF;
    RETURN upper(left(v_name, 1)) || lower(substr(v_name, 2));
END $$;

CREATE FUNCTION base62(p_number bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_digits CONSTANT text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    v_rest bigint := p_number;
    v_text text := '';
BEGIN
    LOOP
        v_text := substr(v_digits, (v_rest % 62)::int + 1, 1) || v_text;
        v_rest := v_rest / 62;
        EXIT WHEN v_rest = 0;
    END LOOP;
    RETURN v_text;
END $$;

-- Renders a script stored as literal, token, literal, ... (domain::script::Script::parts). Values are put in as
-- they are; nothing in a value is interpreted.
CREATE FUNCTION render_script(p_parts text[], p_contact campaign_contact, p_first text, p_last text, p_alias text)
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_text text := '';
    v_part text;
    v_is_token boolean := false;
BEGIN
    FOREACH v_part IN ARRAY p_parts LOOP
        IF v_is_token THEN
            v_text := v_text || coalesce(CASE v_part
                WHEN 'firstName' THEN capitalize_name(p_contact.first_name)
                WHEN 'lastName' THEN capitalize_name(p_contact.last_name)
                WHEN 'cell' THEN p_contact.cell
                WHEN 'zip' THEN p_contact.zip
                WHEN 'external_id' THEN p_contact.external_id
                WHEN 'contactId' THEN p_contact.id::text
                WHEN 'contactIdBase62' THEN base62(p_contact.id)
                WHEN 'texterFirstName' THEN capitalize_name(p_first)
                WHEN 'texterLastName' THEN capitalize_name(p_last)
                WHEN 'texterAliasOrFirstName' THEN coalesce(nullif(trim_space(p_alias), ''), capitalize_name(p_first))
                ELSE p_contact.custom_fields ->> v_part
            END, '');
        ELSE
            v_text := v_text || v_part;
        END IF;
        v_is_token := NOT v_is_token;
    END LOOP;
    RETURN v_text;
END $$;

-- The texting hours that hold for a contact: the campaign's where it overrides, else the organization's.
-- opens_at is null when texting is allowed now; closes_at is null when hours are not enforced.
CREATE FUNCTION texting_window(
    p_contact_zone text, p_campaign_zone text, p_override boolean,
    p_campaign_enforced boolean, p_campaign_start int, p_campaign_end int,
    p_org_enforced boolean, p_org_start int, p_org_end int, p_now timestamptz,
    OUT opens_at timestamptz, OUT closes_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_zone text := coalesce(nullif(p_contact_zone, ''), p_campaign_zone);
    v_enforced boolean := CASE WHEN p_override THEN p_campaign_enforced ELSE p_org_enforced END;
    v_start int := CASE WHEN p_override THEN p_campaign_start ELSE p_org_start END;
    v_end int := CASE WHEN p_override THEN p_campaign_end ELSE p_org_end END;
    v_local timestamp;
    v_hour int;
BEGIN
    IF NOT v_enforced THEN
        RETURN;
    END IF;
    v_local := p_now AT TIME ZONE v_zone;
    v_hour := extract(hour FROM v_local);
    IF v_hour < v_start THEN
        opens_at := (date_trunc('day', v_local) + make_interval(hours => v_start)) AT TIME ZONE v_zone;
    ELSIF v_hour >= v_end THEN
        opens_at := (date_trunc('day', v_local) + interval '1 day' + make_interval(hours => v_start)) AT TIME ZONE v_zone;
    ELSE
        closes_at := (date_trunc('day', v_local) + make_interval(hours => v_end)) AT TIME ZONE v_zone;
    END IF;
END $$;

-- Queues one text from a person to a contact, or says why not and changes nothing.
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

-- Opts a cell out of an organization: in one transaction the fact is stored, every contact with that cell is
-- marked under its row lock (which sendMessage takes too) and what waits to be sent is taken back.
-- All who lock several things take contacts by id, then the opt-out, then messages, then counts: no circles.
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

-- Takes texts to send under a lease. Each is judged again here: taken back when the contact has opted out or the
-- campaign was archived, held until texting hours open again, else handed to the caller.
--
-- A text found in state SENDING is one whose sender died or stalled: it may have left. It is handed over as
-- is_resend, never back to QUEUED (it would go out a second time when hours open) nor NOT_ATTEMPTED.
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

-- The conversation that a text from a cell belongs to: the latest, over the same number where there is one.
CREATE FUNCTION conversation_of(p_service text, p_organization bigint, p_contact_number text, p_user_number text)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT cc.id FROM campaign_contact cc
    JOIN LATERAL (SELECT m.id, m.user_number FROM message m
        WHERE m.campaign_contact_id = cc.id AND NOT m.is_from_contact AND m.service = p_service
        ORDER BY m.id DESC LIMIT 1) last ON true
    WHERE cc.cell = p_contact_number AND (p_organization IS NULL OR cc.organization_id = p_organization)
    ORDER BY last.user_number = p_user_number DESC, last.id DESC LIMIT 1
$$;

-- Stores a text from a contact and all that follows from it, once per vendor's id. The first row tells what became
-- of the event; a request to stop adds a row for every other contact with that cell.
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

-- Stores many texts from contacts at once, none of them a request to stop: the same as receive_message for each, in
-- one set of locks. Returns the contacts that changed.
CREATE FUNCTION receive_messages(p_events bigint[], p_service_ids text[], p_contact_numbers text[],
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

-- Applies delivery reports, many at once. A state never goes back; delivered beats failed (domain::send_status).
-- A report that finds no text is looked at again for some minutes: it may have overtaken the answer that carries
-- the vendor's id. Any report is proof that the text left, whatever we thought.
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

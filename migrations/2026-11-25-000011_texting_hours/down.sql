-- Contacts who may be in several zones keep the likeliest.
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
CREATE OR REPLACE FUNCTION texting_window(p_zone text, p_state text, ca campaign, o organization, p_now timestamptz,
    OUT opens_at timestamptz, OUT closes_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT w.opens_at, w.closes_at INTO opens_at, closes_at FROM texting_window(p_zone, ca.timezone,
        ca.override_organization_texting_hours, ca.texting_hours_enforced, ca.texting_hours_start, ca.texting_hours_end,
        o.texting_hours_enforced, o.texting_hours_start, o.texting_hours_end, p_now) w;
END $$;
DROP FUNCTION law_in_force(bigint, text);
DROP FUNCTION zone_window(text, smallint[], smallint[], timestamptz);
UPDATE campaign_contact SET time_zone = split_part(time_zone, ' ', 1) WHERE time_zone LIKE '% %';
CREATE OR REPLACE FUNCTION contact_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TEMP TABLE merged ON COMMIT DROP AS
    SELECT campaign_id, assignment_id, time_zone, sum(total) AS total, sum(needs_message) AS needs_message,
        sum(messaged) AS messaged, sum(needs_response) AS needs_response, sum(convo) AS convo, sum(closed) AS closed,
        sum(opted_out) AS opted_out, sum(failed) AS failed, sum(messages_sent) AS messages_sent,
        sum(messages_received) AS messages_received
    FROM contact_count GROUP BY 1, 2, 3;
TRUNCATE contact_count;
ALTER TABLE contact_count DROP CONSTRAINT contact_count_pkey,
    DROP COLUMN state,
    ADD PRIMARY KEY (assignment_id, campaign_id, time_zone);
INSERT INTO contact_count (campaign_id, assignment_id, time_zone, total, needs_message, messaged, needs_response, convo,
    closed, opted_out, failed, messages_sent, messages_received) TABLE merged;
CREATE OR REPLACE FUNCTION check_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cell !~ '^\+[1-9][0-9]{6,14}$' THEN
        RAISE check_violation USING MESSAGE = 'campaign_contact.cell must be E.164';
    END IF;
    IF NEW.time_zone <> '' AND timezone(NEW.time_zone, timestamptz '2000-01-01 00:00:00+00') IS NULL THEN
        RAISE check_violation USING MESSAGE = 'campaign_contact.time_zone must be a time zone';
    END IF;
    RETURN NEW;
END $$;
DROP TABLE organization_texting_hours;
DROP FUNCTION has_own_law_hours_change;
ALTER TABLE organization DROP COLUMN has_own_law_hours;
DROP TABLE law_texting_hours;

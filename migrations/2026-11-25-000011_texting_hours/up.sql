-- The hours in which the law lets texts be sent, as data with source and date; what an organization makes of them; and
-- the one window of a contact: its campaign's or organization's own hours, everybody's by law, and its state's, in
-- every time zone that it may be in (R19). The same rule as domain::texting_hours; a test walks both.

-- The same rows as crates/domain/data/texting_hours.tsv; a test holds them equal. Seven hours each, Monday first; equal
-- start and end: not on that day.
CREATE TABLE law_texting_hours (
    place text PRIMARY KEY CHECK (place ~ '^[A-Z]{2}$'),
    start_hours smallint[] NOT NULL CHECK (cardinality(start_hours) = 7),
    end_hours smallint[] NOT NULL CHECK (cardinality(end_hours) = 7),
    source text NOT NULL,
    as_of date NOT NULL
);
INSERT INTO law_texting_hours (place, start_hours, end_hours, source, as_of) VALUES
    ('US', '{8,8,8,8,8,8,8}', '{21,21,21,21,21,21,21}', '47 CFR 64.1200(c)(1)', '2026-04-08'),
    ('AL', '{8,8,8,8,8,8,0}', '{20,20,20,20,20,20,0}', 'Ala. Code 8-19A; Ala. Admin. Code 770-X-5-.17 (D, S)', '2026-04-08'),
    ('CT', '{9,9,9,9,9,9,9}', '{20,20,20,20,20,20,20}', 'Conn. Gen. Stat. 42-288a (D, R, S)', '2026-04-08'),
    ('FL', '{8,8,8,8,8,8,8}', '{20,20,20,20,20,20,20}', 'Fla. Stat. 501.059, 501.616 (D, R, S)', '2026-04-08'),
    ('KY', '{10,10,10,10,10,10,10}', '{21,21,21,21,21,21,21}', 'KRS 367.46955 (D, S)', '2026-04-08'),
    ('LA', '{8,8,8,8,8,8,0}', '{20,20,20,20,20,20,0}', 'La. R.S. 45:844.31; La. PSC General Order R-29617 (D, S)', '2026-04-08'),
    ('MA', '{8,8,8,8,8,8,8}', '{20,20,20,20,20,20,20}', 'Mass. Gen. Laws ch. 159C; 201 CMR 12.00 (D, S)', '2026-04-08'),
    ('MD', '{8,8,8,8,8,8,8}', '{20,20,20,20,20,20,20}', 'Md. Code Com. Law 14-3201 (D, R, S)', '2026-04-08'),
    ('MI', '{9,9,9,9,9,9,9}', '{21,21,21,21,21,21,21}', 'MCL 750.540e (D, S)', '2026-04-08'),
    ('MN', '{9,9,9,9,9,9,9}', '{21,21,21,21,21,21,21}', 'Minn. Stat. 325E.30 (D, S)', '2026-04-08'),
    ('MS', '{8,8,8,8,8,8,0}', '{20,20,20,20,20,20,0}', 'D, R; Sunday by D alone', '2025-11-01'),
    ('NJ', '{8,8,8,8,8,8,8}', '{20,20,20,20,20,20,20}', 'N.J.S.A. 56:8-119 and following (R)', '2025-11-01'),
    ('NM', '{9,9,9,9,9,9,9}', '{21,21,21,21,21,21,21}', 'D', '2025-11-01'),
    ('NV', '{9,9,9,9,9,9,9}', '{20,20,20,20,20,20,20}', 'D', '2025-11-01'),
    ('OK', '{8,8,8,8,8,8,8}', '{20,20,20,20,20,20,20}', 'Okla. Stat. tit. 15, 775C.4 (D, R)', '2025-11-01'),
    ('RI', '{9,9,9,9,9,10,10}', '{18,18,18,18,18,17,17}', 'D, R', '2025-11-01'),
    ('TX', '{9,9,9,9,9,9,12}', '{21,21,21,21,21,21,21}', 'Tex. Bus. & Com. Code ch. 302, by SB 140 (R)', '2025-11-01');

-- What an organization says instead, for everybody (US) or for a state. Nothing is deleted: a row that no longer holds
-- says since when and by whom, so that the table is the record as well.
CREATE TABLE organization_texting_hours (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id bigint NOT NULL REFERENCES organization ON DELETE CASCADE,
    place text NOT NULL CHECK (place ~ '^[A-Z]{2}$'),
    start_hours smallint[] NOT NULL CHECK (cardinality(start_hours) = 7),
    end_hours smallint[] NOT NULL CHECK (cardinality(end_hours) = 7),
    -- Texts may go at an hour at which the law's row does not let them.
    is_looser boolean NOT NULL,
    note text NOT NULL DEFAULT '',
    set_by bigint REFERENCES "user" ON DELETE SET NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    ended_by bigint REFERENCES "user" ON DELETE SET NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX organization_texting_hours_in_force_idx ON organization_texting_hours (organization_id, place)
    WHERE ended_at IS NULL;
-- Whether any were ever set, kept by a trigger: nearly everybody never sets any and is spared the look at each text
-- (docs/performance.md).
ALTER TABLE organization ADD COLUMN has_own_law_hours boolean NOT NULL DEFAULT false;
CREATE FUNCTION has_own_law_hours_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE organization SET has_own_law_hours = true WHERE id = NEW.organization_id AND NOT has_own_law_hours;
    RETURN NULL;
END $$;
CREATE TRIGGER has_own_law_hours AFTER INSERT OR UPDATE ON organization_texting_hours
    FOR EACH ROW EXECUTE FUNCTION has_own_law_hours_change();
CREATE INDEX organization_texting_hours_set_by_idx ON organization_texting_hours (set_by);
CREATE INDEX organization_texting_hours_ended_by_idx ON organization_texting_hours (ended_by);

-- A contact may be in one of several zones: names with a space between.
CREATE OR REPLACE FUNCTION check_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cell !~ '^\+[1-9][0-9]{6,14}$' THEN
        RAISE check_violation USING MESSAGE = 'campaign_contact.cell must be E.164';
    END IF;
    IF NEW.time_zone <> '' THEN
        -- An unknown zone raises an error of its own.
        PERFORM timezone(zone, timestamptz '2000-01-01 00:00:00+00')
        FROM unnest(string_to_array(NEW.time_zone, ' ')) AS zone;
    END IF;
    RETURN NEW;
END $$;

-- Counts are kept by state too: whose hours are open depends on it. Contacts of before have none, which is the counts'
-- default.
ALTER TABLE contact_count ADD COLUMN state text NOT NULL DEFAULT '';
ALTER TABLE contact_count DROP CONSTRAINT contact_count_pkey,
    ADD PRIMARY KEY (assignment_id, campaign_id, time_zone, state);
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
                AND o.state = n.state
                AND o.campaign_id = n.campaign_id AND c.assignment_id = coalesce(n.assignment_id, 0)
                AND c.campaign_id = n.campaign_id AND c.time_zone = n.time_zone AND c.state = n.state;
            IF FOUND THEN
                RETURN NULL;
            END IF;
        END IF;
    END IF;
    -- Groups are taken in one order, so that two statements cannot block each other.
    IF TG_OP = 'INSERT' THEN
        INSERT INTO contact_count AS c (campaign_id, assignment_id, time_zone, state, total, needs_message, messaged,
            needs_response, convo, closed, opted_out, failed, messages_sent, messages_received)
        SELECT r.campaign_id, coalesce(r.assignment_id, 0), r.time_zone, r.state, count(*),
            count(*) FILTER (WHERE r.message_status = 'needsMessage' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.message_status = 'messaged' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.message_status = 'needsResponse' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.message_status = 'convo' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.message_status = 'closed' AND NOT r.is_opted_out),
            count(*) FILTER (WHERE r.is_opted_out),
            count(*) FILTER (WHERE r.error_code IS NOT NULL),
            sum(r.sent_count), sum(r.received_count)
        FROM new_rows r GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (assignment_id, campaign_id, time_zone, state) DO UPDATE SET
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
            SELECT r.campaign_id, coalesce(r.assignment_id, 0) AS assignment_id, r.time_zone, r.state, count(*) AS total,
                count(*) FILTER (WHERE r.message_status = 'needsMessage' AND NOT r.is_opted_out) AS needs_message,
                count(*) FILTER (WHERE r.message_status = 'messaged' AND NOT r.is_opted_out) AS messaged,
                count(*) FILTER (WHERE r.message_status = 'needsResponse' AND NOT r.is_opted_out) AS needs_response,
                count(*) FILTER (WHERE r.message_status = 'convo' AND NOT r.is_opted_out) AS convo,
                count(*) FILTER (WHERE r.message_status = 'closed' AND NOT r.is_opted_out) AS closed,
                count(*) FILTER (WHERE r.is_opted_out) AS opted_out,
                count(*) FILTER (WHERE r.error_code IS NOT NULL) AS failed,
                sum(r.sent_count) AS messages_sent, sum(r.received_count) AS messages_received
            FROM old_rows r GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ) d
        WHERE c.assignment_id = d.assignment_id AND c.campaign_id = d.campaign_id AND c.time_zone = d.time_zone
            AND c.state = d.state;
    ELSE
        INSERT INTO contact_count AS c (campaign_id, assignment_id, time_zone, state, total, needs_message, messaged,
            needs_response, convo, closed, opted_out, failed, messages_sent, messages_received)
        SELECT r.campaign_id, coalesce(r.assignment_id, 0), r.time_zone, r.state, sum(r.n),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'needsMessage' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'messaged' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'needsResponse' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'convo' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.message_status = 'closed' AND NOT r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.is_opted_out), 0),
            coalesce(sum(r.n) FILTER (WHERE r.error_code IS NOT NULL), 0),
            sum(r.n * r.sent_count), sum(r.n * r.received_count)
        FROM (
            SELECT -1 AS n, o.campaign_id, o.assignment_id, o.time_zone, o.state, o.message_status, o.is_opted_out,
                o.error_code, o.sent_count, o.received_count
            FROM old_rows o
            UNION ALL
            SELECT 1, n.campaign_id, n.assignment_id, n.time_zone, n.state, n.message_status, n.is_opted_out,
                n.error_code, n.sent_count, n.received_count
            FROM new_rows n
        ) r GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (assignment_id, campaign_id, time_zone, state) DO UPDATE SET
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

-- The window of one zone. p_starts and p_ends: seven hours, Monday first. opens_at is null when texting is allowed now,
-- and the year 9999 when it never is. Where clocks are put back over a start or an end, the first of the two instants
-- counts; where they are put forward over it, the instant at which they are.
CREATE FUNCTION zone_window(p_zone text, p_starts smallint[], p_ends smallint[], p_now timestamptz,
    OUT opens_at timestamptz, OUT closes_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_local timestamp := p_now AT TIME ZONE p_zone;
    v_day int := extract(isodow FROM v_local);
    v_hour int := extract(hour FROM v_local);
    v_at timestamp;
BEGIN
    IF v_hour >= p_starts[v_day] AND v_hour < p_ends[v_day] THEN
        v_at := date_trunc('day', v_local) + make_interval(hours => p_ends[v_day]);
        closes_at := v_at AT TIME ZONE p_zone;
        IF (closes_at - interval '1 hour') AT TIME ZONE p_zone = v_at THEN
            closes_at := closes_at - interval '1 hour';
        END IF;
        RETURN;
    END IF;
    FOR v_ahead IN 0..8 LOOP
        IF p_starts[v_day] < p_ends[v_day] THEN
            v_at := date_trunc('day', v_local) + make_interval(days => v_ahead, hours => p_starts[v_day]);
            opens_at := v_at AT TIME ZONE p_zone;
            IF (opens_at - interval '1 hour') AT TIME ZONE p_zone = v_at THEN
                opens_at := opens_at - interval '1 hour';
            END IF;
            -- Clocks that are put forward can skip all of a day's hours.
            IF opens_at > p_now AND extract(hour FROM opens_at AT TIME ZONE p_zone) < p_ends[v_day] THEN
                RETURN;
            END IF;
        END IF;
        v_day := v_day % 7 + 1;
    END LOOP;
    opens_at := timestamptz '9999-01-01 00:00:00+00';
END $$;

-- Everybody's hours by law and a state's, each as the organization has it. Inlined where it is used.
CREATE FUNCTION law_in_force(p_organization bigint, p_state text)
RETURNS TABLE (start_hours smallint[], end_hours smallint[]) LANGUAGE sql STABLE AS $$
    SELECT l.start_hours, l.end_hours FROM law_texting_hours l
    WHERE l.place IN ('US', p_state) AND NOT EXISTS (SELECT 1 FROM organization_texting_hours h
        WHERE h.organization_id = p_organization AND h.ended_at IS NULL AND h.place = l.place)
    UNION ALL
    SELECT h.start_hours, h.end_hours FROM organization_texting_hours h
    WHERE h.organization_id = p_organization AND h.ended_at IS NULL AND h.place IN ('US', p_state)
$$;

-- opens_at is null when texting is allowed now, the year 9999 when it never is; closes_at is null when there is no limit.
CREATE OR REPLACE FUNCTION texting_window(p_zone text, p_state text, ca campaign, o organization, p_now timestamptz,
    OUT opens_at timestamptz, OUT closes_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_start smallint := 0;
    v_end smallint := 24;
    v_starts smallint[];
    v_ends smallint[];
    v_law record;
    v_zones text := coalesce(nullif(p_zone, ''), ca.timezone);
    v_zone text;
    v_at timestamptz := p_now;
    v_later timestamptz;
    v_local timestamp;
    v_day int;
    v_hour int;
    v_from int;
    v_until int;
    w record;
BEGIN
    IF ca.override_organization_texting_hours THEN
        IF ca.texting_hours_enforced THEN
            v_start := ca.texting_hours_start;
            v_end := ca.texting_hours_end;
        END IF;
    ELSIF o.texting_hours_enforced THEN
        v_start := o.texting_hours_start;
        v_end := o.texting_hours_end;
    END IF;
    -- The usual question, answered from today's hours alone: one zone, and open.
    IF strpos(v_zones, ' ') = 0 THEN
        v_local := p_now AT TIME ZONE v_zones;
        v_day := extract(isodow FROM v_local);
        v_hour := extract(hour FROM v_local);
        IF v_hour >= v_start AND v_hour < v_end THEN
            IF o.has_own_law_hours THEN
                SELECT greatest(v_start, max(r.start_hours[v_day])), least(v_end, min(r.end_hours[v_day]))
                INTO v_from, v_until FROM law_in_force(o.id, p_state) r;
            ELSE
                SELECT greatest(v_start, max(l.start_hours[v_day])), least(v_end, min(l.end_hours[v_day]))
                INTO v_from, v_until FROM law_texting_hours l WHERE l.place IN ('US', p_state);
            END IF;
            -- An end in the small hours may be within a change of clocks, and one at 24 may be no end: those are looked at
            -- below.
            IF v_hour >= v_from AND v_hour < v_until AND v_until BETWEEN 6 AND 23 THEN
                closes_at := (date_trunc('day', v_local) + make_interval(hours => v_until)) AT TIME ZONE v_zones;
                RETURN;
            END IF;
        END IF;
    END IF;
    v_starts := array_fill(v_start, ARRAY[7]);
    v_ends := array_fill(v_end, ARRAY[7]);
    FOR v_law IN
        SELECT r.start_hours, r.end_hours FROM law_in_force(o.id, p_state) r
    LOOP
        FOR i IN 1..7 LOOP
            IF v_law.start_hours[i] > v_starts[i] THEN
                v_starts[i] := v_law.start_hours[i];
            END IF;
            IF v_law.end_hours[i] < v_ends[i] THEN
                v_ends[i] := v_law.end_hours[i];
            END IF;
        END LOOP;
    END LOOP;
    IF v_starts = '{0,0,0,0,0,0,0}' AND v_ends = '{24,24,24,24,24,24,24}' THEN
        RETURN;
    END IF;
    IF strpos(v_zones, ' ') = 0 THEN
        SELECT z.opens_at, z.closes_at INTO opens_at, closes_at FROM zone_window(v_zones, v_starts, v_ends, p_now) z;
        RETURN;
    END IF;
    -- From opening to opening, until all zones are open at once.
    FOR i IN 1..64 LOOP
        v_later := NULL;
        closes_at := NULL;
        FOREACH v_zone IN ARRAY string_to_array(v_zones, ' ') LOOP
            SELECT z.opens_at, z.closes_at INTO w FROM zone_window(v_zone, v_starts, v_ends, v_at) z;
            v_later := greatest(v_later, w.opens_at);
            closes_at := least(closes_at, w.closes_at);
        END LOOP;
        IF v_later IS NULL THEN
            IF v_at > p_now THEN
                opens_at := v_at;
                closes_at := NULL;
            END IF;
            RETURN;
        END IF;
        v_at := v_later;
        EXIT WHEN v_at >= timestamptz '9999-01-01 00:00:00+00';
    END LOOP;
    opens_at := timestamptz '9999-01-01 00:00:00+00';
    closes_at := NULL;
END $$;

DROP FUNCTION texting_window(text, text, boolean, boolean, int, int, boolean, int, int, timestamptz);

-- The delivery core. What is decided about a text in the database, is decided here, under row locks.

-- Two letters of the state a contact lives in, which may have texting hours of its own; '' when unknown.
ALTER TABLE campaign_contact ADD COLUMN state text NOT NULL DEFAULT '';

-- The texting hours that hold for a contact of a zone and a state. All that may text asks this function.
-- opens_at is null when texting is allowed now; closes_at is null when hours are not enforced.
CREATE FUNCTION texting_window(p_zone text, p_state text, ca campaign, o organization, p_now timestamptz,
    OUT opens_at timestamptz, OUT closes_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT w.opens_at, w.closes_at INTO opens_at, closes_at FROM texting_window(p_zone, ca.timezone,
        ca.override_organization_texting_hours, ca.texting_hours_enforced, ca.texting_hours_start, ca.texting_hours_end,
        o.texting_hours_enforced, o.texting_hours_start, o.texting_hours_end, p_now) w;
END $$;

-- Sending of a campaign can be stopped for a while: what is queued waits.
ALTER TABLE campaign ADD COLUMN is_paused boolean NOT NULL DEFAULT false;
ALTER TABLE campaign ADD COLUMN pause_reason text NOT NULL DEFAULT '';
-- First messages whose turn comes outside texting hours: hold until they open again, or drop.
ALTER TABLE campaign ADD COLUMN late_texts text NOT NULL DEFAULT 'hold' CHECK (late_texts IN ('hold', 'drop'));

-- The contact's campaign, for taking turns; null where there is none.
ALTER TABLE message ADD COLUMN campaign_id bigint;
-- When a vendor was asked first to send it.
ALTER TABLE message ADD COLUMN asked_at timestamptz;
-- Attempts that failed for certain and were not for want of patience.
ALTER TABLE message ADD COLUMN failures smallint NOT NULL DEFAULT 0;
-- How often the vendor was asked what became of it.
ALTER TABLE message ADD COLUMN settle_attempts smallint NOT NULL DEFAULT 0;
-- What it cost by the vendor's report, in millionths of the account's currency.
ALTER TABLE message ADD COLUMN cost_micros bigint;
-- A person has looked at what became of it and wants no more of it.
ALTER TABLE message ADD COLUMN dropped_at timestamptz;
UPDATE message m SET campaign_id = cc.campaign_id FROM campaign_contact cc WHERE cc.id = m.campaign_contact_id;

DROP INDEX message_outbox_idx;
-- Lanes of the outbox: replies before first messages, organizations and campaigns in turn, each lane in order.
CREATE INDEX message_queued_idx ON message
    ((initial_pass IS NOT NULL), organization_id, (coalesce(campaign_id, 0)), available_at, id)
    WHERE send_status = 'QUEUED';
-- SENDING: leases that ran out. UNKNOWN: when the vendor is asked next.
CREATE INDEX message_open_idx ON message (available_at, id) WHERE send_status IN ('SENDING', 'UNKNOWN');
-- What never left, or may not have: people look at it.
CREATE INDEX message_dead_letter_idx ON message (organization_id, id)
    WHERE (send_status = 'UNKNOWN' OR (send_status = 'ERROR' AND sent_at IS NULL)) AND dropped_at IS NULL;

-- How fast, for whom. A row without limits says only until when nobody may send.
CREATE TABLE pace (
    organization_id bigint NOT NULL REFERENCES organization ON DELETE CASCADE,
    -- account: all of the organization; service: a messaging service, '' the usual one; number; carrier.
    scope text NOT NULL CHECK (scope IN ('account', 'service', 'number', 'carrier')),
    key text NOT NULL DEFAULT '',
    -- What a person has set.
    per_second double precision CHECK (per_second > 0),
    per_day integer CHECK (per_day >= 0),
    -- Where the day of per_day ends.
    day_zone text NOT NULL DEFAULT 'America/Los_Angeles'
        CHECK (timezone(day_zone, timestamptz '2000-01-01 00:00:00+00') IS NOT NULL),
    -- What the vendor has taught us; grows back by a tenth in ten seconds.
    learned_per_second double precision CHECK (learned_per_second > 0),
    throttled_at timestamptz,
    -- Nobody sends before.
    blocked_until timestamptz,
    -- Why, as the vendor's code and in words; refusals of the account one after another.
    code integer,
    reason text NOT NULL DEFAULT '',
    refusals smallint NOT NULL DEFAULT 0,
    tokens double precision NOT NULL DEFAULT 0,
    refilled_at timestamptz NOT NULL DEFAULT now(),
    day date,
    day_count integer NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, scope, key)
);

-- The number that a cell is texted from, where we choose it: a person sees one conversation (sticky sender).
CREATE TABLE organization_contact (
    organization_id bigint NOT NULL REFERENCES organization ON DELETE CASCADE,
    cell text NOT NULL,
    user_number text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, cell)
);
-- First messages from a number in a day, in UTC.
CREATE TABLE phone_number_day (
    owned_phone_number_id bigint NOT NULL REFERENCES owned_phone_number ON DELETE CASCADE,
    day date NOT NULL,
    sent integer NOT NULL DEFAULT 0,
    PRIMARY KEY (owned_phone_number_id, day)
) WITH (fillfactor = 50);
-- What reports told of the carriers of cells.
CREATE TABLE cell_carrier (
    cell text PRIMARY KEY,
    carrier text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- What became of texts, by five minutes: errors over time, by number and by carrier, without reading texts.
CREATE TABLE delivery_stat (
    organization_id bigint NOT NULL REFERENCES organization ON DELETE CASCADE,
    -- 0: of no campaign.
    campaign_id bigint NOT NULL,
    bucket timestamptz NOT NULL,
    service text NOT NULL,
    user_number text NOT NULL,
    carrier text NOT NULL,
    -- SENT: taken by the vendor; DELIVERED; ERROR; DROPPED: too late, by the campaign's wish.
    status text NOT NULL,
    -- 0: none.
    error_code integer NOT NULL,
    texts integer NOT NULL,
    segments bigint NOT NULL,
    cost_micros bigint NOT NULL,
    PRIMARY KEY (organization_id, campaign_id, bucket, service, user_number, carrier, status, error_code)
) WITH (fillfactor = 70);

-- Every path asks this, and nothing else, whether a cell may be texted by an organization.
CREATE FUNCTION is_opted_out(p_organization bigint, p_cell text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM opt_out oo WHERE oo.organization_id = p_organization AND oo.cell = p_cell)
$$;

-- Texts per second that a pace allows now; null: as many as there are.
CREATE FUNCTION pace_rate(p pace) RETURNS double precision LANGUAGE sql STABLE AS $$
    SELECT least(p.per_second,
        p.learned_per_second * power(1.1, least(extract(epoch FROM now() - p.throttled_at), 3600) / 10))
$$;
-- Texts that may go at once by a pace; null: as many as there are. A second's worth is saved up at most.
CREATE FUNCTION pace_allowance(p pace) RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_rate double precision := pace_rate(p);
    v_left integer;
BEGIN
    IF p.organization_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF p.blocked_until > now() THEN
        RETURN 0;
    END IF;
    IF p.per_day IS NOT NULL THEN
        v_left := greatest(p.per_day
            - CASE WHEN p.day = (now() AT TIME ZONE p.day_zone)::date THEN p.day_count ELSE 0 END, 0);
    END IF;
    IF p.refusals > 0 THEN
        -- The account was refused: one text tries whether it is in order again.
        v_left := least(v_left, 1);
    END IF;
    IF v_rate IS NOT NULL THEN
        v_left := least(v_left, floor(least(greatest(v_rate, 1),
            p.tokens + v_rate * extract(epoch FROM now() - p.refilled_at)))::int);
    END IF;
    RETURN v_left;
END $$;
-- Writes down that texts went by a pace.
CREATE FUNCTION spend_pace(p_organization bigint, p_scope text, p_key text, p_texts integer) RETURNS void
LANGUAGE sql AS $$
    UPDATE pace p SET
        tokens = CASE WHEN pace_rate(p) IS NULL THEN 0 ELSE least(greatest(pace_rate(p), 1),
            p.tokens + pace_rate(p) * extract(epoch FROM now() - p.refilled_at)) - p_texts END,
        refilled_at = now(),
        day = (now() AT TIME ZONE p.day_zone)::date,
        day_count = p_texts
            + CASE WHEN p.day = (now() AT TIME ZONE p.day_zone)::date THEN p.day_count ELSE 0 END
    WHERE p.organization_id = p_organization AND p.scope = p_scope AND p.key = p_key
$$;
-- The vendor asked for patience: wait, and go at half the pace from then on. Many answers of one moment count once.
CREATE FUNCTION slow_down(p_organization bigint, p_scope text, p_key text, p_wait interval, p_rate double precision,
    p_code integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO pace AS p (organization_id, scope, key, learned_per_second, throttled_at, blocked_until, code)
    VALUES (p_organization, p_scope, p_key, greatest(p_rate / 2, 0.2), now(), now() + p_wait, p_code)
    ON CONFLICT (organization_id, scope, key) DO UPDATE SET
        learned_per_second = CASE WHEN p.throttled_at > now() - interval '2 seconds' THEN p.learned_per_second
            ELSE greatest(least(pace_rate(p), p_rate) / 2, 0.2) END,
        throttled_at = CASE WHEN p.throttled_at > now() - interval '2 seconds' THEN p.throttled_at ELSE now() END,
        blocked_until = greatest(p.blocked_until, now() + p_wait), code = p_code
$$;
-- The vendor does not serve the account (R16): nothing goes for a while, twice as long each time; then one text tries.
CREATE FUNCTION account_refused(p_organization bigint, p_code integer, p_reason text) RETURNS boolean
LANGUAGE sql AS $$
    INSERT INTO pace AS p (organization_id, scope, blocked_until, code, reason, refusals)
    VALUES (p_organization, 'account', now() + interval '30 seconds', p_code, p_reason, 1)
    ON CONFLICT (organization_id, scope, key) DO UPDATE SET
        refusals = CASE WHEN p.blocked_until > now() THEN p.refusals ELSE least(p.refusals + 1, 6) END,
        blocked_until = CASE WHEN p.blocked_until > now() THEN p.blocked_until
            ELSE now() + interval '30 seconds' * power(2, least(p.refusals, 5)) END,
        code = p_code, reason = p_reason
    RETURNING p.refusals = 1
$$;

-- The number to send from, of those that the organization has with a service: its conversation's number; else one that
-- is below its share of the day, of the cell's area code if there is one, the least used. Null: none is left today.
CREATE FUNCTION pick_number(p_organization bigint, p_service text, p_campaign bigint, p_cell text, p_is_initial boolean,
    p_share integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_today date := (now() AT TIME ZONE 'UTC')::date;
    v_sticky text;
    v_own boolean;
    v_id bigint;
    v_number text;
BEGIN
    SELECT c.user_number INTO v_sticky FROM organization_contact c
    WHERE c.organization_id = p_organization AND c.cell = p_cell;
    v_own := EXISTS (SELECT 1 FROM owned_phone_number n WHERE n.allocated_to = 'campaign'
        AND n.allocated_to_id = p_campaign::text AND n.organization_id = p_organization AND n.service = p_service);
    SELECT n.id, n.phone_number INTO v_id, v_number FROM owned_phone_number n
    LEFT JOIN phone_number_day d ON d.owned_phone_number_id = n.id AND d.day = v_today
    LEFT JOIN pace p ON p.organization_id = n.organization_id AND p.scope = 'number' AND p.key = n.phone_number
    WHERE n.organization_id = p_organization AND n.service = p_service
        AND (n.phone_number = v_sticky AND NOT p_is_initial
            OR (CASE WHEN v_own THEN n.allocated_to = 'campaign' AND n.allocated_to_id = p_campaign::text
                    ELSE n.allocated_to IS NULL END
                AND (coalesce(d.sent, 0) < p_share OR NOT p_is_initial)
                AND (p.blocked_until IS NULL OR p.blocked_until <= now())))
    ORDER BY (n.phone_number = v_sticky) IS TRUE DESC, n.area_code = substr(p_cell, 3, 3) DESC, coalesce(d.sent, 0), n.id
    LIMIT 1;
    IF v_number IS NULL THEN
        RETURN NULL;
    END IF;
    IF p_is_initial THEN
        INSERT INTO phone_number_day AS d (owned_phone_number_id, day, sent) VALUES (v_id, v_today, 1)
        ON CONFLICT (owned_phone_number_id, day) DO UPDATE SET sent = d.sent + 1;
    END IF;
    IF v_sticky IS DISTINCT FROM v_number THEN
        INSERT INTO organization_contact AS c (organization_id, cell, user_number)
        VALUES (p_organization, p_cell, v_number)
        ON CONFLICT (organization_id, cell) DO UPDATE SET user_number = excluded.user_number, updated_at = now();
    END IF;
    RETURN v_number;
END $$;

-- Takes texts to send under a lease. Whose turn it is: replies before first messages; organizations in turn, and their
-- campaigns in turn; nobody above his pace; nobody who is paused. Each text is judged again here: taken back when the
-- contact has opted out or the campaign was archived, held until texting hours open again, else handed to the caller.
--
-- A text found in state SENDING is one whose sender died or stalled: it may have left. It is handed over as
-- is_resend, never back to QUEUED (it would go out a second time when hours open) nor NOT_ATTEMPTED.
--
-- One claim at a time: two would choose the same texts and spend the same allowance.
DROP FUNCTION claim_messages(int, interval, timestamptz);
CREATE FUNCTION claim_messages(p_limit int, p_lease interval, p_now timestamptz, p_number_services text[],
    p_number_share int)
RETURNS TABLE (message_id bigint, contact_id bigint, campaign_id bigint, assignment_id bigint,
    organization_id bigint, contact_number text, user_number text, messaging_service text, body text, service text,
    attempts smallint, send_before timestamptz, send_status text, is_resend boolean, is_open boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_lost bigint[];
    v_chosen bigint[];
    v_held bigint[] := '{}';
    v_late bigint[] := '{}';
    r record;
BEGIN
    PERFORM pg_advisory_xact_lock(7241001);
    v_lost := ARRAY(SELECT m.id FROM message m WHERE m.send_status = 'SENDING' AND m.available_at <= now()
        ORDER BY m.available_at, m.id LIMIT p_limit);
    v_chosen := ARRAY(
        WITH RECURSIVE lane AS (
            (SELECT (m.initial_pass IS NOT NULL) AS is_initial, m.organization_id, coalesce(m.campaign_id, 0) AS campaign_id
            FROM message m WHERE m.send_status = 'QUEUED' ORDER BY 1, 2, 3 LIMIT 1)
            UNION ALL
            SELECT n.* FROM lane l CROSS JOIN LATERAL (
                SELECT (m.initial_pass IS NOT NULL), m.organization_id, coalesce(m.campaign_id, 0)
                FROM message m WHERE m.send_status = 'QUEUED'
                    AND ((m.initial_pass IS NOT NULL), m.organization_id, coalesce(m.campaign_id, 0))
                        > (l.is_initial, l.organization_id, l.campaign_id)
                ORDER BY 1, 2, 3 LIMIT 1) n
        ), runnable AS MATERIALIZED (
            SELECT l.*, CASE WHEN ca.use_own_messaging_service THEN coalesce(ca.messageservice_sid, '') ELSE '' END
                AS service_key, count(*) OVER () AS lanes
            FROM lane l LEFT JOIN campaign ca ON ca.id = l.campaign_id WHERE ca.is_paused IS NOT TRUE
        ), paced AS MATERIALIZED (
            SELECT u.*, pace_allowance(a) AS account_allowance, pace_allowance(s) AS service_allowance
            FROM runnable u
            LEFT JOIN pace a ON a.organization_id = u.organization_id AND a.scope = 'account' AND a.key = ''
            LEFT JOIN pace s ON s.organization_id = u.organization_id AND s.scope = 'service' AND s.key = u.service_key
        ), candidate AS (
            SELECT l.*, m.id, row_number() OVER (PARTITION BY l.is_initial, l.organization_id, l.campaign_id
                ORDER BY m.available_at, m.id) AS turn
            FROM paced l CROSS JOIN LATERAL (
                SELECT m.id, m.available_at FROM message m
                WHERE m.send_status = 'QUEUED' AND (m.initial_pass IS NOT NULL) = l.is_initial
                    AND m.organization_id = l.organization_id AND coalesce(m.campaign_id, 0) = l.campaign_id
                    AND m.available_at <= now()
                ORDER BY m.available_at, m.id
                -- More than an equal share, so that a batch is full when some lanes are short.
                LIMIT least(p_limit, 8 + 4 * p_limit / l.lanes, l.account_allowance, l.service_allowance)) m
        ), turned AS (
            SELECT c.*,
                row_number() OVER (PARTITION BY c.organization_id
                    ORDER BY c.is_initial, c.turn, c.campaign_id) AS organization_turn,
                row_number() OVER (PARTITION BY c.organization_id, c.service_key
                    ORDER BY c.is_initial, c.turn, c.campaign_id) AS service_turn
            FROM candidate c
        )
        SELECT t.id FROM turned t
        WHERE (t.account_allowance IS NULL OR t.organization_turn <= t.account_allowance)
            AND (t.service_allowance IS NULL OR t.service_turn <= t.service_allowance)
        ORDER BY t.is_initial, t.organization_turn, t.organization_id
        LIMIT p_limit - coalesce(cardinality(v_lost), 0));
    IF cardinality(v_lost) = 0 AND cardinality(v_chosen) = 0 THEN
        RETURN;
    END IF;

    FOR r IN
        WITH due AS (
            SELECT m.id, m.send_status = 'SENDING' AS is_resend FROM message m
            WHERE m.id = ANY (v_lost || v_chosen) AND m.send_status IN ('QUEUED', 'SENDING')
                AND m.available_at <= now()
            ORDER BY m.id FOR UPDATE OF m SKIP LOCKED
        ), judged AS (
            SELECT m.id, due.is_resend, cc.assignment_id, ca.id AS campaign_id, w.opens_at, w.closes_at,
                CASE WHEN ca.use_own_messaging_service THEN coalesce(ca.messageservice_sid, '') ELSE '' END AS service_key,
                -- Numbers that are ours to choose from: the vendor needs to be told, or the campaign has its own.
                coalesce(ca.messageservice_sid, '') = '' AND (m.service = ANY (p_number_services)
                    OR (o.features ->> 'SENDER_CHOICE') = 'numbers') AS needs_number,
                coalesce(CASE WHEN (o.features ->> 'NUMBER_DAILY_SHARE') ~ '^[0-9]{1,6}$'
                    THEN (o.features ->> 'NUMBER_DAILY_SHARE')::int END, p_number_share) AS share,
                held.blocked_until AS carrier_until,
                CASE
                    WHEN NOT m.is_opt_out_confirmation AND (cc.is_opted_out OR
                        is_opted_out(m.organization_id, m.contact_number)) THEN -133
                    WHEN ca.is_archived THEN -101
                    WHEN w.opens_at IS NOT NULL AND m.initial_pass IS NOT NULL AND ca.late_texts = 'drop' THEN -102
                END AS refused
            FROM due JOIN message m ON m.id = due.id
            JOIN organization o ON o.id = m.organization_id
            LEFT JOIN campaign_contact cc ON cc.id = m.campaign_contact_id
            LEFT JOIN campaign ca ON ca.id = cc.campaign_id
            -- An automatic answer to a contact's own text goes at any hour.
            LEFT JOIN LATERAL texting_window(cc.time_zone, cc.state, ca, o, p_now) w
                ON m.user_id IS NOT NULL AND cc.id IS NOT NULL
            LEFT JOIN LATERAL (SELECT p.blocked_until FROM cell_carrier k JOIN pace p
                    ON p.organization_id = m.organization_id AND p.scope = 'carrier' AND p.key = k.carrier
                WHERE k.cell = m.contact_number AND p.blocked_until > now()) held ON NOT due.is_resend
        )
        UPDATE message m SET
            send_status = CASE
                WHEN j.refused IS NOT NULL THEN CASE WHEN j.is_resend THEN 'UNKNOWN' ELSE 'NOT_ATTEMPTED' END
                WHEN (j.opens_at IS NOT NULL OR j.carrier_until IS NOT NULL) AND NOT j.is_resend THEN 'QUEUED'
                ELSE 'SENDING' END,
            error_code = CASE WHEN j.is_resend THEN m.error_code ELSE coalesce(j.refused, m.error_code) END,
            available_at = CASE
                WHEN j.refused IS NULL AND NOT j.is_resend AND j.opens_at IS NOT NULL THEN now() + (j.opens_at - p_now)
                WHEN j.refused IS NULL AND NOT j.is_resend AND j.carrier_until IS NOT NULL THEN j.carrier_until
                ELSE now() + p_lease END,
            attempts = m.attempts + CASE WHEN j.refused IS NULL
                AND (j.is_resend OR (j.opens_at IS NULL AND j.carrier_until IS NULL)) THEN 1 ELSE 0 END,
            asked_at = CASE WHEN j.refused IS NULL AND j.opens_at IS NULL AND j.carrier_until IS NULL
                THEN coalesce(m.asked_at, now()) ELSE m.asked_at END,
            service_response_at = CASE WHEN j.refused IS NOT NULL AND j.is_resend THEN now()
                ELSE m.service_response_at END,
            send_before = coalesce(j.closes_at, m.send_before)
        FROM judged j WHERE m.id = j.id
        RETURNING m.id, m.campaign_contact_id, j.campaign_id, j.assignment_id, m.organization_id, m.contact_number,
            m.user_number, j.service_key, m.text, m.service, m.attempts, m.send_before, m.send_status, j.is_resend,
            j.opens_at IS NULL AS is_open, j.needs_number, j.share, m.initial_pass IS NOT NULL AS is_initial,
            j.refused
    LOOP
        message_id := r.id;
        contact_id := coalesce(r.campaign_contact_id, 0);
        campaign_id := coalesce(r.campaign_id, 0);
        assignment_id := r.assignment_id;
        organization_id := r.organization_id;
        contact_number := r.contact_number;
        user_number := r.user_number;
        messaging_service := r.service_key;
        body := r.text;
        service := r.service;
        attempts := r.attempts;
        send_before := r.send_before;
        send_status := r.send_status;
        is_resend := r.is_resend;
        is_open := r.is_open;
        IF r.send_status = 'SENDING' AND r.needs_number AND r.user_number = '' THEN
            user_number := pick_number(r.organization_id, r.service, r.campaign_id, r.contact_number, r.is_initial,
                r.share);
            IF user_number IS NULL THEN
                -- None has any share left today: tomorrow, or sooner when somebody buys numbers.
                user_number := '';
                send_status := 'QUEUED';
                UPDATE message m SET send_status = 'QUEUED', attempts = m.attempts - 1, error_code = -104,
                    available_at = least(now() + interval '10 minutes',
                        (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC')
                WHERE m.id = r.id;
            ELSE
                UPDATE message m SET user_number = claim_messages.user_number WHERE m.id = r.id;
            END IF;
        END IF;
        IF send_status = 'SENDING' THEN
            v_held := v_held || r.id;
        ELSIF r.refused = -102 AND send_status = 'NOT_ATTEMPTED' THEN
            v_late := v_late || r.id;
        END IF;
        RETURN NEXT;
    END LOOP;

    IF cardinality(v_late) > 0 THEN
        PERFORM count_deliveries(v_late, array_fill('DROPPED'::text, ARRAY[cardinality(v_late)]),
            array_fill(0::bigint, ARRAY[cardinality(v_late)]), array_fill(0::bigint, ARRAY[cardinality(v_late)]));
    END IF;
    PERFORM spend_pace(h.organization_id, p.scope, p.key, h.texts)
    FROM (SELECT m.organization_id,
            CASE WHEN ca.use_own_messaging_service THEN coalesce(ca.messageservice_sid, '') ELSE '' END AS service_key,
            count(*)::int AS texts
        FROM message m LEFT JOIN campaign ca ON ca.id = m.campaign_id WHERE m.id = ANY (v_held) GROUP BY 1, 2) h
    JOIN pace p ON p.organization_id = h.organization_id
        AND ((p.scope = 'account' AND p.key = '') OR (p.scope = 'service' AND p.key = h.service_key));
END $$;

-- Queues one text from a person to a contact, or says why not and changes nothing.
CREATE OR REPLACE FUNCTION send_message(
    p_actor bigint, p_contact bigint, p_assignment bigint, p_text text, p_script_version int,
    p_idempotency_key text, p_now timestamptz, p_max_length int, p_default_service text
) RETURNS TABLE (refusal text, message_id bigint, contact_id bigint, campaign_id bigint, assignment_id bigint,
    message_status text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    c campaign_contact;
    ca campaign;
    o organization;
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
    SELECT * INTO ca FROM campaign x WHERE x.id = c.campaign_id;
    SELECT * INTO o FROM organization x WHERE x.id = ca.organization_id;
    SELECT a.user_id AS texter_id, uo.role, u.first_name, u.last_name, u.alias INTO r
    FROM "user" u
    LEFT JOIN assignment a ON a.id = c.assignment_id
    LEFT JOIN user_organization uo ON uo.user_id = p_actor AND uo.organization_id = ca.organization_id
    WHERE u.id = p_actor;

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
        IF c.assignment_id IS NULL OR c.assignment_id IS DISTINCT FROM p_assignment OR ca.is_archived
            OR (r.texter_id <> p_actor AND r.role NOT IN ('SUPERVOLUNTEER', 'ADMIN', 'OWNER')) THEN
            refusal := 'SENDERR_ASSIGNMENTCHANGED';
        ELSIF NOT ca.is_started THEN
            refusal := 'CAMPAIGN_NOT_STARTED';
        ELSIF c.is_opted_out OR is_opted_out(c.organization_id, c.cell) THEN
            refusal := 'SENDERR_OPTEDOUT';
        ELSIF p_script_version IS NOT NULL AND NOT v_initial THEN
            refusal := 'ALREADY_MESSAGED';
        ELSE
            SELECT w.opens_at, w.closes_at INTO v_opens, v_closes
            FROM texting_window(c.time_zone, c.state, ca, o, p_now) w;
            v_text := p_text;
            IF v_opens IS NOT NULL THEN
                refusal := 'SENDERR_OFFHOURS';
            ELSIF v_initial THEN
                IF ca.due_by IS NOT NULL AND p_now > ca.due_by + interval '24 hours' THEN
                    refusal := 'CAMPAIGN_PAST_DUE';
                ELSIF p_script_version IS NOT NULL AND p_script_version <> ca.script_version THEN
                    refusal := 'SCRIPT_CHANGED';
                ELSIF p_script_version IS NOT NULL OR NOT ca.allow_initial_edit THEN
                    v_rendered := trim_space(render_script(ca.initial_script, c, r.first_name, r.last_name, r.alias));
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

    INSERT INTO message (campaign_contact_id, campaign_id, organization_id, user_id, assignment_id, contact_number,
        is_from_contact, text, service, send_status, initial_pass, idempotency_key, send_before, queued_at)
    VALUES (c.id, c.campaign_id, c.organization_id, p_actor, c.assignment_id, c.cell, false, v_text,
        coalesce(o.features ->> 'service', p_default_service), 'QUEUED',
        CASE WHEN v_initial THEN ca.pass END, p_idempotency_key, v_closes, now())
    ON CONFLICT DO NOTHING
    RETURNING id INTO v_message;
    IF v_message IS NULL THEN
        -- Either this pass has had its first message, or the key was used for another contact.
        RETURN QUERY SELECT CASE WHEN v_initial AND EXISTS (SELECT 1 FROM message m
                WHERE m.campaign_contact_id = c.id AND m.initial_pass = ca.pass)
            THEN 'ALREADY_MESSAGED' ELSE 'CONFLICT' END, NULL::bigint, c.id, c.campaign_id, c.assignment_id, c.message_status;
        RETURN;
    END IF;
    -- The same rule as domain::message_status::MessageStatus::after_outgoing.
    v_status := CASE WHEN c.message_status IN ('needsResponse', 'convo') THEN 'convo' ELSE 'messaged' END;
    UPDATE campaign_contact cc SET message_status = v_status, sent_count = cc.sent_count + 1, updated_at = now()
    WHERE cc.id = c.id;
    RETURN QUERY SELECT NULL::text, v_message, c.id, c.campaign_id, c.assignment_id, v_status;
END $$;

-- What became of texts, added to the kept figures. Rows are taken in one order.
CREATE FUNCTION count_deliveries(p_messages bigint[], p_statuses text[], p_segments bigint[], p_costs bigint[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO delivery_stat AS s (organization_id, campaign_id, bucket, service, user_number, carrier, status,
        error_code, texts, segments, cost_micros)
    SELECT m.organization_id, coalesce(m.campaign_id, 0),
        date_bin(interval '5 minutes', now(), timestamptz '2000-01-01 00:00:00+00'), m.service, m.user_number,
        coalesce((SELECT k.carrier FROM cell_carrier k WHERE k.cell = m.contact_number), ''), c.status,
        CASE WHEN c.status = 'ERROR' THEN coalesce(m.error_code, -1) ELSE 0 END, count(*), sum(c.segments), sum(c.cost)
    FROM unnest(p_messages, p_statuses, p_segments, p_costs) AS c (message_id, status, segments, cost)
    JOIN message m ON m.id = c.message_id
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT (organization_id, campaign_id, bucket, service, user_number, carrier, status, error_code)
    DO UPDATE SET texts = s.texts + excluded.texts, segments = s.segments + excluded.segments,
        cost_micros = s.cost_micros + excluded.cost_micros
$$;

-- Applies delivery reports, many at once. A state never goes back; delivered beats failed (domain::send_status).
-- A report that finds no text is looked at again for some minutes: it may have overtaken the answer that carries
-- the vendor's id. Any report is proof that the text left, whatever we thought.
DROP FUNCTION apply_receipts(bigint[], text[], bigint[], text[], int[]);
CREATE FUNCTION apply_receipts(p_events bigint[], p_service_ids text[], p_messages bigint[], p_statuses text[],
    p_error_codes int[], p_user_numbers text[], p_segments smallint[], p_costs bigint[], p_carriers text[])
RETURNS TABLE (contact_id bigint, campaign_id bigint, assignment_id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_matches bigint[];
    v_changed bigint[];
    v_statuses text[];
    v_costs bigint[];
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
    INSERT INTO cell_carrier AS k (cell, carrier)
    SELECT DISTINCT ON (m.contact_number) m.contact_number, g.carrier
    FROM unnest(v_matches, p_carriers) AS g (message_id, carrier) JOIN message m ON m.id = g.message_id
    WHERE g.carrier <> '' ORDER BY m.contact_number
    ON CONFLICT (cell) DO UPDATE SET carrier = excluded.carrier, updated_at = now()
    WHERE k.carrier <> excluded.carrier;
    WITH given AS (
        SELECT r.*, CASE r.status WHEN 'DELIVERED' THEN 2 WHEN 'ERROR' THEN 1 ELSE 0 END AS rank
        FROM unnest(p_events, v_matches, p_service_ids, p_statuses, p_error_codes, p_user_numbers, p_segments, p_costs)
            AS r (event_id, message_id, service_id, status, error_code, user_number, segments, cost)
    ), best AS (
        SELECT DISTINCT ON (g.message_id) g.*, max(g.segments) OVER same AS most_segments, max(g.cost) OVER same AS most_cost,
            max(g.user_number) OVER same AS any_number
        FROM given g WHERE g.message_id IS NOT NULL
        WINDOW same AS (PARTITION BY g.message_id)
        ORDER BY g.message_id, g.rank DESC, g.event_id
    ), before AS (
        SELECT m.id, m.send_status, coalesce(m.cost_micros, 0) AS cost FROM message m WHERE m.id = ANY (v_matches)
    ), changed AS (
        UPDATE message m SET
            send_status = CASE WHEN n.is_news THEN b.status ELSE m.send_status END,
            service_id = coalesce(m.service_id, b.service_id),
            error_code = CASE WHEN NOT n.is_news THEN m.error_code
                WHEN b.status = 'ERROR' THEN coalesce(b.error_code, -1) END,
            user_number = coalesce(nullif(m.user_number, ''), b.any_number, ''),
            segments = coalesce(b.most_segments, m.segments),
            cost_micros = coalesce(b.most_cost, m.cost_micros),
            sent_at = coalesce(m.sent_at, now()), service_response_at = now(), dropped_at = NULL
        FROM best b JOIN before x ON x.id = b.message_id
        CROSS JOIN LATERAL (SELECT (b.status = 'DELIVERED' AND x.send_status <> 'DELIVERED')
            OR (b.status = 'ERROR' AND x.send_status NOT IN ('DELIVERED', 'ERROR'))
            OR (b.status = 'SENT' AND x.send_status NOT IN ('DELIVERED', 'ERROR', 'SENT')) AS is_news) n
        WHERE m.id = b.message_id AND (n.is_news OR b.most_cost IS DISTINCT FROM m.cost_micros AND b.most_cost IS NOT NULL)
        RETURNING m.id, m.campaign_contact_id, m.send_status, m.error_code, b.event_id, n.is_news,
            coalesce(m.cost_micros, 0) - x.cost AS added_cost
    ), marked AS (
        UPDATE campaign_contact cc SET error_code = l.error_code
        FROM (SELECT DISTINCT ON (ch.campaign_contact_id) ch.campaign_contact_id, ch.error_code FROM changed ch
            WHERE ch.is_news AND ch.send_status IN ('DELIVERED', 'ERROR') ORDER BY ch.campaign_contact_id, ch.id DESC) l
        WHERE cc.id = l.campaign_contact_id AND cc.error_code IS DISTINCT FROM l.error_code
    ), told AS (
        UPDATE inbound_event e SET attempts = e.attempts + 1,
            outcome = CASE WHEN g.message_id IS NULL THEN 'unmatched'
                WHEN EXISTS (SELECT 1 FROM changed ch WHERE ch.event_id = e.id AND ch.is_news) THEN 'matched'
                ELSE 'duplicate' END,
            processed_at = CASE WHEN g.message_id IS NULL AND e.attempts < 8 THEN NULL ELSE now() END,
            available_at = now() + make_interval(secs => power(2, least(e.attempts, 10)))
        FROM given g WHERE e.id = g.event_id
    )
    SELECT array_agg(ch.id), array_agg(CASE WHEN ch.is_news THEN ch.send_status ELSE '' END),
        array_agg(ch.added_cost) INTO v_changed, v_statuses, v_costs FROM changed ch;
    IF v_changed IS NULL THEN
        RETURN;
    END IF;
    PERFORM count_deliveries(v_changed, v_statuses, array_fill(0::bigint, ARRAY[cardinality(v_changed)]), v_costs);
    RETURN QUERY SELECT DISTINCT cc.id, cc.campaign_id, cc.assignment_id
    FROM message m JOIN campaign_contact cc ON cc.id = m.campaign_contact_id WHERE m.id = ANY (v_changed);
END $$;

-- Writes down what became of attempts, many at once. Contacts are locked by id before messages, as everywhere. What an
-- early delivery report has settled stays. Of an older attempt "accepted" alone counts: it is a fact about the world.
--   accepted   the vendor has it
--   failed     it will never take it
--   retry      not this time, for certain: again after the wait, p_most times at most
--   throttled  not this time, for want of patience: again after the wait, however often
--   unknown    nobody can say: the vendor is asked after the wait
CREATE FUNCTION record_outcomes(p_messages bigint[], p_attempts smallint[], p_results text[], p_service_ids text[],
    p_user_numbers text[], p_codes int[], p_waits double precision[], p_segments smallint[], p_most smallint)
RETURNS TABLE (contact_id bigint, campaign_id bigint, assignment_id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_changed bigint[];
    v_statuses text[];
    v_segments bigint[];
BEGIN
    PERFORM 1 FROM campaign_contact cc
    WHERE cc.id IN (SELECT m.campaign_contact_id FROM unnest(p_messages, p_results) AS o (id, result)
        JOIN message m ON m.id = o.id WHERE o.result IN ('failed', 'retry'))
    ORDER BY cc.id FOR NO KEY UPDATE;
    -- By id, as apply_receipts takes them, so that nobody waits in a circle.
    PERFORM 1 FROM message m WHERE m.id = ANY (p_messages) ORDER BY m.id FOR NO KEY UPDATE;
    WITH o AS (
        SELECT * FROM unnest(p_messages, p_attempts, p_results, p_service_ids, p_user_numbers, p_codes, p_waits, p_segments)
            AS o (id, attempt, result, service_id, user_number, error_code, wait_seconds, segments)
    ), before AS (
        SELECT m.id, m.send_status FROM message m WHERE m.id = ANY (p_messages)
    ), changed AS (
        UPDATE message m SET
            send_status = CASE
                WHEN o.result = 'accepted' THEN
                    CASE WHEN m.send_status IN ('DELIVERED', 'ERROR') AND m.sent_at IS NOT NULL THEN m.send_status
                        ELSE 'SENT' END
                WHEN o.result = 'unknown' THEN 'UNKNOWN'
                WHEN o.result = 'throttled' OR (o.result = 'retry' AND m.failures + 1 < p_most) THEN 'QUEUED'
                ELSE 'ERROR' END,
            error_code = CASE
                WHEN o.result <> 'accepted' THEN o.error_code
                WHEN m.send_status IN ('DELIVERED', 'ERROR') AND m.sent_at IS NOT NULL THEN m.error_code END,
            failures = m.failures + CASE WHEN o.result IN ('failed', 'retry') THEN 1 ELSE 0 END,
            service_id = coalesce(m.service_id, o.service_id),
            user_number = coalesce(nullif(o.user_number, ''), m.user_number),
            segments = coalesce(m.segments, o.segments),
            sent_at = CASE WHEN o.result = 'accepted' THEN coalesce(m.sent_at, now()) ELSE m.sent_at END,
            service_response_at = now(),
            available_at = now() + make_interval(secs => o.wait_seconds)
        FROM o
        WHERE m.id = o.id AND (
            o.result = 'accepted'
            OR (m.attempts = o.attempt AND (m.send_status = 'SENDING'
                OR (o.result IN ('failed', 'unknown') AND m.send_status = 'NOT_ATTEMPTED'))))
        RETURNING m.id, m.campaign_contact_id, m.send_status, m.error_code, o.result, m.segments
    ), marked AS (
        UPDATE campaign_contact cc SET error_code = l.error_code
        FROM (SELECT DISTINCT ON (c.campaign_contact_id) c.campaign_contact_id, c.error_code FROM changed c
            WHERE c.send_status = 'ERROR' AND c.result <> 'accepted' ORDER BY c.campaign_contact_id, c.id DESC) l
        WHERE cc.id = l.campaign_contact_id AND cc.error_code IS DISTINCT FROM l.error_code
    )
    SELECT array_agg(c.id), array_agg(CASE
            WHEN c.send_status = b.send_status THEN NULL
            WHEN c.send_status IN ('SENT', 'ERROR') THEN c.send_status END),
        array_agg(CASE WHEN c.send_status = 'SENT' THEN coalesce(c.segments, 0)::bigint ELSE 0 END)
        INTO v_changed, v_statuses, v_segments
    FROM changed c JOIN before b ON b.id = c.id;
    -- The vendor serves the account again.
    UPDATE pace p SET refusals = 0, reason = '', code = NULL, blocked_until = NULL
    WHERE p.scope = 'account' AND p.key = '' AND p.refusals > 0 AND p.organization_id IN (
        SELECT m.organization_id FROM unnest(p_messages, p_results) AS o (id, result)
        JOIN message m ON m.id = o.id WHERE o.result = 'accepted');
    PERFORM count_deliveries(array_agg(c.id), array_agg(c.status), array_agg(c.segments),
        array_fill(0::bigint, ARRAY[count(*)::int]))
    FROM unnest(v_changed, v_statuses, v_segments) AS c (id, status, segments) WHERE c.status IS NOT NULL
    HAVING count(*) > 0;
    RETURN QUERY SELECT DISTINCT cc.id, cc.campaign_id, cc.assignment_id
    FROM message m JOIN campaign_contact cc ON cc.id = m.campaign_contact_id WHERE m.id = ANY (v_changed);
END $$;

-- Takes texts of which nobody knows whether they left, to ask the vendor.
CREATE FUNCTION claim_unknown(p_limit int, p_lease interval)
RETURNS TABLE (message_id bigint, organization_id bigint, contact_number text, body text, service text,
    asked_at timestamptz, age_seconds double precision, settle_attempts smallint)
LANGUAGE sql AS $$
    UPDATE message m SET available_at = now() + p_lease, settle_attempts = least(m.settle_attempts, 30000) + 1
    WHERE m.id IN (SELECT x.id FROM message x WHERE x.send_status = 'UNKNOWN' AND x.available_at <= now()
        ORDER BY x.available_at, x.id LIMIT p_limit FOR UPDATE SKIP LOCKED)
    RETURNING m.id, m.organization_id, m.contact_number, m.text, m.service, coalesce(m.asked_at, m.created_at),
        extract(epoch FROM now() - coalesce(m.service_response_at, m.asked_at, m.created_at))::double precision,
        m.settle_attempts
$$;

-- The vendor has it after all: as if the answer had come in time.
CREATE FUNCTION settle_sent(p_message bigint, p_service_id text, p_user_number text, p_status text, p_code int)
RETURNS TABLE (contact_id bigint, campaign_id bigint, assignment_id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    m message;
BEGIN
    PERFORM 1 FROM campaign_contact cc
    WHERE cc.id = (SELECT x.campaign_contact_id FROM message x WHERE x.id = p_message) FOR NO KEY UPDATE;
    UPDATE message x SET send_status = p_status, service_id = p_service_id,
        error_code = CASE WHEN p_status = 'ERROR' THEN coalesce(p_code, -1) END,
        user_number = coalesce(nullif(p_user_number, ''), x.user_number),
        sent_at = coalesce(x.sent_at, now()), service_response_at = now()
    WHERE x.id = p_message AND x.send_status = 'UNKNOWN' AND x.service_id IS NULL
    RETURNING x.* INTO m;
    IF m.id IS NULL THEN
        RETURN;
    END IF;
    PERFORM count_deliveries(ARRAY[m.id], ARRAY[p_status], ARRAY[coalesce(m.segments, 0)::bigint], ARRAY[0::bigint]);
    RETURN QUERY UPDATE campaign_contact cc
    SET error_code = CASE WHEN p_status = 'ERROR' THEN m.error_code END
    WHERE cc.id = m.campaign_contact_id RETURNING cc.id, cc.campaign_id, cc.assignment_id;
END $$;

-- The vendor certainly does not have it: it is queued again, p_most times at most. After that, and when nobody can be
-- asked, it stays UNKNOWN until a report or a person settles it. True: it is queued again.
CREATE FUNCTION settle_unsent(p_message bigint, p_is_certain boolean, p_most smallint)
RETURNS boolean LANGUAGE sql AS $$
    UPDATE message m SET
        send_status = CASE WHEN p_is_certain AND m.failures + 1 < p_most THEN 'QUEUED' ELSE 'UNKNOWN' END,
        available_at = CASE WHEN p_is_certain AND m.failures + 1 < p_most THEN now() ELSE 'infinity' END,
        failures = m.failures + 1, service_response_at = now()
    WHERE m.id = p_message AND m.send_status = 'UNKNOWN'
    RETURNING m.send_status = 'QUEUED'
$$;

-- What an organization's rules on errors noticed.
CREATE TABLE delivery_alert (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    organization_id bigint NOT NULL REFERENCES organization ON DELETE CASCADE,
    campaign_id bigint NOT NULL REFERENCES campaign ON DELETE CASCADE,
    -- 0: any.
    error_code integer NOT NULL,
    percent double precision NOT NULL,
    texts integer NOT NULL,
    minutes integer NOT NULL,
    did_pause boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX delivery_alert_organization_idx ON delivery_alert (organization_id, id);

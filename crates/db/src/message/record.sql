-- See message::outbox::record. Contacts are locked by id before messages, as everywhere; a single statement is enough
-- because what it decides by, it reads from the message's own newest version.
WITH o AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
        AS o (id, attempt, result, service_id, user_number, error_code, wait_seconds)
), locked AS MATERIALIZED (
    SELECT cc.id FROM campaign_contact cc
    WHERE cc.id IN (SELECT m.campaign_contact_id FROM message m JOIN o ON o.id = m.id
        WHERE o.result IN ('failed', 'retry'))
    ORDER BY cc.id FOR NO KEY UPDATE
), ordered AS MATERIALIZED (
    -- By id, as apply_receipts takes them, so that nobody waits in a circle.
    SELECT m.id FROM message m WHERE m.id IN (SELECT o.id FROM o) AND (SELECT count(*) FROM locked) >= 0
    ORDER BY m.id FOR NO KEY UPDATE
), changed AS (
    UPDATE message m SET
        send_status = CASE
            WHEN o.result = 'accepted' THEN
                CASE WHEN m.send_status IN ('DELIVERED', 'ERROR') THEN m.send_status ELSE 'SENT' END
            WHEN o.result = 'unknown' THEN 'UNKNOWN'
            WHEN o.result = 'retry' AND m.attempts < $8 THEN 'QUEUED'
            ELSE 'ERROR' END,
        error_code = CASE
            WHEN o.result <> 'accepted' THEN o.error_code
            WHEN m.send_status IN ('DELIVERED', 'ERROR') THEN m.error_code END,
        service_id = coalesce(m.service_id, o.service_id),
        user_number = coalesce(nullif(o.user_number, ''), m.user_number),
        sent_at = CASE WHEN o.result = 'accepted' THEN coalesce(m.sent_at, now()) ELSE m.sent_at END,
        service_response_at = now(),
        available_at = now() + make_interval(secs => o.wait_seconds)
    FROM o
    WHERE m.id = o.id AND (SELECT count(*) FROM ordered) >= 0 AND (
        o.result = 'accepted'
        OR (m.attempts = o.attempt AND (m.send_status = 'SENDING'
            OR (o.result IN ('failed', 'unknown') AND m.send_status = 'NOT_ATTEMPTED'))))
    RETURNING m.id, m.campaign_contact_id, m.send_status, m.error_code, o.result
), marked AS (
    UPDATE campaign_contact cc SET error_code = l.error_code
    FROM (SELECT DISTINCT ON (c.campaign_contact_id) c.campaign_contact_id, c.error_code FROM changed c
        WHERE c.send_status = 'ERROR' AND c.result <> 'accepted' ORDER BY c.campaign_contact_id, c.id DESC) l
    WHERE cc.id = l.campaign_contact_id AND cc.error_code IS DISTINCT FROM l.error_code
)
SELECT DISTINCT cc.campaign_id, cc.assignment_id, cc.id AS contact_id
FROM changed c JOIN campaign_contact cc ON cc.id = c.campaign_contact_id

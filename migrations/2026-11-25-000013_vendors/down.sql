DROP INDEX inbound_event_part_idx;
-- Pieces that were never put together become texts of their own: nothing a contact wrote is dropped.
UPDATE inbound_event SET kind = 'message' WHERE kind = 'part' AND processed_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM inbound_event o WHERE o.service = inbound_event.service AND o.kind = 'message'
        AND o.event_key = inbound_event.event_key);
DELETE FROM inbound_event WHERE kind = 'part';
ALTER TABLE inbound_event DROP CONSTRAINT inbound_event_kind_check;
ALTER TABLE inbound_event ADD CONSTRAINT inbound_event_kind_check CHECK (kind IN ('message', 'receipt'));

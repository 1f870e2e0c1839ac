-- Pieces of a text from a contact wait until all have come; then they are one message.
ALTER TABLE inbound_event DROP CONSTRAINT inbound_event_kind_check;
ALTER TABLE inbound_event ADD CONSTRAINT inbound_event_kind_check CHECK (kind IN ('message', 'part', 'receipt'));
CREATE INDEX inbound_event_part_idx ON inbound_event (id) WHERE kind = 'part' AND processed_at IS NULL;

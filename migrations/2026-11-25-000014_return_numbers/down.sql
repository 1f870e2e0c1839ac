UPDATE owned_phone_number SET allocated_to = NULL, allocated_to_id = NULL, allocated_at = NULL
WHERE allocated_to = 'return';
ALTER TABLE owned_phone_number DROP CONSTRAINT owned_phone_number_allocated_to_check,
    ADD CONSTRAINT owned_phone_number_allocated_to_check CHECK (allocated_to IN ('campaign', 'messaging_service'));

-- Numbers that are being given back to the vendor are set apart, so that nobody gets one that is gone in a moment.
ALTER TABLE owned_phone_number DROP CONSTRAINT owned_phone_number_allocated_to_check,
    ADD CONSTRAINT owned_phone_number_allocated_to_check
        CHECK (allocated_to IN ('campaign', 'messaging_service', 'return'));

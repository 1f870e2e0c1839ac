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

-- What people and addresses spent of their minute, told by each process every two seconds. Not logged: after a crash
-- everybody starts anew.
CREATE UNLOGGED TABLE rate_usage (
    window_number bigint NOT NULL,
    key text NOT NULL,
    cost bigint NOT NULL,
    PRIMARY KEY (window_number, key)
);

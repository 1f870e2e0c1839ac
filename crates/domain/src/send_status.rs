//! Where one message is on its way to the vendor.

text_enum! {
    /// The state of one outgoing message: `message.send_status`.
    ///
    /// Source: Spoke's values, plus `UNKNOWN`, because vendors have no idempotency key: after a time-out nobody can
    /// say whether the message went out, so the outcome is a state and not a retry.
    pub enum SendStatus ("send status") {
        /// Held back: its campaign or organization is paused.
        Paused => "PAUSED",
        /// Recorded, waiting for a sender.
        Queued => "QUEUED",
        /// A sender holds it; the vendor may have it already.
        Sending => "SENDING",
        /// The vendor's answer was lost; a receipt or a person settles it.
        Unknown => "UNKNOWN",
        /// The vendor accepted it.
        Sent => "SENT",
        /// Cancelled before any attempt (opted out, past its window). Final.
        NotAttempted => "NOT_ATTEMPTED",
        /// The vendor or the carrier refused it.
        Error => "ERROR",
        /// The carrier says that it arrived. Final.
        Delivered => "DELIVERED",
    }
}

impl SendStatus {
    /// How far along the way: receipts come out of order, and a lower rank never replaces a higher one.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Paused => 0,
            Self::Queued => 1,
            Self::Sending => 2,
            Self::Unknown => 3,
            Self::Sent => 4,
            Self::NotAttempted | Self::Error => 5,
            Self::Delivered => 6,
        }
    }

    /// May the message move from this state to `next`? Staying is not a move.
    ///
    /// Only forward, by [`rank`](Self::rank); so delivered beats error, and an error does not beat delivered. The
    /// exceptions: `QUEUED` may be paused again; `UNKNOWN` may go back to `QUEUED` once it is settled that the vendor
    /// never had it; and only what was never handed to a vendor can be `NOT_ATTEMPTED`, which is final.
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::NotAttempted | Self::Delivered, _) => false,
            (Self::Queued, Self::Paused) | (Self::Unknown, Self::Queued) => true,
            (_, Self::NotAttempted) => matches!(self, Self::Paused | Self::Queued),
            // What is paused was not handed over, so it can have no outcome but by way of the queue.
            (Self::Paused, next) => matches!(next, Self::Queued),
            _ => next.rank() > self.rank(),
        }
    }

    /// Can nothing change this state any more?
    pub const fn is_final(self) -> bool {
        matches!(self, Self::NotAttempted | Self::Delivered)
    }
}

#[cfg(test)]
mod tests {
    use super::{SendStatus::*, *};

    fn moves(from: SendStatus) -> Vec<SendStatus> {
        SendStatus::ALL
            .iter()
            .copied()
            .filter(|next| from.may_become(*next))
            .collect()
    }

    #[test]
    fn moves_forward_only() {
        assert_eq!(moves(Paused), [Queued, NotAttempted]);
        assert_eq!(
            moves(Queued),
            [Paused, Sending, Unknown, Sent, NotAttempted, Error, Delivered]
        );
        assert_eq!(moves(Sending), [Unknown, Sent, Error, Delivered]);
        assert_eq!(moves(Unknown), [Queued, Sent, Error, Delivered]);
        assert_eq!(moves(Sent), [Error, Delivered]);
        assert_eq!(moves(Error), [Delivered]);
        assert_eq!(moves(Delivered), []);
        assert_eq!(moves(NotAttempted), []);
    }

    #[test]
    fn final_states_have_no_moves() {
        for status in SendStatus::ALL {
            assert_eq!(status.is_final(), moves(*status).is_empty(), "{status}");
        }
    }

    #[test]
    fn receipts_in_any_order_end_the_same() {
        let orders = [
            [Sent, Error, Delivered],
            [Delivered, Error, Sent],
            [Error, Delivered, Sent],
        ];
        for order in orders {
            let end = order
                .iter()
                .fold(Sending, |at, next| if at.may_become(*next) { *next } else { at });
            assert_eq!(end, Delivered, "{order:?}");
        }
    }

    #[test]
    fn text_survives_the_round_trip() {
        for status in SendStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        assert_eq!(NotAttempted.to_string(), "NOT_ATTEMPTED");
    }
}

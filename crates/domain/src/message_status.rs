//! Where the conversation with a contact is.

text_enum! {
    /// The state of one contact's conversation: `campaign_contact.message_status`.
    ///
    /// Source: Spoke (`src/server/api/mutations/sendMessage.js`). Being opted out is not a status.
    pub enum MessageStatus ("message status") {
        /// Never texted.
        NeedsMessage => "needsMessage",
        /// The contact wrote last.
        NeedsResponse => "needsResponse",
        /// The texter wrote last, in answer to the contact.
        Convo => "convo",
        /// Texted, not answered.
        Messaged => "messaged",
        /// Nothing more to do, unless the contact writes again.
        Closed => "closed",
    }
}

impl MessageStatus {
    /// The status after a text to the contact: `convo` in answer to a text, else `messaged`.
    ///
    /// So a text to a closed conversation gives `messaged`, as in Spoke.
    pub fn after_outgoing(self) -> Self {
        match self {
            Self::NeedsResponse | Self::Convo => Self::Convo,
            Self::NeedsMessage | Self::Messaged | Self::Closed => Self::Messaged,
        }
    }

    /// The status after a text from the contact, which reopens a closed conversation.
    ///
    /// A request to stop is the exception: it closes the conversation (see [`crate::opt_out_words`]).
    pub fn after_incoming(self) -> Self {
        Self::NeedsResponse
    }

    /// May a person set the status to `other`? To anything but `needsMessage`, which would ask for a second first
    /// message.
    pub fn may_be_set_to(self, other: Self) -> bool {
        other != Self::NeedsMessage
    }
}

#[cfg(test)]
mod tests {
    use super::{MessageStatus::*, *};

    #[test]
    fn outgoing() {
        let cases = [
            (NeedsMessage, Messaged),
            (NeedsResponse, Convo),
            (Convo, Convo),
            (Messaged, Messaged),
            (Closed, Messaged),
        ];
        for (before, after) in cases {
            assert_eq!(before.after_outgoing(), after, "{before}");
        }
    }

    #[test]
    fn incoming_always_needs_a_response() {
        for before in MessageStatus::ALL {
            assert_eq!(before.after_incoming(), NeedsResponse, "{before}");
        }
    }

    #[test]
    fn nobody_goes_back_to_needs_message() {
        for before in MessageStatus::ALL {
            for after in MessageStatus::ALL {
                assert_eq!(
                    before.may_be_set_to(*after),
                    *after != NeedsMessage,
                    "{before} -> {after}"
                );
            }
        }
    }

    #[test]
    fn text_survives_the_round_trip() {
        for status in MessageStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        assert!("NEEDSMESSAGE".parse::<MessageStatus>().is_err());
        assert_eq!(serde_json::to_string(&NeedsMessage).unwrap(), "\"needsMessage\"");
    }
}

//! Numbers of campaigns and assignments.

use async_graphql::{Object, SimpleObject};
use bellwether_db::contact_count::ContactCounts as Counts;

/// A count as the contract's Int; what does not fit is the greatest.
pub fn int(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Kept counts of contacts.
pub struct ContactCounts(pub Counts);

/// Kept counts of contacts, opted-out ones only in optedOut and total.
#[Object]
impl ContactCounts {
    /// Contacts in all.
    async fn total(&self) -> i32 {
        int(self.0.total)
    }
    /// First messages still to send.
    async fn needs_message(&self) -> i32 {
        int(self.0.needs_message)
    }
    /// Of these, those that may be texted at this moment.
    async fn needs_message_now(&self) -> i32 {
        int(self.0.needs_message_now)
    }
    /// Contacts who were texted and have not answered.
    async fn messaged(&self) -> i32 {
        int(self.0.messaged)
    }
    /// Contacts who wait for a reply.
    async fn needs_response(&self) -> i32 {
        int(self.0.needs_response)
    }
    /// Of these, those that may be texted at this moment.
    async fn needs_response_now(&self) -> i32 {
        int(self.0.needs_response_now)
    }
    /// Contacts who were answered.
    async fn convo(&self) -> i32 {
        int(self.0.convo)
    }
    /// Closed conversations.
    async fn closed(&self) -> i32 {
        int(self.0.closed)
    }
    /// Contacts who have opted out.
    async fn opted_out(&self) -> i32 {
        int(self.0.opted_out)
    }
    /// Contacts whose last text could not be delivered.
    async fn failed(&self) -> i32 {
        int(self.0.failed)
    }
    /// Texts sent to contacts, first messages and replies.
    async fn messages_sent(&self) -> i32 {
        int(self.0.messages_sent)
    }
    /// Texts received from contacts.
    async fn messages_received(&self) -> i32 {
        int(self.0.messages_received)
    }
}

/// What became of a campaign's texts.
#[derive(SimpleObject)]
pub struct CampaignStats {
    /// Texts sent.
    pub sent_messages_count: Option<i32>,
    /// Texts received.
    pub received_messages_count: Option<i32>,
    /// Contacts opted out.
    pub opt_outs_count: Option<i32>,
    /// Contacts with errors, by code.
    pub error_counts: Option<Vec<Option<ErrorStat>>>,
}

/// How far a campaign is.
#[derive(SimpleObject)]
pub struct CampaignCompletionStats {
    /// Contacts that have a texter.
    pub assigned_count: Option<i32>,
    /// Contacts in all.
    pub contacts_count: Option<i32>,
    /// Contacts with errors.
    pub error_count: Option<i32>,
    /// Contacts that were texted.
    pub messaged_count: Option<i32>,
    /// Contacts who wait for a reply.
    pub needs_response_count: Option<i32>,
}

/// How many contacts have an error.
#[derive(SimpleObject)]
pub struct ErrorStat {
    /// The vendor's code, or ours when negative.
    pub code: String,
    /// Contacts.
    pub count: i32,
    /// Where the vendor explains the code.
    pub link: Option<String>,
    /// What the code means.
    pub description: Option<String>,
}

//! Typed enums beside the contract's texts.

use async_graphql::Enum;
use bellwether_domain::{message_status::MessageStatus, role::Role, send_status};

/// The state of one contact's conversation; the contract's `messageStatus` as a type.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "MessageStatus")]
pub enum ContactStatus {
    /// Never texted: needsMessage.
    NeedsMessage,
    /// The contact wrote last: needsResponse.
    NeedsResponse,
    /// The texter wrote last, in answer to the contact: convo.
    Convo,
    /// Texted, not answered: messaged.
    Messaged,
    /// Ended by a texter: closed.
    Closed,
}

/// The state of one text on its way.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "send_status::SendStatus")]
pub enum SendStatus {
    /// Held back: its campaign or organization is paused.
    Paused,
    /// Recorded, waiting for a sender.
    Queued,
    /// A sender holds it.
    Sending,
    /// The vendor's answer was lost; a delivery report settles it.
    Unknown,
    /// The vendor took it.
    Sent,
    /// Taken back before any attempt.
    NotAttempted,
    /// The vendor or the carrier refused it.
    Error,
    /// It arrived.
    Delivered,
}

/// A person's role in an organization, lowest first.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Role")]
pub enum UserRole {
    /// May do nothing.
    Suspended,
    /// Texts.
    Texter,
    /// Texts, and is trusted with more.
    VettedTexter,
    /// Supervises.
    Supervolunteer,
    /// Runs campaigns.
    Admin,
    /// Owns the organization.
    Owner,
}

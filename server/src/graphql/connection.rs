//! Pages by cursor (Relay's connections), for lists that can be long: each page costs the same, however far it is.
//!
//! A cursor is the id of the row it stands at, made opaque: it stays good while rows come and go. The type of `pageInfo`
//! is `ConnectionPageInfo`, because `PageInfo` is the contract's name for pages by offset.

use async_graphql::SimpleObject;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    contact::{CampaignContact, Message, OptOut},
    conversation::Conversation,
    error::GqlResult,
    opt_out::{OptOutEvent, UnmatchedText},
    sending::DeadLetter,
    user::User,
};
use crate::error::OpError;

/// Rows of a page when nobody says.
pub const DEFAULT_PAGE: i32 = 50;
/// Rows of a page at most (S01).
pub const MAX_PAGE: i32 = 100;

/// Where a page stands.
#[derive(SimpleObject)]
pub struct ConnectionPageInfo {
    /// Whether there is more after it.
    pub has_next_page: bool,
    /// Whether there is more before it.
    pub has_previous_page: bool,
    /// Cursor of its first row; null when it is empty.
    pub start_cursor: Option<String>,
    /// Cursor of its last row: give it as `after` for the next page; null when it is empty.
    pub end_cursor: Option<String>,
}

/// Which page was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Rows.
    pub limit: i64,
    /// The row after which it begins.
    pub after: Option<i64>,
}

impl Asked {
    /// From `first` and `after`, refused by name when they cannot be.
    pub fn parse(first: Option<i32>, after: Option<&str>) -> GqlResult<Self> {
        let limit = first.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&limit) {
            return Err(OpError::bad_input(format!("first: 1 to {MAX_PAGE}")).into());
        }
        let after = match after.filter(|cursor| !cursor.is_empty()) {
            None => None,
            Some(cursor) => Some(
                id_of(cursor)
                    .ok_or_else(|| OpError::bad_input("after: not a cursor that this server gave"))?,
            ),
        };
        Ok(Self {
            limit: limit.into(),
            after,
        })
    }

    /// One row more than asked for: whether it is there tells whether there is a next page.
    pub const fn fetched(&self) -> i64 {
        self.limit + 1
    }
}

fn cursor(id: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("after:{id}"))
}

fn id_of(cursor: &str) -> Option<i64> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix("after:")?.parse().ok()
}

macro_rules! connections {
    ($($connection:ident, $edge:ident, $node:ident, $what:literal;)*) => {$(
        #[doc = concat!("A page of ", $what, ".")]
        #[derive(SimpleObject)]
        pub struct $connection {
            /// The rows with their cursors.
            pub edges: Vec<$edge>,
            /// Where the page stands.
            pub page_info: ConnectionPageInfo,
        }

        #[doc = concat!("One of ", $what, ", and where it stands.")]
        #[derive(SimpleObject)]
        pub struct $edge {
            /// Where it stands: give it as `after` to go on behind it.
            pub cursor: String,
            /// The row.
            pub node: $node,
        }

        impl $connection {
            /// Of rows with their ids: one more than asked for, when there is a next page.
            pub fn new(asked: Asked, rows: Vec<(i64, $node)>) -> Self {
                let limit = usize::try_from(asked.limit).unwrap_or(usize::MAX);
                let has_next_page = rows.len() > limit;
                let edges: Vec<$edge> = rows
                    .into_iter()
                    .take(limit)
                    .map(|(id, node)| $edge { cursor: cursor(id), node })
                    .collect();
                Self {
                    page_info: ConnectionPageInfo {
                        has_next_page,
                        has_previous_page: asked.after.is_some(),
                        start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                        end_cursor: edges.last().map(|edge| edge.cursor.clone()),
                    },
                    edges,
                }
            }
        }
    )*};
}

connections! {
    CampaignContactConnection, CampaignContactEdge, CampaignContact, "contacts";
    ConversationConnection, ConversationEdge, Conversation, "conversations";
    DeadLetterConnection, DeadLetterEdge, DeadLetter, "texts that never left, or may not have";
    MessageConnection, MessageEdge, Message, "texts";
    OptOutConnection, OptOutEdge, OptOut, "opt-outs";
    OptOutEventConnection, OptOutEventEdge, OptOutEvent, "what became of cells";
    UnmatchedTextConnection, UnmatchedTextEdge, UnmatchedText, "texts that belonged to no conversation";
    UserConnection, UserEdge, User, "people";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_and_others_are_not() {
        assert_eq!(id_of(&cursor(42)), Some(42));
        for wrong in ["", "42", "after:42", "!!!", "YWZ0ZXI6eA"] {
            assert_eq!(id_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pages_have_bounds() {
        assert_eq!(
            Asked::parse(None, None).ok(),
            Some(Asked {
                limit: 50,
                after: None
            })
        );
        for wrong in [0, -1, 101, i32::MAX] {
            assert!(Asked::parse(Some(wrong), None).is_err());
        }
        assert!(Asked::parse(None, Some("nonsense")).is_err());
    }
}

//! Tags, and tags on contacts.

use async_graphql::{ID, InputObject, SimpleObject};
use bellwether_db::tag::{ContactTagRow, TagRow};

/// A tag of an organization.
#[derive(SimpleObject)]
pub struct Tag {
    /// The tag's id.
    pub id: Option<ID>,
    /// Its name.
    pub name: Option<String>,
    /// Its group; texters see and use texter-tags.
    pub group: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it was deleted.
    pub is_deleted: Option<bool>,
    /// Whose it is.
    pub organization_id: Option<String>,
}

impl From<TagRow> for Tag {
    fn from(row: TagRow) -> Self {
        Self {
            id: Some(row.id.into()),
            name: Some(row.name),
            group: row.group,
            description: Some(row.description),
            is_deleted: Some(row.is_deleted),
            organization_id: Some(row.organization_id.to_string()),
        }
    }
}

/// A tag on a contact.
#[derive(SimpleObject)]
pub struct ContactTag {
    /// The contact.
    pub campaign_contact_id: Option<String>,
    /// The tag.
    pub id: Option<ID>,
    /// Null while it is open, RESOLVED once somebody has seen to it, or any other text.
    pub value: Option<String>,
}

impl From<ContactTagRow> for ContactTag {
    fn from(row: ContactTagRow) -> Self {
        Self {
            campaign_contact_id: Some(row.campaign_contact_id.to_string()),
            id: Some(row.tag_id.into()),
            value: row.value,
        }
    }
}

/// What a tag is to be.
#[derive(InputObject)]
pub struct TagInput {
    /// Its id; not read: the argument beside it says which.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its group; empty is none, left out stays.
    pub group: Option<String>,
    /// Not read: a tag has a value on a contact only.
    pub value: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Not read: deleteTag deletes.
    pub is_deleted: Option<bool>,
    /// Not read: the argument beside it says whose.
    pub organization_id: Option<String>,
}

/// A tag to be put on a contact.
#[derive(InputObject)]
pub struct ContactTagInput {
    /// The tag.
    pub id: Option<String>,
    /// Not read: the tag has its name.
    pub name: Option<String>,
    /// Null while it is open, RESOLVED once somebody has seen to it, or any other text.
    pub value: Option<String>,
}

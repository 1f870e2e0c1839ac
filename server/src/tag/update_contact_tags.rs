//! Puts tags on a contact, or changes what they say of it.

use bellwether_db::{
    AsyncConnection,
    tag::{self, TEXTER_TAGS},
};

use super::save::MAX_DESCRIPTION;
use crate::{
    app::App,
    conversation::contact,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Tags in one request at most.
pub const MAX_TAGS: usize = 100;

/// A tag to be put on a contact.
#[derive(Debug, Clone)]
pub struct TagOnContact {
    /// The tag.
    pub id: i64,
    /// None while it is open, RESOLVED, or any other text.
    pub value: Option<String>,
}

/// Puts the tags on the contact; others stay. Texters use those of the group texter-tags alone.
pub async fn update_contact_tags(
    app: &App,
    requester: &Requester,
    contact_id: i64,
    tags: &[TagOnContact],
) -> OpResult<()> {
    if tags.len() > MAX_TAGS {
        return Err(OpError::bad_input(format!("tags: {MAX_TAGS} at most")));
    }
    let contact = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let contact =
                contact::lock_for(conn, requester, Permission::UpdateContactTags, contact_id).await?;
            let known = tag::of_organizations(conn, &[contact.organization_id]).await?;
            let all = requester.may(Permission::OrganizationAllTags, contact.organization_id);
            let (mut ids, mut values) = (Vec::new(), Vec::new());
            for given in tags {
                let found = known.iter().find(|tag| tag.id == given.id);
                let found = found.filter(|tag| all || tag.group.as_deref() == Some(TEXTER_TAGS));
                let found = found.ok_or_else(OpError::not_found)?;
                let value = given.value.as_deref().filter(|value| !value.is_empty());
                if value.is_some_and(|value| value.chars().count() > MAX_DESCRIPTION || value.contains('\0'))
                {
                    return Err(OpError::bad_input(format!(
                        "tags.value: {MAX_DESCRIPTION} characters at most, none of them NUL"
                    )));
                }
                if !ids.contains(&found.id) {
                    ids.push(found.id);
                    values.push(value.map(str::to_owned));
                }
            }
            tag::set_on_contact(conn, contact_id, requester.user_id, &ids, &values).await?;
            Ok(contact)
        })
        .await?;
    app.events
        .contact_changed(contact.campaign_id, contact.assignment_id, contact.id);
    Ok(())
}

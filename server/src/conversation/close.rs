//! Closes conversations, reopens them, or puts them into another state.

use bellwether_db::AsyncConnection;
use bellwether_domain::message_status::MessageStatus;

use crate::{
    app::App,
    conversation::contact,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Contacts in one request at most.
pub const MAX_CONTACTS: usize = 1_000;

/// Sets the state of contacts, all or none; with a campaign, the contact must be of it.
pub async fn edit_message_status(
    app: &App,
    requester: &Requester,
    contacts: &[(i64, Option<i64>)],
    status: &str,
) -> OpResult<()> {
    let next: MessageStatus = status.parse().map_err(|_unknown| {
        OpError::bad_input(format!("messageStatus: {status:?} is not a state of a contact"))
    })?;
    if contacts.is_empty() || contacts.len() > MAX_CONTACTS {
        return Err(OpError::bad_input(format!(
            "campaignContactId: 1 to {MAX_CONTACTS} contacts in one request"
        )));
    }
    let mut ordered = contacts.to_vec();
    ordered.sort_unstable();
    ordered.dedup();
    let changed = app
        .db()
        .await?
        .transaction(async |conn| {
            let mut changed = Vec::new();
            for (id, campaign_id) in &ordered {
                let contact = contact::lock_for(conn, requester, Permission::EditMessageStatus, *id).await?;
                if campaign_id.is_some_and(|campaign_id| campaign_id != contact.campaign_id) {
                    return Err(OpError::not_found());
                }
                let current: MessageStatus = contact
                    .message_status
                    .parse()
                    .map_err(|_unknown| OpError::Unexpected(format!("contact {id} has an unknown state")))?;
                if current == next {
                    continue;
                }
                if !current.may_be_set_to(next) {
                    return Err(OpError::bad_input(format!(
                        "messageStatus: a contact that is {current} cannot be set to {next}"
                    )));
                }
                bellwether_db::campaign_contact::set_status(conn, *id, next.as_str()).await?;
                changed.push(contact);
            }
            Ok(changed)
        })
        .await?;
    for contact in changed {
        app.events
            .contact_changed(contact.campaign_id, contact.assignment_id, contact.id);
    }
    Ok(())
}

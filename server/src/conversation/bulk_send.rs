//! Sends the first message to many contacts of an assignment at once, where the instance and the organization allow it.
//!
//! In the United States texts without a person's own action each may count as autodialed (47 U.S.C. 227), so both
//! switches are off unless somebody turns them on.

use bellwether_db::{
    AsyncConnection,
    contact_list::{self, ContactsFilter},
    message::{self, SendMessage, SendResult},
};

use crate::{
    app::App,
    assignment::{batch, read},
    error::{OpError, OpResult},
    organization::features,
    permissions::Permission,
    requester::Requester,
};

/// Sends the first message to contacts of the assignment whose texting hours are open, so many at most as one call
/// may; contacts that are refused are left out and keep the others from nothing.
pub async fn bulk_send_messages(
    app: &App,
    requester: &Requester,
    assignment_id: i64,
) -> OpResult<Vec<SendResult>> {
    let found = read::assignment(app, requester, Permission::BulkSendMessages, assignment_id).await?;
    let mut conn = app.db().await?;
    let organization = bellwether_db::organization::by_ids(&mut conn, &[found.organization_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    if !features::allow_send_all(app, &organization) {
        return Err(OpError::bad_input(
            "assignmentId: sending to many at once is not allowed in this organization",
        ));
    }
    let campaign = bellwether_db::campaign::by_ids(&mut conn, &[found.assignment.campaign_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    if campaign.use_dynamic_assignment {
        // Whoever has nothing left gets a batch first, as by hand.
        let chunk = i32::try_from(app.config.bulk_send_chunk_size).unwrap_or(i32::MAX);
        let permission = Permission::BulkSendMessages;
        let (owned, taken) = conn
            .transaction::<_, OpError, _>(async |conn| {
                batch::take_batch(app, conn, requester, permission, assignment_id, chunk, None).await
            })
            .await?;
        batch::tell(app, &owned, &taken);
    }
    let filter = ContactsFilter {
        statuses: Some(vec!["needsMessage".to_owned()]),
        is_opted_out: Some(false),
        valid_timezone: Some(true),
        hide_past_due: true,
        assignment_id: Some(assignment_id),
        ..ContactsFilter::default()
    };
    let limit = i64::from(app.config.bulk_send_batch_size);
    let contacts = contact_list::to_text(&mut conn, found.organization_id, &filter, limit, app.now()).await?;
    let mut sent = Vec::new();
    for contact in contacts {
        let result = message::send(
            &mut conn,
            &SendMessage {
                actor: requester.user_id,
                contact: contact.id,
                assignment: Some(assignment_id),
                text: None,
                script_version: Some(campaign.script_version),
                idempotency_key: None,
                now: app.now(),
                max_length: app.config.max_message_length,
                default_service: &app.config.default_service,
            },
        )
        .await?;
        if result.refusal.is_none() {
            app.events
                .contact_changed(contact.campaign_id, result.assignment_id, contact.id);
            sent.push(result);
        }
    }
    Ok(sent)
}

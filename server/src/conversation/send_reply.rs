//! Pretends that a contact wrote, for trying a campaign out: only where texts go nowhere anyway.

use bellwether_db::campaign_contact;

use crate::{
    app::App,
    delivery::{
        apply, receive,
        vendor::{InboundEvent, MessageEvent},
    },
    error::{OpError, OpResult},
    extensions::vendors::fakeservice,
    permissions::Permission,
    phone_number::inventory,
    requester::Requester,
};

/// Stores a text from the contact by the way that real ones come.
pub async fn send_reply(app: &App, requester: &Requester, contact_id: i64, text: &str) -> OpResult<()> {
    let mut conn = app.db().await?;
    let contact = campaign_contact::owner(&mut conn, contact_id, false)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.permit(Permission::SendReply, contact.organization_id)?;
    let organization = bellwether_db::organization::by_ids(&mut conn, &[contact.organization_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    if inventory::service_name(app, &organization) != fakeservice::NAME {
        return Err(OpError::bad_input(
            "id: replies can be made up with the built-in fake service alone",
        ));
    }
    let text = text.replace('\0', "");
    let length = text.chars().count() as i64;
    if text.trim().is_empty() || length > i64::from(app.config.max_message_length) {
        return Err(OpError::bad_input(format!(
            "message: 1 to {} characters",
            app.config.max_message_length
        )));
    }
    let messages = bellwether_db::message::for_contacts(&mut conn, &[contact_id]).await?;
    let sent = messages.iter().rev().find(|message| !message.is_from_contact);
    let sent = sent.ok_or_else(|| OpError::bad_input("id: nobody has texted this contact yet"))?;
    let event = InboundEvent::Message(MessageEvent {
        service_id: format!("made-up-{}", uuid::Uuid::new_v4().simple()),
        from: contact.cell.clone(),
        to: sent.user_number.clone(),
        text,
        ..MessageEvent::default()
    });
    drop(conn);
    let payload = fakeservice::wire::write(&event);
    let organization_id = Some(contact.organization_id);
    receive::store_event(
        &app.pool,
        &app.events,
        fakeservice::NAME,
        organization_id,
        &event,
        &payload,
    )
    .await
    .map_err(|error| OpError::Unexpected(error.to_string()))?;
    // So that whoever asked sees it at once; a worker would do it within a second.
    apply::run_once(app).await?;
    Ok(())
}

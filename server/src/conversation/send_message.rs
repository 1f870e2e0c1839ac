//! Queues one text to one contact: one round trip to PostgreSQL, which checks everything and stores the text, or
//! says why not and changes nothing. A worker sends it later (`delivery/dispatch.rs`).

use bellwether_db::{
    Conn,
    message::{self, SendMessage, SendResult},
    tag,
};
use bellwether_domain::{error_codes::ErrorCode, segments};

use crate::{
    app::App,
    error::{OpError, OpResult},
    failpoint,
    permissions::Permission,
    requester::Requester,
};

/// Characters in an idempotency key at most.
pub const MAX_IDEMPOTENCY_KEY: usize = 100;

/// What a texter asks to send.
#[derive(Debug, Default)]
pub struct SendMessageInput {
    /// The text; with `script_version` the server renders it and this is not read.
    pub text: Option<String>,
    /// The assignment that the texter believes has the contact.
    pub assignment_id: Option<i64>,
    /// The version of the first message that the texter saw.
    pub script_version: Option<i32>,
    /// Makes a repeated request the same request.
    pub idempotency_key: Option<String>,
    /// The saved reply it came from: its tags go on the contact.
    pub canned_response_id: Option<i64>,
}

/// Queues a text, or refuses.
pub async fn send_message(
    app: &App,
    requester: &Requester,
    contact_id: i64,
    input: &SendMessageInput,
) -> OpResult<SendResult> {
    if input
        .idempotency_key
        .as_ref()
        .is_some_and(|key| key.chars().count() > MAX_IDEMPOTENCY_KEY)
    {
        return Err(OpError::bad_input(format!(
            "idempotencyKey: {MAX_IDEMPOTENCY_KEY} characters at most"
        )));
    }
    // NUL cannot be stored; look-alikes of GSM letters would double the number of segments.
    let text = input.text.as_deref().map(|text| {
        segments::replace_gsm_lookalikes(&text.replace('\0', ""))
            .trim()
            .to_owned()
    });
    let mut conn = app.db().await?;
    if let Some(id) = input.canned_response_id {
        check_canned_response(&mut conn, requester, contact_id, id).await?;
    }
    failpoint!("send-before-store");
    let result = message::send(
        &mut conn,
        &SendMessage {
            actor: requester.user_id,
            contact: contact_id,
            assignment: input.assignment_id,
            text: text.as_deref(),
            script_version: input.script_version,
            idempotency_key: input.idempotency_key.as_deref(),
            now: app.now(),
            max_length: app.config.max_message_length,
            default_service: &app.config.default_service,
        },
    )
    .await?;
    failpoint!("send-after-store");
    refuse(&result)?;
    if let Some(id) = input.canned_response_id {
        // The text is queued: what its tags come to must not make anybody send it again.
        if let Err(error) = tag::apply_canned_response(&mut conn, contact_id, id, requester.user_id).await {
            tracing::error!(contact.id = contact_id, %error, "could not put a saved reply's tags on a contact");
        }
    }
    drop(conn);
    if let Some(campaign_id) = result.campaign_id {
        app.events
            .contact_changed(campaign_id, result.assignment_id, contact_id);
    }
    Ok(result)
}

/// Refuses a saved reply of another campaign. Who may not know of the contact is refused by the statement that sends.
async fn check_canned_response(
    conn: &mut Conn,
    requester: &Requester,
    contact_id: i64,
    canned_response_id: i64,
) -> OpResult<()> {
    let contact = bellwether_db::campaign_contact::owner(conn, contact_id, false)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.permit_assignment(
        Permission::SendMessage,
        contact.organization_id,
        contact.texter_id,
    )?;
    let reply = bellwether_db::canned_response::by_id(conn, canned_response_id).await?;
    match reply.filter(|reply| reply.campaign_id == contact.campaign_id) {
        Some(_) => Ok(()),
        None => Err(OpError::not_found()),
    }
}

/// Turns the statement's refusal into an error.
pub fn refuse(result: &SendResult) -> OpResult<()> {
    match result.refusal.as_deref() {
        None => Ok(()),
        Some(code) => match code.parse::<ErrorCode>() {
            Ok(code) => Err(OpError::refused(code)),
            Err(_) => Err(OpError::Unexpected(format!(
                "send_message refused with unknown code {code:?}"
            ))),
        },
    }
}

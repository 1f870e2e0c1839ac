//! Opts a contact out. From the moment this commits no text leaves for the cell, but for the one confirmation.

use bellwether_db::{
    AsyncConnection, message,
    message::SendMessage,
    opt_out::{self, NewOptOut, Source},
    opt_out_confirmation,
};
use bellwether_domain::segments;

use crate::{
    app::App,
    conversation::{contact, send_message::refuse},
    error::{OpError, OpResult},
    failpoint,
    organization::opt_out_message::opt_out_message,
    permissions::Permission,
    requester::Requester,
};

/// Characters in a reason at most.
pub const MAX_REASON: usize = 500;

/// Who opts whom out, and how it is confirmed.
#[derive(Debug, Default)]
pub struct OptOutInput {
    /// Why, in the texter's words.
    pub reason: String,
    /// The confirmation to be sent, in the same transaction.
    pub message: Option<String>,
    /// Whether no confirmation was sent before (Spoke's clients send it with sendMessage first).
    pub no_reply: bool,
}

/// Opts the contact's cell out of the organization.
pub async fn create_opt_out(
    app: &App,
    requester: &Requester,
    contact_id: i64,
    input: &OptOutInput,
) -> OpResult<()> {
    if input.reason.chars().count() > MAX_REASON {
        return Err(OpError::bad_input(format!(
            "reason: {MAX_REASON} characters at most"
        )));
    }
    let changed = app
        .db()
        .await?
        .transaction(async |conn| {
            contact::check(conn, requester, Permission::CreateOptOut, contact_id).await?;
            // Every contact of the cell in the order that all others take, so that nobody waits in a circle.
            opt_out::lock_cell(conn, contact_id).await?;
            let contact = contact::lock_for(conn, requester, Permission::CreateOptOut, contact_id).await?;
            let keep = match input
                .message
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
            {
                Some(text) => {
                    let text = segments::replace_gsm_lookalikes(&text.replace('\0', ""));
                    let sent = message::send(
                        conn,
                        &SendMessage {
                            actor: requester.user_id,
                            contact: contact_id,
                            assignment: contact.assignment_id,
                            text: Some(&text),
                            script_version: None,
                            idempotency_key: None,
                            now: app.now(),
                            max_length: app.config.max_message_length,
                            default_service: &app.config.default_service,
                        },
                    )
                    .await?;
                    refuse(&sent)?;
                    sent.message_id
                }
                None if input.no_reply => None,
                None => {
                    // Spoke's clients send the confirmation first: that one text, if it is the organization's own
                    // words and still waits, may still go out.
                    let organization = bellwether_db::organization::by_ids(conn, &[contact.organization_id])
                        .await?
                        .pop()
                        .ok_or_else(OpError::not_found)?;
                    let words = segments::replace_gsm_lookalikes(opt_out_message(app, &organization).trim());
                    opt_out_confirmation::waiting(conn, contact_id, requester.user_id, &words).await?
                }
            };
            let reason = input.reason.replace('\0', "");
            let new = NewOptOut {
                organization_id: contact.organization_id,
                cell: &contact.cell,
                assignment_id: contact.assignment_id,
                reason: reason.trim(),
                source: Source::Texter,
                user_id: Some(requester.user_id),
                keep_message: keep,
            };
            let changed = opt_out::opt_out(conn, &new).await?;
            failpoint!("opt-out-before-commit");
            Ok::<_, OpError>(changed)
        })
        .await?;
    failpoint!("opt-out-after-commit");
    for contact in changed {
        app.events
            .contact_changed(contact.campaign_id, contact.assignment_id, contact.contact_id);
    }
    Ok(())
}

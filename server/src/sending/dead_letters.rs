//! Texts that never left, or may not have: shown with their reason, and retried or dropped by hand.

use bellwether_db::delivery_report::{self, DeadLetter, Decision};

use crate::{
    app::App,
    delivery::record,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Texts in one request at most.
pub const MAX_TEXTS: usize = 1_000;

/// Dead letters of an organization or one of its campaigns, by id.
pub async fn dead_letters(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    campaign_id: Option<i64>,
    after: Option<i64>,
    limit: i64,
) -> OpResult<Vec<DeadLetter>> {
    requester.permit(Permission::DeadLetters, organization_id)?;
    Ok(
        delivery_report::dead_letters(&mut *app.db().await?, organization_id, campaign_id, after, limit)
            .await?,
    )
}

/// Sends dead letters after all. Whoever asks for this of a text whose fate is unknown takes it upon himself that it may
/// arrive twice. Returns how many are queued; others of the organization are left as they are.
pub async fn retry_texts(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    message_ids: &[i64],
) -> OpResult<usize> {
    requester.permit(Permission::RetryTexts, organization_id)?;
    decide(app, organization_id, message_ids, Decision::Retry).await
}

/// Takes dead letters off the list, for good. Returns how many.
pub async fn drop_texts(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    message_ids: &[i64],
) -> OpResult<usize> {
    requester.permit(Permission::DropTexts, organization_id)?;
    decide(app, organization_id, message_ids, Decision::Drop).await
}

async fn decide(app: &App, organization_id: i64, message_ids: &[i64], decision: Decision) -> OpResult<usize> {
    if message_ids.is_empty() || message_ids.len() > MAX_TEXTS {
        return Err(OpError::bad_input(format!("messageIds: 1 to {MAX_TEXTS}")));
    }
    let mut conn = app.db().await?;
    if !delivery_report::are_of(&mut conn, organization_id, message_ids).await? {
        return Err(OpError::not_found());
    }
    let changed = delivery_report::decide(&mut conn, organization_id, message_ids, decision).await?;
    record::tell(&app.events, &changed);
    Ok(changed.len())
}

//! How fast an organization sends: limits that its owner sets, and what vendors taught us.

use bellwether_db::{
    campaign,
    pace::{self, DEFAULT_DAY_ZONE, PaceRow},
};

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Texts per second that may be set at most.
pub const MAX_PER_SECOND: f64 = 10_000.0;
/// Characters in a key at most.
pub const MAX_KEY: usize = 100;
/// A limit to set. None lifts it.
#[derive(Debug, Clone)]
pub struct LimitInput {
    /// `account`, `service`, `number` or `carrier`.
    pub scope: &'static str,
    /// Which messaging service, number or carrier.
    pub key: String,
    /// Texts per second.
    pub per_second: Option<f64>,
    /// Texts per day.
    pub per_day: Option<i32>,
    /// Where that day ends; none: [`DEFAULT_DAY_ZONE`].
    pub day_zone: Option<String>,
}

/// The limits of an organization, for its supervisors.
pub async fn limits(app: &App, requester: &Requester, organization_id: i64) -> OpResult<Vec<PaceRow>> {
    requester.permit(Permission::OrganizationSendingLimits, organization_id)?;
    Ok(pace::for_organization(&mut *app.db().await?, organization_id).await?)
}

/// Sets or lifts a limit.
pub async fn set_sending_limit(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    input: &LimitInput,
) -> OpResult<()> {
    requester.permit(Permission::SetSendingLimit, organization_id)?;
    if !matches!(input.scope, "account" | "service") {
        return Err(OpError::bad_input(
            "scope: ACCOUNT or SERVICE; numbers have NUMBER_DAILY_SHARE, and carriers teach their limits themselves",
        ));
    }
    if input.scope == "account" && !input.key.is_empty() {
        return Err(OpError::bad_input("key: an account has none"));
    }
    if input.key.chars().count() > MAX_KEY || input.key.contains('\0') {
        return Err(OpError::bad_input(format!("key: {MAX_KEY} characters at most")));
    }
    if input
        .per_second
        .is_some_and(|rate| !(rate > 0.0 && rate <= MAX_PER_SECOND))
    {
        return Err(OpError::bad_input(format!(
            "perSecond: more than 0 and {MAX_PER_SECOND} at most"
        )));
    }
    if input.per_day.is_some_and(|texts| texts < 0) {
        return Err(OpError::bad_input("perDay: 0 or more"));
    }
    let zone = input.day_zone.as_deref().unwrap_or(DEFAULT_DAY_ZONE);
    let mut conn = app.db().await?;
    if !campaign::is_time_zone(&mut conn, zone).await? {
        return Err(OpError::bad_input(format!(
            "dayZone: {zone:?} is not a time zone"
        )));
    }
    pace::set_limits(
        &mut conn,
        organization_id,
        input.scope,
        &input.key,
        input.per_second,
        input.per_day,
        zone,
    )
    .await?;
    Ok(())
}

/// Tries a vendor that refused the account again at once: somebody has set right what was wrong.
pub async fn resume_sending(app: &App, requester: &Requester, organization_id: i64) -> OpResult<()> {
    requester.permit(Permission::ResumeSending, organization_id)?;
    pace::account_accepted(&mut *app.db().await?, organization_id).await?;
    Ok(())
}

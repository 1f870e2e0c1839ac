//! Inviting somebody to make an organization, and making it.

use bellwether_db::organization::OrganizationRow;
use bellwether_domain::{error_codes::ErrorCode, role::Role};
use chrono::TimeDelta;

use crate::{
    account::secret,
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Days in which an invitation can be used.
pub const INVITE_DAYS: i64 = 14;
/// Characters in the name of an organization at most.
pub const MAX_NAME: usize = 200;

/// An invitation, by its secret.
pub struct InviteState {
    /// The secret: whoever has it may use the invitation.
    pub hash: String,
    /// Whether it can still be used.
    pub is_valid: bool,
}

/// Makes an invitation. None where only superadmins may, and the requester is none.
pub async fn create_invite(app: &App, requester: &Requester) -> OpResult<Option<InviteState>> {
    if app.config.suppress_self_invite && !requester.is_superadmin {
        return Ok(None);
    }
    let hash = secret::random();
    bellwether_db::invite::insert(
        &mut *app.db().await?,
        &secret::hash(&hash),
        requester.user_id,
        app.now() + TimeDelta::days(INVITE_DAYS),
    )
    .await?;
    Ok(Some(InviteState { hash, is_valid: true }))
}

/// The invitation with this secret, if there is one.
pub async fn invite_by_hash(app: &App, hash: String) -> OpResult<Option<InviteState>> {
    let found =
        bellwether_db::invite::is_valid(&mut *app.db().await?, &secret::hash(&hash), app.now()).await?;
    Ok(found.map(|is_valid| InviteState { hash, is_valid }))
}

/// Makes an organization whose owner is the requester, and uses the invitation up.
pub async fn create_organization(
    app: &App,
    requester: &Requester,
    name: &str,
    user_id: i64,
    invite: &str,
) -> OpResult<OrganizationRow> {
    if user_id != requester.user_id {
        return Err(OpError::refused(ErrorCode::Forbidden));
    }
    let name = name.trim();
    if !(1..=MAX_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(OpError::bad_input(format!(
            "name: 1 to {MAX_NAME} characters are needed"
        )));
    }
    let made = bellwether_db::invite::make_organization(
        &mut *app.db().await?,
        &secret::hash(invite),
        app.now(),
        (&uuid::Uuid::new_v4().to_string(), name),
        (user_id, Role::Owner.as_str()),
    )
    .await?
    .ok_or_else(|| {
        OpError::bad_input("inviteId: this invitation was used or is too old. Please ask for a new one.")
    })?;
    app.sessions.forget(None);
    Ok(made)
}

/// Gives the organization's join link another secret; the old link stops working.
pub async fn reset_organization_join_link(
    app: &App,
    requester: &Requester,
    organization_id: i64,
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::ResetOrganizationJoinLink, organization_id)?;
    let uuid = uuid::Uuid::new_v4().to_string();
    Ok(bellwether_db::organization::set_uuid(&mut *app.db().await?, organization_id, &uuid).await?)
}

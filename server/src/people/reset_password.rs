//! Handing somebody a secret with which they set a new password (S35).

use bellwether_db::AsyncConnection;
use chrono::TimeDelta;

use crate::{
    account::secret,
    app::App,
    error::{OpError, OpResult},
    people::manage::{manageable, permit_takeover},
    permissions::Permission,
    requester::Requester,
};

/// How long such a secret can be used (S35).
pub const RESET_MINUTES: i64 = 30;

/// Makes a secret for a member's account; it goes into the address `/reset/<secret>`. The old password works until
/// the secret is used.
pub async fn reset_user_password(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    user_id: i64,
) -> OpResult<String> {
    requester.permit(Permission::ResetUserPassword, organization_id)?;
    if user_id == requester.user_id {
        return Err(OpError::bad_input(
            "userId: change your own password with the old one instead",
        ));
    }
    let token = secret::random();
    let expires_at = app.now() + TimeDelta::minutes(RESET_MINUTES);
    app.db()
        .await?
        .transaction(async |conn| {
            manageable(
                conn,
                requester,
                Permission::ResetUserPassword,
                organization_id,
                user_id,
            )
            .await?;
            permit_takeover(conn, requester, user_id).await?;
            bellwether_db::password_reset::insert(
                conn,
                &secret::hash(&token),
                user_id,
                requester.user_id,
                expires_at,
            )
            .await?;
            Ok::<(), OpError>(())
        })
        .await?;
    Ok(token)
}

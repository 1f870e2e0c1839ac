//! Changing one's own password.

use bellwether_db::AsyncConnection;
use bellwether_domain::error_codes::ErrorCode;

use crate::{
    account::password,
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// The old password, and the new one twice.
pub struct PasswordChange {
    /// The password until now.
    pub password: String,
    /// The password from now on.
    pub new_password: String,
    /// The same again.
    pub password_confirm: String,
}

/// Changes the requester's own password; all of their other sessions and links for a new password end.
pub async fn change_user_password(
    app: &App,
    requester: &Requester,
    user_id: i64,
    change: PasswordChange,
) -> OpResult<()> {
    requester.permit_account(Permission::ChangeUserPassword, None, user_id)?;
    if change.new_password != change.password_confirm {
        return Err(OpError::bad_input("passwordConfirm: Passwords don't match."));
    }
    if change.new_password == change.password {
        return Err(OpError::bad_input(
            "newPassword: Old and new password can't be the same.",
        ));
    }
    let stored = bellwether_db::user::password_hash(&mut *app.db().await?, user_id)
        .await?
        .ok_or_else(|| OpError::bad_input("password: this account signs in without one"))?;
    // No connection is held while hashes are computed.
    if !password::verify(change.password, Some(stored.clone())).await? {
        return Err(OpError::bad_input("password: the old password is wrong"));
    }
    let hash = password::hash(change.new_password).await?;
    app.db()
        .await?
        .transaction(async |conn| {
            if bellwether_db::user::replace_password_hash(conn, user_id, &stored, &hash).await? == 0 {
                return Err(OpError::refused(ErrorCode::Conflict));
            }
            bellwether_db::password_reset::revoke(conn, user_id).await?;
            bellwether_db::session::delete_others(conn, user_id, &requester.session_key_hash).await?;
            Ok(())
        })
        .await?;
    app.sessions.forget(None);
    Ok(())
}

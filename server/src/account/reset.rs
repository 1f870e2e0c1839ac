//! Setting a new password with a secret that an admin handed over (S35).

use bellwether_domain::error_codes::ErrorCode;

use crate::{
    account::{password, secret, session, sign_in::SignedIn},
    app::App,
    error::{OpError, OpResult},
};

/// Sets a new password, ends all sessions of the account and signs in. The answer is the same for a wrong address, a
/// wrong secret and one that was used or has expired.
pub async fn reset_password(
    app: &App,
    email: &str,
    token: &str,
    new_password: String,
    user_agent: &str,
) -> OpResult<SignedIn> {
    let token_hash = secret::hash(token);
    let found =
        bellwether_db::password_reset::find(&mut *app.db().await?, &token_hash, email.trim(), app.now())
            .await?;
    found.ok_or_else(refused)?;
    // Only for who knows a secret, and with no connection held.
    let hash = password::hash(new_password).await?;
    let mut conn = app.db().await?;
    let user_id = bellwether_db::password_reset::consume(&mut conn, &token_hash, &hash, app.now())
        .await?
        .ok_or_else(refused)?;
    app.sessions.forget(None);
    let (key, expires_at) = session::start(app, &mut conn, user_id, user_agent).await?;
    Ok(SignedIn { key, expires_at })
}

fn refused() -> OpError {
    OpError::refused_because(
        ErrorCode::InvalidLogin,
        "This link and this e-mail address don't go together, or the link was used or is too old. Please ask for a new one.",
    )
}

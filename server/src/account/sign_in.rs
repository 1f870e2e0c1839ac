//! Signing in with e-mail and password, and out.

use bellwether_domain::error_codes::ErrorCode;
use chrono::{DateTime, Utc};

use crate::{
    account::{password, session},
    app::App,
    error::{OpError, OpResult},
    requester::Requester,
};

/// A session that was started: the cookie's value and when it ends.
pub struct SignedIn {
    /// The session's key; only ever in the cookie.
    pub key: String,
    /// When the session ends.
    pub expires_at: DateTime<Utc>,
}

/// Signs in; the answer and the time it takes are the same for an unknown address and a wrong password (S36).
pub async fn sign_in(app: &App, email: &str, secret: String, user_agent: &str) -> OpResult<SignedIn> {
    let credentials = bellwether_db::user::credentials(&mut *app.db().await?, email.trim()).await?;
    let (user_id, stored) = match credentials {
        Some(found) => (Some(found.id), found.password_hash),
        None => (None, None),
    };
    // No connection is held while the hash is computed.
    let matches = password::verify(secret, stored).await?;
    match user_id.filter(|_| matches) {
        Some(user_id) => {
            let mut conn = app.db().await?;
            let (key, expires_at) = session::start(app, &mut conn, user_id, user_agent).await?;
            Ok(SignedIn { key, expires_at })
        }
        None => Err(OpError::refused(ErrorCode::InvalidLogin)),
    }
}

/// Ends the requester's session.
pub async fn sign_out(app: &App, requester: &Requester) -> OpResult<()> {
    bellwether_db::session::delete(&mut *app.db().await?, &requester.session_key_hash).await?;
    app.sessions.forget(Some(&requester.session_key_hash));
    Ok(())
}

/// Ends all other sessions of the requester.
pub async fn sign_out_everywhere(app: &App, requester: &Requester) -> OpResult<()> {
    let mut conn = app.db().await?;
    bellwether_db::session::delete_others(&mut conn, requester.user_id, &requester.session_key_hash).await?;
    app.sessions.forget(None);
    Ok(())
}

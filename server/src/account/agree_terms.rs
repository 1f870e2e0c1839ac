//! Agreeing to the terms of use.

use bellwether_db::user::UserRow;

use crate::{app::App, error::OpResult, permissions::Permission, requester::Requester};

/// Notes that the requester agrees; nobody can agree for somebody else.
pub async fn user_agree_terms(app: &App, requester: &Requester) -> OpResult<UserRow> {
    requester.permit_account(Permission::UserAgreeTerms, None, requester.user_id)?;
    Ok(bellwether_db::user::agree_terms(&mut *app.db().await?, requester.user_id).await?)
}

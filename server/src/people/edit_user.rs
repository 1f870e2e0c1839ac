//! Changing an account: one's own, or for admins a member's.

use bellwether_db::{
    AsyncConnection, DatabaseErrorKind, Error,
    user::{UserChanges, UserRow},
};

use crate::{
    app::App,
    error::{OpError, OpResult},
    people::{
        manage::{manageable, permit_takeover},
        read,
    },
    permissions::Permission,
    requester::Requester,
};

/// Characters in a name at most.
pub const MAX_NAME: usize = 100;
/// Characters in an address at most (RFC 5321).
pub const MAX_EMAIL: usize = 254;
/// Characters in a telephone number, as people write it, at most.
pub const MAX_CELL: usize = 40;
/// Characters of JSON in `extra` at most.
pub const MAX_EXTRA: usize = 20_000;

/// What the account is to be.
#[derive(Debug, Default)]
pub struct UserEdit {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The name shown to contacts; empty for none, none to keep it.
    pub alias: Option<String>,
    /// Address.
    pub email: String,
    /// Telephone.
    pub cell: String,
    /// Answers to profile fields as a JSON object; others stay.
    pub extra: Option<String>,
}

/// Changes an account; without an edit it is only read.
pub async fn edit_user(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    user_id: i64,
    edit: Option<UserEdit>,
) -> OpResult<UserRow> {
    requester.permit_account(Permission::EditUser, Some(organization_id), user_id)?;
    let Some(edit) = edit else {
        return read::user(app, requester, organization_id, Some(user_id)).await;
    };
    let first_name = name("firstName", &edit.first_name)?;
    let last_name = name("lastName", &edit.last_name)?;
    let alias = edit
        .alias
        .as_deref()
        .map(|alias| bounded("alias", alias, MAX_NAME).map(capitalized))
        .transpose()?;
    let extra = edit
        .extra
        .as_deref()
        .filter(|text| !text.trim().is_empty())
        .map(object)
        .transpose()?;
    let changes = UserChanges {
        first_name: &first_name,
        last_name: &last_name,
        alias: alias.as_deref(),
        email: address(&edit.email)?,
        cell: bounded("cell", &edit.cell, MAX_CELL)?,
        extra: extra.as_ref(),
    };
    app.db()
        .await?
        .transaction(async |conn| {
            if user_id != requester.user_id {
                let user =
                    manageable(conn, requester, Permission::EditUser, organization_id, user_id).await?;
                if user.email != changes.email {
                    permit_takeover(conn, requester, user_id).await?;
                }
            }
            bellwether_db::user::update(conn, user_id, &changes)
                .await
                .map_err(|error| match error {
                    Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                        OpError::bad_input("email: another account has this address")
                    }
                    other => other.into(),
                })
        })
        .await
}

fn name(field: &str, text: &str) -> OpResult<String> {
    match bounded(field, text, MAX_NAME)? {
        "" => Err(OpError::bad_input(format!("{field}: is needed"))),
        text => Ok(capitalized(text)),
    }
}

fn bounded<'a>(field: &str, text: &'a str, max: usize) -> OpResult<&'a str> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(OpError::bad_input(format!(
            "{field}: longer than {max} characters"
        )));
    }
    if text.chars().any(char::is_control) {
        return Err(OpError::bad_input(format!(
            "{field}: line breaks and the like are not accepted"
        )));
    }
    Ok(text)
}

fn address(text: &str) -> OpResult<&str> {
    let text = bounded("email", text, MAX_EMAIL)?;
    let is_address = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
    });
    if is_address {
        Ok(text)
    } else {
        Err(OpError::bad_input("email: must look like name@example.org"))
    }
}

fn object(text: &str) -> OpResult<serde_json::Value> {
    let is_short = text.chars().count() <= MAX_EXTRA;
    serde_json::from_str(text)
        .ok()
        .filter(|value: &serde_json::Value| is_short && value.is_object())
        .ok_or_else(|| {
            OpError::bad_input(format!(
                "extra: must be a JSON object of {MAX_EXTRA} characters at most"
            ))
        })
}

/// The text with its first letter as a capital; the rest stays.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

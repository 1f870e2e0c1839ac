//! One's own account.

use async_graphql::{Context, InputObject, Object};

use crate::{
    account::{
        agree_terms,
        change_password::{self, PasswordChange},
        sign_in,
    },
    error::OpError,
    graphql::{
        app,
        error::GqlResult,
        requester,
        user::{User, positive},
    },
};

/// What can be done to one's own account.
#[derive(Default)]
pub struct AccountMutations;

/// What can be done to one's own account.
#[Object]
impl AccountMutations {
    /// Drops every other session of the signed-in person.
    async fn sign_out_everywhere(&self, ctx: &Context<'_>) -> GqlResult<bool> {
        sign_in::sign_out_everywhere(app(ctx), requester(ctx)?).await?;
        Ok(true)
    }
    /// Notes that the signed-in person agrees to the terms of use.
    async fn user_agree_terms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Not read: it is always oneself who agrees.")] user_id: String,
    ) -> GqlResult<Option<User>> {
        let _ = user_id;
        let row = agree_terms::user_agree_terms(app(ctx), requester(ctx)?).await?;
        Ok(Some(User::with_row(row)))
    }
    /// Changes one's own password and ends all other sessions.
    async fn change_user_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Oneself.")] user_id: i32,
        #[graphql(desc = "The old password, and the new one twice.")] form_data: Option<UserPasswordChange>,
    ) -> GqlResult<Option<User>> {
        let requester = requester(ctx)?;
        let user_id = positive(user_id)?;
        let form = form_data.ok_or_else(|| OpError::bad_input("formData: is needed"))?;
        let change = PasswordChange {
            password: form.password,
            new_password: form.new_password,
            password_confirm: form.password_confirm,
        };
        change_password::change_user_password(app(ctx), requester, user_id, change).await?;
        Ok(Some(User::own(user_id)))
    }
}

/// The old password, and the new one twice.
#[derive(InputObject)]
pub struct UserPasswordChange {
    /// Not read: the account is the signed-in one.
    pub email: String,
    /// The password until now.
    pub password: String,
    /// The new password again.
    pub password_confirm: String,
    /// The password from now on: 10 to 256 characters.
    pub new_password: String,
}

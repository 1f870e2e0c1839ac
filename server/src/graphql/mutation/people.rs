//! Members of organizations.

use async_graphql::{Context, InputObject, Object};

use crate::{
    error::OpError,
    graphql::{
        app,
        error::GqlResult,
        parse_id, parse_optional_id, requester,
        user::{User, parse_role, positive},
    },
    people::{
        edit_roles,
        edit_user::{self, UserEdit},
        reset_password,
    },
};

/// What can be done to members of organizations.
#[derive(Default)]
pub struct PeopleMutations;

/// What can be done to members of organizations.
#[Object]
impl PeopleMutations {
    /// Gives a member one role; for admins, and for owners where an owner is or becomes one. Nobody changes somebody
    /// of a higher role, grants more than they have, or takes the last owner away.
    async fn edit_organization_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The member.")] user_id: String,
        #[graphql(desc = "The campaign on whose page it is done.")] campaign_id: Option<String>,
        #[graphql(desc = "The highest of them counts; an empty list ends the membership.")] roles: Option<
            Vec<Option<String>>,
        >,
    ) -> GqlResult<Option<User>> {
        let requester = requester(ctx)?;
        let organization_id = parse_id(&organization_id)?;
        let roles = roles.ok_or_else(|| OpError::bad_input("roles: a list is needed"))?;
        let mut parsed = Vec::new();
        for name in roles.iter().flatten() {
            let role = parse_role(Some(name))?;
            parsed.push(role.ok_or_else(|| OpError::bad_input("roles: \"\" is not a role"))?);
        }
        if parsed.is_empty() && !roles.is_empty() {
            return Err(OpError::bad_input("roles: null is not a role").into());
        }
        let row = edit_roles::edit_organization_roles(
            app(ctx),
            requester,
            organization_id,
            parse_id(&user_id)?,
            parse_optional_id(campaign_id.as_deref())?,
            &parsed,
        )
        .await?;
        Ok(Some(User::in_organization(row, organization_id)))
    }
    /// Changes an account: one's own, or for admins a member's who has no higher role. Without `userData` it is only
    /// read.
    async fn edit_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The account.")] user_id: i32,
        #[graphql(desc = "What it is to be.")] user_data: Option<UserInput>,
    ) -> GqlResult<Option<User>> {
        let requester = requester(ctx)?;
        let organization_id = parse_id(&organization_id)?;
        let edit = user_data.map(UserInput::into_edit).transpose()?;
        let row =
            edit_user::edit_user(app(ctx), requester, organization_id, positive(user_id)?, edit).await?;
        Ok(Some(User::in_organization(row, organization_id)))
    }
    /// Makes a secret with which a member sets a new password at `/reset/<secret>`, once and within 30 minutes; for
    /// admins, for members who have no higher role. The old password works until then.
    async fn reset_user_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The member; not oneself.")] user_id: i32,
    ) -> GqlResult<String> {
        Ok(reset_password::reset_user_password(
            app(ctx),
            requester(ctx)?,
            parse_id(&organization_id)?,
            positive(user_id)?,
        )
        .await?)
    }
}

/// What an account is to be.
#[derive(InputObject)]
pub struct UserInput {
    /// Not read: the argument `userId` names the account.
    pub id: Option<String>,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The name shown to contacts instead of the given name; empty for none.
    pub alias: Option<String>,
    /// Address; no other account's.
    pub email: String,
    /// Telephone.
    pub cell: String,
    /// Not read here: see `changeUserPassword`.
    pub old_password: Option<String>,
    /// Refused here: see `changeUserPassword`.
    pub new_password: Option<String>,
    /// Answers to profile fields, a JSON object as text; answers that are not named stay.
    pub extra: Option<String>,
}

impl UserInput {
    fn into_edit(self) -> GqlResult<UserEdit> {
        if self.new_password.is_some_and(|password| !password.is_empty()) {
            return Err(OpError::bad_input("newPassword: changeUserPassword changes passwords").into());
        }
        Ok(UserEdit {
            first_name: self.first_name,
            last_name: self.last_name,
            alias: self.alias,
            email: self.email,
            cell: self.cell,
            extra: self.extra,
        })
    }
}

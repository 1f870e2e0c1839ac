//! Settings of organizations, and figures for whoever runs them.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use bellwether_db::organization::OrganizationRow;

use crate::{
    graphql::{
        app,
        contact::OptOut,
        error::GqlResult,
        loaders::{Load, TextsInLastDayKey},
        requester,
        scalars::Json,
        texter_ui::TexterUiConfig,
        viewer,
    },
    organization::{edit, features, read},
    permissions::Permission,
};

/// Settings of an organization, and figures for whoever runs it.
pub struct OrganizationSettings(pub Arc<OrganizationRow>);

/// Settings of an organization, and figures for whoever runs it.
#[Object]
impl OrganizationSettings {
    /// Texts of the last 24 hours, both ways; for owners.
    async fn num_texts_in_last_day(&self, ctx: &Context<'_>) -> GqlResult<Option<i32>> {
        requester(ctx)?.permit(Permission::OrganizationNumTextsInLastDay, self.0.id)?;
        let load = ctx.data_unchecked::<Load>();
        let count = load.load_one(TextsInLastDayKey(self.0.id)).await?;
        Ok(Some(
            count.map_or(0, |row| i32::try_from(row.count).unwrap_or(i32::MAX)),
        ))
    }
    /// Fields that members fill in.
    async fn profile_fields(&self) -> Option<Vec<Option<ProfileField>>> {
        Some(
            features::profile_fields(&self.0)
                .into_iter()
                .map(|field| {
                    Some(ProfileField {
                        name: field.name,
                        label: field.label,
                    })
                })
                .collect(),
        )
    }
    /// Cells that have opted out, the newest 1,000; for admins.
    async fn opt_outs(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<OptOut>>>> {
        let rows = read::opt_outs(app(ctx), requester(ctx)?, self.0.id).await?;
        Ok(Some(rows.into_iter().map(|row| Some(OptOut(row))).collect()))
    }
    /// Whether sending to many at once is on.
    async fn allow_send_all(&self, ctx: &Context<'_>) -> Option<bool> {
        Some(features::allow_send_all(app(ctx), &self.0))
    }
    /// Colours of the organization's pages: {"palette": {"primary": {"main": "#1a2b3c"}}}.
    async fn theme(&self) -> Option<Json> {
        Some(Json(features::theme(&self.0)))
    }
    /// Settings that the requester may change; for owners, else null.
    async fn settings(&self, ctx: &Context<'_>) -> Option<OrgSettings> {
        let viewer = viewer(ctx).filter(|viewer| viewer.may(Permission::OrganizationSettings, self.0.id))?;
        let settings = edit::settings(app(ctx), viewer, &self.0);
        let list = |names: Vec<String>| Some(names.into_iter().map(Some).collect());
        Some(OrgSettings {
            message_handlers: list(settings.message_handlers),
            action_handlers: list(settings.action_handlers),
            features_json: Some(settings.features.to_string()),
            unset_features: list(settings.unset_features),
        })
    }
    /// Ways to give out contacts, the usual one first.
    async fn batch_policies(&self, ctx: &Context<'_>) -> Option<Vec<Option<String>>> {
        Some(
            features::batch_policies(app(ctx), &self.0)
                .into_iter()
                .map(Some)
                .collect(),
        )
    }
    /// What texters see besides the conversation where a campaign says nothing; for owners, else null.
    #[graphql(name = "texterUIConfig")]
    async fn texter_ui_config(&self, ctx: &Context<'_>) -> Option<TexterUiConfig> {
        viewer(ctx).filter(|viewer| viewer.may(Permission::OrganizationTexterUiConfig, self.0.id))?;
        let choices = features::sidebox_choices(app(ctx), &self.0);
        Some(TexterUiConfig {
            options: Some(features::texter_ui_options(&self.0)),
            sidebox_choices: Some(choices.into_iter().map(Some).collect()),
        })
    }
    /// Whether there is a cache of contacts: 0, there is none and everything is always current.
    async fn cacheable(&self) -> Option<i32> {
        Some(0)
    }
    /// Whether e-mail can be sent: not yet; for supervisors.
    async fn email_enabled(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        requester(ctx)?.permit(Permission::OrganizationEmailEnabled, self.0.id)?;
        Ok(Some(false))
    }
}

/// A field that members fill in.
#[derive(SimpleObject)]
pub struct ProfileField {
    /// Its key in `User.extra`.
    pub name: String,
    /// Its name for people.
    pub label: String,
}

/// Settings that the requester may change for the organization.
#[derive(SimpleObject)]
pub struct OrgSettings {
    /// Message handlers of the organization's own; empty: the instance's.
    pub message_handlers: Option<Vec<Option<String>>>,
    /// Action handlers of the organization's own; empty: the instance's.
    pub action_handlers: Option<Vec<Option<String>>>,
    /// Settings by name, with the values that hold: a JSON object as text.
    #[graphql(name = "featuresJSON")]
    pub features_json: Option<String>,
    /// Those of them that are the instance's.
    pub unset_features: Option<Vec<Option<String>>>,
}

//! Joining an organization, or a campaign of it, by a link.

use bellwether_db::{AsyncConnection, Conn, organization::OrganizationRow};
use bellwether_domain::{error_codes::ErrorCode, role::Role};

use crate::{
    app::App,
    error::{OpError, OpResult},
    organization::features,
    requester::Requester,
};

/// Joins by a link. `secret` is the organization's, or the campaign's where one is named. Joining again changes
/// nothing, and neither does it change a role that is there.
pub async fn join_organization(
    app: &App,
    requester: &Requester,
    secret: &str,
    campaign_id: Option<i64>,
) -> OpResult<OrganizationRow> {
    let joined = match campaign_id {
        None => by_organization(app, requester, secret).await?,
        Some(campaign_id) => {
            let joined = app
                .db()
                .await?
                .transaction(async |conn| by_campaign(app, conn, requester, secret, campaign_id).await)
                .await?;
            app.events.campaign_changed(campaign_id);
            joined
        }
    };
    app.sessions.forget(Some(&requester.session_key_hash));
    Ok(joined)
}

async fn by_organization(app: &App, requester: &Requester, uuid: &str) -> OpResult<OrganizationRow> {
    let mut conn = app.db().await?;
    let organization = bellwether_db::join::organization(&mut conn, uuid)
        .await?
        .ok_or_else(OpError::not_found)?;
    bellwether_db::join::add_member(
        &mut conn,
        requester.user_id,
        organization.id,
        Role::Texter.as_str(),
    )
    .await?;
    Ok(organization)
}

/// The campaign is locked first, so that its limit holds however many join at once.
async fn by_campaign(
    app: &App,
    conn: &mut Conn,
    requester: &Requester,
    join_token: &str,
    campaign_id: i64,
) -> OpResult<OrganizationRow> {
    let campaign = bellwether_db::join::lock_campaign(conn, campaign_id, join_token)
        .await?
        .filter(|campaign| campaign.use_dynamic_assignment)
        .ok_or_else(OpError::not_found)?;
    if campaign.is_archived {
        return Err(OpError::refused(ErrorCode::CampaignArchived));
    }
    if !campaign.is_started {
        return Err(OpError::refused(ErrorCode::CampaignNotStarted));
    }
    let organization = bellwether_db::organization::by_ids(conn, &[campaign.organization_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    become_member(app, conn, requester, &organization).await?;
    if bellwether_db::assignment::of_user(conn, requester.user_id, campaign_id)
        .await?
        .is_some()
    {
        return Ok(organization);
    }
    if let Some(limit) = features::max_texters_per_campaign(app, &organization)
        && bellwether_db::join::texters(conn, campaign_id).await? >= i64::from(limit)
    {
        return Err(OpError::refused(ErrorCode::FailedjoinToomanytexters));
    }
    let max_contacts = features::max_contacts_per_texter(app, &organization);
    bellwether_db::join::add_texter(conn, requester.user_id, campaign_id, max_contacts).await?;
    Ok(organization)
}

async fn become_member(
    app: &App,
    conn: &mut Conn,
    requester: &Requester,
    organization: &OrganizationRow,
) -> OpResult<()> {
    let user_id = requester.user_id;
    let memberships = bellwether_db::user::memberships(conn, organization.id, &[user_id]).await?;
    match memberships.first() {
        Some(membership) if membership.role == Role::Suspended.as_str() => {
            Err(OpError::refused(ErrorCode::Forbidden))
        }
        Some(_) => Ok(()),
        None if features::campaign_invites_members_only(app, organization) => Err(OpError::refused_because(
            ErrorCode::Forbidden,
            "This link is for members of the organization. Please ask for its own join link first.",
        )),
        None => {
            bellwether_db::join::add_member(conn, user_id, organization.id, Role::Texter.as_str()).await?;
            Ok(())
        }
    }
}

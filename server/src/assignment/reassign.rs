//! Contacts go from one texter to another, or to nobody: chosen ones, all that match a filter, or replies that wait.

use std::collections::BTreeMap;

use bellwether_db::{
    AsyncConnection, Conn,
    contact_list::{self, ContactOfCampaign, ContactsFilter},
    hand_over::{self, Moved},
};
use bellwether_domain::role::Role;
use chrono::TimeDelta;
use subtle::ConstantTimeEq;

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Contacts in one request by their ids at most.
pub const MAX_CHOSEN: usize = 10_000;
/// Contacts in one request by a filter at most.
pub const MAX_MATCHING: i64 = 200_000;
/// Replies that a visit of the reply link hands over when the campaign says nothing (`MAX_REPLIES_PER_TEXTER`).
pub const DEFAULT_REPLIES: i64 = 200;
/// How long a reply has waited before somebody else may take it.
pub const REPLY_WAITS: TimeDelta = TimeDelta::hours(1);

/// A campaign whose contacts went to an assignment, or to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reassigned {
    /// The campaign.
    pub campaign_id: i64,
    /// The new assignment.
    pub assignment_id: Option<i64>,
}

/// Gives these contacts of these campaigns to a texter, or to nobody; all or none.
pub async fn reassign_campaign_contacts(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    chosen: &[ContactOfCampaign],
    new_texter: Option<i64>,
) -> OpResult<Vec<Reassigned>> {
    requester.permit(Permission::ReassignCampaignContacts, organization_id)?;
    if chosen.len() > MAX_CHOSEN {
        return Err(OpError::bad_input(format!(
            "campaignIdsContactIds: {MAX_CHOSEN} at most"
        )));
    }
    let ids: Vec<i64> = chosen.iter().map(|contact| contact.id).collect();
    let (reassigned, moved) = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let locked = hand_over::lock_contacts(conn, organization_id, &ids).await?;
            let is_there = |wanted: &ContactOfCampaign| {
                locked
                    .binary_search_by_key(&wanted.id, |contact| contact.id)
                    .ok()
                    .and_then(|at| locked.get(at))
                    .is_some_and(|contact| contact.campaign_id == wanted.campaign_id)
            };
            if !chosen.iter().all(is_there) {
                return Err(OpError::not_found());
            }
            hand_over_to(conn, organization_id, &locked, new_texter).await
        })
        .await?;
    tell(app, &reassigned, &moved);
    Ok(reassigned)
}

/// Gives all contacts that match to a texter, or to nobody; all or none.
pub async fn bulk_reassign_campaign_contacts(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    filter: &ContactsFilter,
    new_texter: Option<i64>,
) -> OpResult<Vec<Reassigned>> {
    requester.permit(Permission::BulkReassignCampaignContacts, organization_id)?;
    let (reassigned, moved) = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let limit = MAX_MATCHING + 1;
            let matching = contact_list::ids(conn, organization_id, filter, limit, app.now()).await?;
            if matching.len() as i64 > MAX_MATCHING {
                return Err(OpError::bad_input(format!(
                    "contactsFilter: more than {MAX_MATCHING} conversations match; choose fewer"
                )));
            }
            let ids: Vec<i64> = matching.iter().map(|contact| contact.id).collect();
            let locked = hand_over::lock_contacts(conn, organization_id, &ids).await?;
            hand_over_to(conn, organization_id, &locked, new_texter).await
        })
        .await?;
    tell(app, &reassigned, &moved);
    Ok(reassigned)
}

/// Gives the requester replies of a campaign that have waited for an hour, by the campaign's link. Returns the
/// organization.
pub async fn dynamic_reassign(
    app: &App,
    requester: &Requester,
    join_token: &str,
    campaign_id: i64,
) -> OpResult<i64> {
    let campaign = bellwether_db::campaign::by_ids(&mut *app.db().await?, &[campaign_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    let organization_id = campaign.organization_id;
    requester.permit(Permission::DynamicReassign, organization_id)?;
    if !bool::from(campaign.join_token.as_bytes().ct_eq(join_token.as_bytes())) {
        return Err(OpError::not_found());
    }
    if !campaign.is_started || campaign.is_archived || !campaign.uses_dynamic_replies() {
        return Err(OpError::bad_input(
            "campaignId: the campaign does not hand over replies by a link at present",
        ));
    }
    let most = campaign.reply_batch_size().map_or(DEFAULT_REPLIES, i64::from);
    let limit = most.min(app.config.max_replies_per_texter.into());
    let (assignment, moved) = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let assignment = hand_over::assignments_of(conn, requester.user_id, &[campaign_id], None).await?;
            let assignment = assignment.into_iter().next().ok_or_else(OpError::not_found)?;
            let since = app.now() - REPLY_WAITS;
            let moved = hand_over::take_waiting_replies(conn, &assignment, since, limit).await?;
            Ok((assignment, moved))
        })
        .await?;
    let reassigned = Reassigned {
        campaign_id,
        assignment_id: Some(assignment.id),
    };
    tell(app, &[reassigned], &moved);
    Ok(organization_id)
}

async fn hand_over_to(
    conn: &mut Conn,
    organization_id: i64,
    contacts: &[ContactOfCampaign],
    new_texter: Option<i64>,
) -> OpResult<(Vec<Reassigned>, Vec<Moved>)> {
    let mut by_campaign: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for contact in contacts {
        by_campaign
            .entry(contact.campaign_id)
            .or_default()
            .push(contact.id);
    }
    let mut assignments = BTreeMap::new();
    if let Some(user_id) = new_texter {
        let membership = bellwether_db::user::memberships(conn, organization_id, &[user_id]).await?;
        let role = membership
            .first()
            .and_then(|membership| membership.role.parse::<Role>().ok());
        if role.is_none_or(|role| role == Role::Suspended) {
            return Err(OpError::not_found());
        }
        let campaigns: Vec<i64> = by_campaign.keys().copied().collect();
        for row in hand_over::assignments_of(conn, user_id, &campaigns, None).await? {
            assignments.insert(row.campaign_id, row.id);
        }
    }
    let (mut reassigned, mut moved) = (Vec::new(), Vec::new());
    for (campaign_id, ids) in by_campaign {
        let assignment_id = assignments.get(&campaign_id).copied();
        moved.extend(hand_over::reassign(conn, campaign_id, &ids, assignment_id).await?);
        reassigned.push(Reassigned {
            campaign_id,
            assignment_id,
        });
    }
    Ok((reassigned, moved))
}

fn tell(app: &App, reassigned: &[Reassigned], moved: &[Moved]) {
    for change in moved {
        let new = reassigned.iter().find(|to| to.campaign_id == change.campaign_id);
        for assignment_id in [change.old, new.and_then(|to| to.assignment_id)] {
            app.events
                .contact_changed(change.campaign_id, assignment_id, change.id);
        }
    }
    for to in reassigned {
        app.events.campaign_changed(to.campaign_id);
    }
}

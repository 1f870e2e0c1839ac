//! Dynamic assignment: texters take contacts themselves, batch by batch.

use bellwether_db::{
    AsyncConnection, Conn, assignment::OwnedAssignment, campaign::CampaignRow, contact_count, hand_over,
    organization::OrganizationRow,
};
use bellwether_domain::{
    batch_policy::{self, Batch, BatchKind, BatchPolicy, Situation},
    role::Role,
};

use chrono::TimeDelta;

use crate::{
    app::App,
    error::{OpError, OpResult},
    organization::features,
    permissions::Permission,
    requester::Requester,
};

/// What a request for contacts brought.
#[derive(Debug)]
pub struct FoundContacts {
    /// Whether there were any.
    pub found: bool,
    /// The assignment.
    pub assignment: OwnedAssignment,
}

/// The policies of a campaign, the usual one first: its own, or its organization's, or the instance's.
pub fn policies(app: &App, campaign: &CampaignRow, organization: &OrganizationRow) -> Vec<BatchPolicy> {
    let own = campaign.batch_policies();
    let names = if own.is_empty() {
        features::batch_policies(app, organization)
    } else {
        own
    };
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// The policy by which a texter who names none gets more.
pub fn usual(policies: &[BatchPolicy]) -> BatchPolicy {
    policies
        .first()
        .copied()
        .unwrap_or(BatchPolicy::FinishedRepliesTz)
}

/// What of a texter decides whether there is more.
#[derive(Debug, Clone, Copy)]
pub struct Texter {
    /// The role in the organization.
    pub role: Option<Role>,
    /// Contacts held.
    pub held: i64,
    /// Replies that may be answered now.
    pub replies_waiting: i64,
    /// Contacts held at most.
    pub max_contacts: Option<i32>,
}

/// What a texter gets by a policy, if there are enough. First messages that may not be sent any more are not given out,
/// and who is suspended gets nothing.
pub fn offer(
    app: &App,
    campaign: &CampaignRow,
    texter: &Texter,
    policy: BatchPolicy,
    requested: Option<i32>,
) -> Batch {
    let is_past_due = campaign
        .due_by
        .is_some_and(|due| app.now() > due + TimeDelta::hours(24));
    let is_due = !is_past_due || policy == BatchPolicy::VettedTakeconversations;
    let is_member = texter.role.is_some_and(|role| role > Role::Suspended);
    let situation = Situation {
        is_dynamic: campaign.use_dynamic_assignment && campaign.is_started && is_due && is_member,
        is_archived: campaign.is_archived,
        batch_size: campaign.batch_size,
        max_contacts: texter.max_contacts,
        held: texter.held,
        is_vetted: texter.role.is_some_and(|role| role >= Role::VettedTexter),
        replies_waiting: texter.replies_waiting,
    };
    batch_policy::batch(policy, &situation, requested)
}

/// Gives the assignment's texter more contacts, as the campaign's policy allows; 0 asks for a whole batch.
pub async fn take(
    app: &App,
    requester: &Requester,
    permission: Permission,
    assignment_id: i64,
    requested: i32,
    policy: Option<&str>,
) -> OpResult<FoundContacts> {
    let mut conn = app.db().await?;
    let (found, taken) = conn
        .transaction::<_, OpError, _>(async |conn| {
            take_batch(app, conn, requester, permission, assignment_id, requested, policy).await
        })
        .await?;
    tell(app, &found, &taken);
    Ok(FoundContacts {
        found: !taken.is_empty(),
        assignment: found,
    })
}

/// The same, but only when the assignment has nothing left that was not texted.
pub async fn take_when_empty(
    app: &App,
    requester: &Requester,
    permission: Permission,
    assignment_id: i64,
) -> OpResult<()> {
    let found = super::read::assignment(app, requester, permission, assignment_id).await?;
    let counts = {
        let mut conn = app.db().await?;
        contact_count::of_assignments(&mut conn, &[found.assignment.id], app.now()).await?
    };
    if counts.first().is_none_or(|counts| counts.needs_message == 0) {
        take(app, requester, permission, assignment_id, 0, None).await?;
    }
    Ok(())
}

/// Tells of contacts that came to an assignment.
pub fn tell(app: &App, found: &OwnedAssignment, taken: &[i64]) {
    let assignment = &found.assignment;
    for contact_id in taken {
        app.events
            .contact_changed(assignment.campaign_id, Some(assignment.id), *contact_id);
    }
    if !taken.is_empty() {
        app.events.campaign_changed(assignment.campaign_id);
    }
}

/// The same in the caller's transaction; returns the assignment and the contacts that came to it.
pub async fn take_batch(
    app: &App,
    conn: &mut Conn,
    requester: &Requester,
    permission: Permission,
    assignment_id: i64,
    requested: i32,
    policy: Option<&str>,
) -> OpResult<(OwnedAssignment, Vec<i64>)> {
    let locked = hand_over::lock_assignment(conn, assignment_id)
        .await?
        .ok_or_else(OpError::not_found)?;
    let assignment = locked.assignment;
    requester.permit_assignment(permission, locked.organization_id, Some(assignment.user_id))?;
    let campaign = bellwether_db::campaign::by_ids(conn, &[assignment.campaign_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    let organization = bellwether_db::organization::by_ids(conn, &[locked.organization_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    let policies = policies(app, &campaign, &organization);
    let chosen = match policy.filter(|name| !name.is_empty()) {
        Some(name) => {
            let named = policies.iter().find(|policy| policy.as_str() == name);
            *named.ok_or_else(|| {
                OpError::bad_input(format!("batchType: {name:?} is not a policy of this campaign"))
            })?
        }
        None => policies
            .first()
            .copied()
            .unwrap_or(BatchPolicy::FinishedRepliesTz),
    };
    let role: Option<Role> = locked.role.as_deref().and_then(|role| role.parse().ok());
    let waiting = contact_count::of_assignments(conn, &[assignment.id], app.now()).await?;
    let texter = Texter {
        role,
        held: locked.held,
        replies_waiting: waiting.first().map_or(0, |counts| counts.needs_response_now),
        max_contacts: assignment.max_contacts,
    };
    let requested = Some(requested).filter(|count| *count != 0);
    let Batch { size, kind } = offer(app, &campaign, &texter, chosen, requested);
    let taken = match kind {
        _ if size == 0 => Vec::new(),
        BatchKind::Conversations => hand_over::take_conversations(conn, &assignment, size).await?,
        kind => {
            let only_open = kind == BatchKind::UnsentNow;
            hand_over::take_unsent(conn, &assignment, size, only_open, app.now()).await?
        }
    };
    let found = OwnedAssignment {
        assignment,
        organization_id: locked.organization_id,
    };
    Ok((found, taken))
}

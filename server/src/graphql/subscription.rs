//! `RootSubscription`: what is told as it happens. A notice says that something changed; what is shown is asked for,
//! in the same subscription or afterwards. Before each notice it is looked at again who listens (S16).

mod todos;

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, ID, SimpleObject, Subscription};
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{
    app,
    assignment::Assignment,
    campaign::{Campaign, JobRequest},
    contact::CampaignContact,
    error::{ApiError, GqlResult},
    loaders::{CampaignKey, Load},
    parse_id, requester,
};
use crate::{
    account::session::{self, KeyHash},
    app::App,
    assignment::read,
    campaign::read as campaign_read,
    error::OpError,
    events::Change,
    permissions::Permission,
    requester::Requester,
};

/// Contacts of an assignment that changed.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AssignmentChange {
    /// The assignment.
    assignment_id: ID,
    /// Ids of the changed contacts; empty when too many changed to list: then reload.
    contact_ids: Vec<ID>,
    #[graphql(skip)]
    id: i64,
    #[graphql(skip)]
    contacts: Vec<i64>,
}

/// What changed, as it is now.
#[ComplexObject]
impl AssignmentChange {
    /// The changed contacts as they are now; null in the place of one that the assignment has no longer.
    async fn contacts(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let rows = read::get_assignment_contacts(app(ctx), requester(ctx)?, self.id, &self.contacts).await?;
        CampaignContact::list(ctx, rows).await
    }
    /// The assignment as it is now.
    async fn assignment(&self, ctx: &Context<'_>) -> GqlResult<Assignment> {
        let found =
            read::assignment(app(ctx), requester(ctx)?, Permission::AssignmentChanged, self.id).await?;
        Ok(Assignment::new(found.assignment, found.organization_id))
    }
}

impl AssignmentChange {
    fn new(id: i64, contacts: Vec<i64>) -> Self {
        Self {
            assignment_id: id.into(),
            contact_ids: contacts.iter().map(|id| (*id).into()).collect(),
            id,
            contacts,
        }
    }
}

/// Something of a campaign changed: its counts, jobs or state.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CampaignChange {
    /// The campaign.
    campaign_id: ID,
    #[graphql(skip)]
    id: i64,
}

/// What changed, as it is now.
#[ComplexObject]
impl CampaignChange {
    /// The campaign as it is now, for its counts, jobs and state.
    async fn campaign(&self, ctx: &Context<'_>) -> GqlResult<Option<Campaign>> {
        let row = ctx
            .data_unchecked::<Load>()
            .load_one(CampaignKey(self.id))
            .await?;
        Ok(row.map(Campaign::new))
    }
}

impl CampaignChange {
    fn new(id: i64) -> Self {
        Self {
            campaign_id: id.into(),
            id,
        }
    }
}

/// Conversations of an organization that changed: a reply came, a text went out, somebody else has them now.
#[derive(SimpleObject)]
pub struct InboxChange {
    /// Their campaign; null when too much changed to say what: then reload.
    campaign_id: Option<ID>,
    /// The assignment that has them; null when nobody has.
    assignment_id: Option<ID>,
    /// The changed contacts; empty when too many changed to list, or contacts of nobody: then reload.
    contact_ids: Vec<ID>,
}

/// What is told as it happens.
pub struct RootSubscription;

/// What is told as it happens.
#[Subscription]
impl RootSubscription {
    /// Replies, delivery reports and reassignments of one assignment, as they happen.
    async fn assignment_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: ID,
    ) -> async_graphql::Result<impl Stream<Item = AssignmentChange> + use<>> {
        let checked: GqlResult<_> = async {
            let id = parse_id(&assignment_id)?;
            Ok(read::assignment(app(ctx), requester(ctx)?, Permission::AssignmentChanged, id).await?)
        }
        .await;
        let found = checked?;
        let (id, texter_id) = (found.assignment.id, found.assignment.user_id);
        let watch = Watch::new(ctx, move |who: &Requester| {
            who.permit_assignment(
                Permission::AssignmentChanged,
                found.organization_id,
                Some(texter_id),
            )
            .is_ok()
        })?;
        Ok(watch.tell(move |change| match change {
            Some(change) if change.assignment_id == Some(id) => {
                Some(AssignmentChange::new(id, change.contact_ids))
            }
            Some(_) => None,
            // Notices were lost: reload.
            None => Some(AssignmentChange::new(id, Vec::new())),
        }))
    }
    /// Changes of the to-do counts of the signed-in texter.
    async fn todos_changed(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<impl Stream<Item = CampaignChange> + use<>> {
        todos::changed(ctx).await
    }
    /// Counts, jobs and state of one campaign, as they change (at most four times a second); for supervisors.
    async fn campaign_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] campaign_id: ID,
    ) -> async_graphql::Result<impl Stream<Item = CampaignChange> + use<>> {
        let (id, organization_id) = watched_campaign(ctx, Permission::CampaignChanged, &campaign_id).await?;
        let watch = Watch::new(ctx, move |who: &Requester| {
            who.may(Permission::CampaignChanged, organization_id)
        })?;
        Ok(watch.tell(move |change| {
            let concerns = change.is_none_or(|change| change.campaign_id == id);
            concerns.then(|| CampaignChange::new(id))
        }))
    }
    /// The jobs of one campaign that are under way or failed: at once, and whenever one of them moves; for supervisors.
    async fn job_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] campaign_id: ID,
    ) -> async_graphql::Result<impl Stream<Item = Vec<JobRequest>> + use<>> {
        let (id, organization_id) = watched_campaign(ctx, Permission::JobProgress, &campaign_id).await?;
        let watch = Watch::new(ctx, move |who: &Requester| {
            who.may(Permission::JobProgress, organization_id)
        })?;
        Ok(stream::unfold(
            (watch, None),
            move |(mut watch, mut last)| async move {
                loop {
                    let jobs = pending_jobs(&watch.app, id).await?;
                    if last.as_ref() != Some(&jobs) {
                        let told = watch.still_allowed().await;
                        return told.then_some((jobs.clone(), (watch, Some(jobs))));
                    }
                    last = Some(jobs);
                    watch.changed(id).await?;
                }
            },
        ))
    }
    /// Conversations of a whole organization, as they change; for supervisors.
    async fn inbox_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
    ) -> async_graphql::Result<impl Stream<Item = InboxChange> + use<>> {
        let checked: GqlResult<i64> = async {
            let id = parse_id(&organization_id)?;
            requester(ctx)?.permit(Permission::InboxChanged, id)?;
            Ok(id)
        }
        .await;
        let id = checked?;
        let watch = Watch::new(ctx, move |who: &Requester| who.may(Permission::InboxChanged, id))?;
        Ok(stream::unfold(
            (watch, HashMap::new()),
            move |(mut watch, mut owners)| async move {
                loop {
                    let change = match watch.changes.recv().await {
                        Ok(change) => change,
                        Err(RecvError::Lagged(_)) => {
                            let told = InboxChange {
                                campaign_id: None,
                                assignment_id: None,
                                contact_ids: Vec::new(),
                            };
                            return watch.still_allowed().await.then_some((told, (watch, owners)));
                        }
                        Err(RecvError::Closed) => return None,
                    };
                    let owner = match owners.get(&change.campaign_id) {
                        Some(owner) => *owner,
                        None => {
                            let owner = organization_of(&watch.app, change.campaign_id).await.ok()?;
                            owners.insert(change.campaign_id, owner);
                            owner
                        }
                    };
                    if owner != Some(id) {
                        continue;
                    }
                    if !watch.still_allowed().await {
                        return None;
                    }
                    let told = InboxChange {
                        campaign_id: Some(change.campaign_id.into()),
                        assignment_id: change.assignment_id.map(Into::into),
                        contact_ids: change.contact_ids.iter().map(|id| (*id).into()).collect(),
                    };
                    return Some((told, (watch, owners)));
                }
            },
        ))
    }
}

/// How often jobs are looked at when nobody tells that they moved.
const JOB_LOOK: std::time::Duration = std::time::Duration::from_secs(1);

async fn pending_jobs(app: &App, campaign_id: i64) -> Option<Vec<JobRequest>> {
    let mut conn = app.db().await.ok()?;
    let jobs = bellwether_queue::pending_for_campaign(&mut conn, campaign_id)
        .await
        .ok()?;
    Some(jobs.iter().map(JobRequest::new).collect())
}

async fn organization_of(app: &App, campaign_id: i64) -> Result<Option<i64>, OpError> {
    Ok(bellwether_db::campaign::organization_id(&mut *app.db().await?, campaign_id).await?)
}

async fn watched_campaign(
    ctx: &Context<'_>,
    permission: Permission,
    campaign_id: &ID,
) -> Result<(i64, i64), ApiError> {
    let id = parse_id(campaign_id)?;
    let row = campaign_read::required(app(ctx), requester(ctx)?, id, permission).await?;
    Ok((row.id, row.organization_id))
}

/// Somebody who listens, and whether they still may.
struct Watch<A> {
    app: App,
    session: KeyHash,
    allowed: A,
    changes: Receiver<Change>,
}

impl<A: Fn(&Requester) -> bool + Send + 'static> Watch<A> {
    fn new(ctx: &Context<'_>, allowed: A) -> Result<Self, ApiError> {
        Ok(Self {
            app: app(ctx).clone(),
            session: requester(ctx)?.session_key_hash,
            allowed,
            changes: app(ctx).events.subscribe(),
        })
    }

    async fn still_allowed(&self) -> bool {
        let who = session::find_by_hash(&self.app, self.session).await;
        who.is_ok_and(|who| who.is_some_and(|who| (self.allowed)(&who)))
    }

    /// Returns when something of a campaign changed, or after [`JOB_LOOK`]; none at the end.
    async fn changed(&mut self, campaign_id: i64) -> Option<()> {
        let until = tokio::time::Instant::now() + JOB_LOOK;
        loop {
            match tokio::time::timeout_at(until, self.changes.recv()).await {
                Ok(Ok(change)) if change.campaign_id != campaign_id => {}
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => break,
            }
        }
        self.still_allowed().await.then_some(())
    }

    /// What `tell` makes of each change; it gets none where changes were lost.
    fn tell<T, F>(self, tell: F) -> impl Stream<Item = T> + use<A, T, F>
    where
        T: Send,
        F: FnMut(Option<Change>) -> Option<T> + Send + 'static,
    {
        stream::unfold((self, tell), |(mut watch, mut tell)| async move {
            loop {
                let change = match watch.changes.recv().await {
                    Ok(change) => Some(change),
                    Err(RecvError::Lagged(_)) => None,
                    Err(RecvError::Closed) => return None,
                };
                if let Some(told) = tell(change) {
                    return watch.still_allowed().await.then_some((told, (watch, tell)));
                }
            }
        })
    }
}

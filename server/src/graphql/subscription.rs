//! `RootSubscription`: what is told as it happens. A notice says that something changed; what is shown is asked for.

use std::time::{Duration, Instant};

use async_graphql::{Context, ID, SimpleObject, Subscription};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::error::RecvError;

use super::{app, error::GqlResult, parse_id, requester};
use crate::permissions::Permission;
use crate::{
    app::App, assignment::read, campaign::read as campaign_read, events::Change, requester::Requester,
};

/// Contacts of an assignment that changed; ask for them with getAssignmentContacts.
#[derive(SimpleObject)]
pub struct AssignmentChange {
    /// The assignment.
    assignment_id: ID,
    /// Ids of the changed contacts; empty when too many changed to list: then reload.
    contact_ids: Vec<ID>,
}

/// Something of a campaign changed: its counts, jobs or state; ask for what is shown.
#[derive(SimpleObject)]
pub struct CampaignChange {
    /// The campaign.
    campaign_id: ID,
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
        let checked: GqlResult<i64> = async {
            let found = read::assignment(
                app(ctx),
                requester(ctx)?,
                Permission::AssignmentChanged,
                parse_id(&assignment_id)?,
            )
            .await?;
            Ok(found.assignment.id)
        }
        .await;
        let id = checked?;
        let changes = changes(app(ctx));
        Ok(changes.filter_map(move |change| {
            let told = match change {
                Some(change) if change.assignment_id == Some(id) => Some(AssignmentChange {
                    assignment_id: id.into(),
                    contact_ids: change.contact_ids.iter().map(|id| (*id).into()).collect(),
                }),
                Some(_) => None,
                // Notices were lost: reload.
                None => Some(AssignmentChange {
                    assignment_id: id.into(),
                    contact_ids: Vec::new(),
                }),
            };
            std::future::ready(told)
        }))
    }
    /// Changes of the to-do counts of the signed-in texter.
    async fn todos_changed(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<impl Stream<Item = CampaignChange> + use<>> {
        let user = requester(ctx).map_err(super::error::ApiError::from)?.clone();
        let own = own_campaigns(app(ctx), &user).await?;
        let watch = TodoWatch {
            receiver: app(ctx).events.subscribe(),
            app: app(ctx).clone(),
            user,
            own,
            looked: Instant::now(),
            unknown_seen: false,
        };
        Ok(stream::unfold(watch, |mut watch| async move {
            let campaign_id = watch.next().await?;
            Some((
                CampaignChange {
                    campaign_id: campaign_id.into(),
                },
                watch,
            ))
        }))
    }
    /// Counts, jobs and state of one campaign, as they change (at most four times a second); for supervisors.
    async fn campaign_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] campaign_id: ID,
    ) -> async_graphql::Result<impl Stream<Item = CampaignChange> + use<>> {
        let checked: GqlResult<i64> = async {
            let row = campaign_read::required(
                app(ctx),
                requester(ctx)?,
                parse_id(&campaign_id)?,
                Permission::CampaignChanged,
            )
            .await?;
            Ok(row.id)
        }
        .await;
        let id = checked?;
        Ok(changes(app(ctx)).filter_map(move |change| {
            let concerns = change.is_none_or(|change| change.campaign_id == id);
            std::future::ready(concerns.then(|| CampaignChange {
                campaign_id: id.into(),
            }))
        }))
    }
}

/// Changes from now on; none where some were lost.
fn changes(app: &App) -> impl Stream<Item = Option<Change>> + use<> {
    stream::unfold(app.events.subscribe(), |mut receiver| async move {
        match receiver.recv().await {
            Ok(change) => Some((Some(change), receiver)),
            Err(RecvError::Lagged(_)) => Some((None, receiver)),
            Err(RecvError::Closed) => None,
        }
    })
}

async fn own_campaigns(app: &App, user: &Requester) -> GqlResult<Vec<i64>> {
    let rows = read::todos(app, user, None).await?;
    Ok(rows.into_iter().map(|row| row.campaign.id).collect())
}

/// Waits for changes of a texter's own campaigns. A campaign that was not theirs may have been started or assigned
/// since, so unknown ones make it look again, at most every two seconds.
struct TodoWatch {
    app: App,
    user: Requester,
    receiver: tokio::sync::broadcast::Receiver<Change>,
    own: Vec<i64>,
    looked: Instant,
    unknown_seen: bool,
}

const LOOK_AGAIN: Duration = Duration::from_secs(2);

impl TodoWatch {
    async fn next(&mut self) -> Option<i64> {
        loop {
            let wait = if self.unknown_seen {
                LOOK_AGAIN.saturating_sub(self.looked.elapsed())
            } else {
                Duration::MAX
            };
            let received = tokio::select! {
                received = self.receiver.recv() => Some(received),
                () = tokio::time::sleep(wait.min(Duration::from_secs(3600))), if self.unknown_seen => None,
            };
            match received {
                Some(Ok(change)) if self.own.contains(&change.campaign_id) => {
                    return Some(change.campaign_id);
                }
                // Only what is said of a campaign itself, or of contacts of others, can make it theirs.
                Some(Ok(_)) => self.unknown_seen = true,
                Some(Err(RecvError::Lagged(_))) => {
                    return Some(self.own.first().copied().unwrap_or_default());
                }
                Some(Err(RecvError::Closed)) => return None,
                None => {}
            }
            if self.unknown_seen && self.looked.elapsed() >= LOOK_AGAIN {
                self.unknown_seen = false;
                self.looked = Instant::now();
                if let Ok(now) = own_campaigns(&self.app, &self.user).await
                    && now != self.own
                {
                    let news = now
                        .iter()
                        .chain(&self.own)
                        .find(|id| !(now.contains(id) && self.own.contains(id)))
                        .copied();
                    self.own = now;
                    if news.is_some() {
                        return news;
                    }
                }
            }
        }
    }
}

//! Changes of a texter's own to-do list.

use std::time::{Duration, Instant};

use async_graphql::Context;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::error::RecvError;

use super::CampaignChange;
use crate::{
    account::session,
    app::App,
    assignment::read,
    events::Change,
    graphql::{
        app,
        error::{ApiError, GqlResult},
        requester,
    },
    requester::Requester,
};

/// Tells of each campaign of the signed-in texter whose counts changed.
pub async fn changed(ctx: &Context<'_>) -> async_graphql::Result<impl Stream<Item = CampaignChange> + use<>> {
    let user = requester(ctx).map_err(ApiError::from)?.clone();
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
        let session = session::find_by_hash(&watch.app, watch.user.session_key_hash).await;
        session.ok().flatten()?;
        Some((CampaignChange::new(campaign_id), watch))
    }))
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

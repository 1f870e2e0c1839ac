//! Starts a campaign: enqueued by `startCampaign`, done by the job `start_campaign`, which looks again whether
//! everything is there.

use bellwether_db::{AsyncConnection, Conn, campaign::CampaignRow, interaction_step, job_data};
use bellwether_domain::{
    campaign_readiness::{self, CampaignFacts, DueBy, StartBlocker},
    error_codes::ErrorCode,
    interaction_tree::{InteractionTree, Step},
    script,
};
use bellwether_queue::{JobError, JobRow, Lease, NewJob};
use chrono::{DateTime, Utc};

use crate::{
    app::App,
    error::{OpError, OpResult},
    jobs::edit_queue,
};

/// The job's type, Spoke's name.
pub const JOB_TYPE: &str = "start_campaign";

/// What still keeps a campaign from starting; empty: nothing.
pub async fn start_blockers(
    conn: &mut Conn,
    campaign_id: i64,
    now: DateTime<Utc>,
) -> OpResult<Vec<StartBlocker>> {
    let row = bellwether_db::campaign::by_ids(conn, &[campaign_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    Ok(campaign_readiness::start_blockers(&facts(conn, &row, now).await?))
}

/// Enqueues the start; refuses with all reasons when something is missing. A campaign that has started already, or
/// whose start waits already, gets no second job. The caller has checked that the requester may start it.
pub async fn enqueue_start(
    conn: &mut Conn,
    campaign: (i64, i64),
    now: DateTime<Utc>,
) -> OpResult<Option<JobRow>> {
    let (campaign_id, organization_id) = campaign;
    conn.transaction::<_, OpError, _>(async |conn| {
        let row = job_data::lock_campaign(conn, campaign_id)
            .await?
            .ok_or_else(OpError::not_found)?;
        if row.is_archived {
            return Err(OpError::refused(ErrorCode::CampaignArchived));
        }
        if row.is_started {
            return Ok(None);
        }
        let pending = bellwether_queue::pending_for_campaign(conn, campaign_id).await?;
        if let Some(job) = pending
            .iter()
            .find(|job| job.job_type == JOB_TYPE && job.failed_at.is_none())
        {
            return Ok(Some(job.clone()));
        }
        // While contacts are still being loaded or assigned, only the job can tell.
        if pending.iter().all(|job| job.failed_at.is_some()) {
            let blockers = campaign_readiness::start_blockers(&facts(conn, &row, now).await?);
            if !blockers.is_empty() {
                return Err(OpError::bad_input(in_words(&blockers)));
            }
        }
        bellwether_queue::discard_failed(conn, campaign_id, JOB_TYPE).await?;
        let job = NewJob {
            organization_id: Some(organization_id),
            campaign_id: Some(campaign_id),
            queue_name: &edit_queue(campaign_id),
            job_type: JOB_TYPE,
            payload: serde_json::json!({}),
            max_attempts: 5,
        };
        Ok(Some(bellwether_queue::enqueue(conn, &job).await?))
    })
    .await
}

/// The job.
pub async fn start_campaign(app: &App, job: &JobRow, lease: &Lease) -> Result<(), JobError> {
    let Some(campaign_id) = job.campaign_id else {
        return Err(JobError::Unexpected("the job names no campaign".to_owned()));
    };
    let now = app.now();
    let mut conn = app
        .worker_db()
        .await
        .map_err(|error| JobError::Unexpected(error.to_string()))?;
    conn.transaction::<_, JobError, _>(async |conn| {
        let Some(row) = job_data::lock_campaign(conn, campaign_id).await? else {
            return Err(JobError::Stopped);
        };
        if row.is_archived {
            return Err(JobError::Refused(
                ErrorCode::CampaignArchived.message().to_owned(),
            ));
        }
        if !row.is_started {
            let blockers = campaign_readiness::start_blockers(&facts(conn, &row, now).await?);
            if !blockers.is_empty() {
                return Err(JobError::Refused(in_words(&blockers)));
            }
            job_data::mark_opted_out(conn, campaign_id).await?;
            job_data::set_started(conn, campaign_id, now).await?;
        }
        if bellwether_queue::complete(conn, lease).await? {
            Ok(())
        } else {
            Err(JobError::Stopped)
        }
    })
    .await
}

async fn facts(
    conn: &mut Conn,
    row: &CampaignRow,
    now: DateTime<Utc>,
) -> bellwether_db::QueryResult<CampaignFacts> {
    let counts = job_data::readiness_counts(conn, row.id).await?;
    let steps = interaction_step::of_campaigns(conn, &[row.id]).await?;
    let custom_fields = row.custom_fields();
    let mut unknown_tokens: Vec<String> = Vec::new();
    for token in steps
        .iter()
        .flat_map(|step| script::parse(&step.script).unknown_tokens(&custom_fields))
    {
        if !unknown_tokens.contains(&token) {
            unknown_tokens.push(token);
        }
    }
    let root = steps.iter().find(|step| step.parent_interaction_id.is_none());
    let has_initial_script = root.is_some_and(|step| !script::parse(&step.script).is_blank());
    let tree_errors = if steps.is_empty() {
        // Said once already: there is no first message.
        Vec::new()
    } else {
        let steps = steps.iter().map(|step| Step {
            id: step.id,
            parent_id: step.parent_interaction_id,
            answer_option: step.answer_option.clone(),
            script: step.script.clone(),
            question: step.question.clone(),
        });
        let errors = InteractionTree::new(steps.collect()).err().unwrap_or_default();
        errors.iter().map(ToString::to_string).collect()
    };
    Ok(CampaignFacts {
        title: row.title.clone(),
        description: row.description.clone(),
        due_by: match row.due_by {
            None => DueBy::Missing,
            Some(due_by) if due_by <= now => DueBy::Passed,
            Some(_) => DueBy::Ahead,
        },
        contacts_count: u64::try_from(counts.contacts).unwrap_or_default(),
        assigned_count: u64::try_from(counts.assigned).unwrap_or_default(),
        dynamic: row.use_dynamic_assignment,
        has_initial_script,
        unknown_tokens,
        tree_errors,
    })
}

fn in_words(blockers: &[StartBlocker]) -> String {
    let reasons: Vec<&str> = blockers.iter().map(|blocker| blocker.message.as_str()).collect();
    format!("The campaign cannot start yet. {}", reasons.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_all_reasons() {
        let blockers = campaign_readiness::start_blockers(&CampaignFacts::default());
        let words = in_words(&blockers);
        assert!(words.starts_with("The campaign cannot start yet. Give the campaign a title. Describe"));
        assert!(words.ends_with("Write the first message."));
    }
}

//! Hands contacts to texters: enqueued by `editCampaign`, done by the job `assign_texters`.
//!
//! A texter's count is how many contacts without a first message they are to have. Who gets less, or is not named
//! any more, gives back such contacts and never one that was texted. Texters of a campaign with dynamic assignment
//! take contacts themselves: there the job only makes assignments and sets their limits, as in Spoke.

use std::collections::BTreeSet;

use bellwether_db::{
    AsyncConnection, Conn,
    job_data::{self, AssignmentLoad},
};
use bellwether_domain::error_codes::ErrorCode;
use bellwether_queue::{JobError, JobRow, Lease, NewJob};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::{OpError, OpResult},
    jobs::edit_queue,
};

/// The job's type, Spoke's name.
pub const JOB_TYPE: &str = "assign_texters";

/// One texter as the admin wants it: the contract's `TexterInput`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TexterAssignment {
    /// The texter's user id.
    pub id: i64,
    /// Contacts without a first message that the texter is to have.
    pub needs_message_count: i64,
    /// Most contacts the texter may take; none: no limit.
    #[serde(default)]
    pub max_contacts: Option<i32>,
    /// All contacts of the texter as the admin's screen showed them, where it says so: what was texted since then
    /// is taken off the count.
    #[serde(default)]
    pub contacts_count: Option<i64>,
}

impl TexterAssignment {
    /// The count, less what was texted since the admin's screen was loaded.
    fn target(&self, load: &AssignmentLoad) -> i64 {
        let texted_since = self.contacts_count.map_or(0, |shown| {
            let texted_then = (shown - self.needs_message_count).max(0);
            (load.total - load.needs_message - texted_then).max(0)
        });
        (self.needs_message_count - texted_since).max(0)
    }
}

/// Checks and enqueues. The caller has checked that the requester may edit the campaign. Texters who are not named
/// lose their contacts that were not texted.
pub async fn enqueue_assign(
    conn: &mut Conn,
    campaign: (i64, i64),
    texters: &[TexterAssignment],
) -> OpResult<JobRow> {
    let (campaign_id, organization_id) = campaign;
    check(texters)?;
    conn.transaction::<_, OpError, _>(async |conn| {
        let row = job_data::lock_campaign(conn, campaign_id).await?.ok_or_else(OpError::not_found)?;
        if row.is_archived {
            return Err(OpError::refused(ErrorCode::CampaignArchived));
        }
        let ids: Vec<i64> = texters.iter().map(|texter| texter.id).collect();
        if let Some(stranger) = job_data::strangers(conn, organization_id, &ids).await?.first() {
            return Err(OpError::bad_input(format!("texters: {stranger} is not an active member of the organization")));
        }
        // Until contacts are loaded nobody knows how many there are; the job takes what it finds.
        let pending = bellwether_queue::pending_for_campaign(conn, campaign_id).await?;
        let is_loading = pending.iter().any(|job| job.failed_at.is_none() && job.job_type.starts_with("ingest."));
        if !row.use_dynamic_assignment && !is_loading {
            let wanted: i64 = texters.iter().map(|texter| texter.needs_message_count).sum();
            let there_are = job_data::needs_message_count(conn, campaign_id).await?;
            if wanted > there_are {
                return Err(OpError::bad_input(format!(
                    "texters: needsMessageCount adds up to {wanted}, but only {there_are} contacts have no first message yet"
                )));
            }
        }
        bellwether_queue::discard_failed(conn, campaign_id, JOB_TYPE).await?;
        let job = NewJob {
            organization_id: Some(organization_id),
            campaign_id: Some(campaign_id),
            queue_name: &edit_queue(campaign_id),
            job_type: JOB_TYPE,
            payload: serde_json::to_value(texters).map_err(|error| OpError::Unexpected(error.to_string()))?,
            max_attempts: 5,
        };
        Ok(bellwether_queue::enqueue(conn, &job).await?)
    })
    .await
}

fn check(texters: &[TexterAssignment]) -> OpResult<()> {
    let mut seen = BTreeSet::new();
    for texter in texters {
        if !seen.insert(texter.id) {
            return Err(OpError::bad_input(format!(
                "texters: {} is named twice",
                texter.id
            )));
        }
        if !(0..=i64::from(i32::MAX)).contains(&texter.needs_message_count) {
            return Err(OpError::bad_input("texters: needsMessageCount must be 0 or more"));
        }
        if texter.max_contacts.is_some_and(|max| max < 0) {
            return Err(OpError::bad_input("texters: maxContacts must be 0 or more"));
        }
    }
    Ok(())
}

/// The job. Run again after a crash it finds what is done and does the rest.
pub async fn assign_texters(app: &App, job: &JobRow, lease: &Lease) -> Result<(), JobError> {
    let (Some(campaign_id), Some(organization_id)) = (job.campaign_id, job.organization_id) else {
        return Err(JobError::Unexpected("the job names no campaign".to_owned()));
    };
    let texters: Vec<TexterAssignment> = serde_json::from_value(job.payload.clone())
        .map_err(|error| JobError::Unexpected(error.to_string()))?;
    let mut conn = app
        .worker_db()
        .await
        .map_err(|error| JobError::Unexpected(error.to_string()))?;
    let campaign = bellwether_db::campaign::by_ids(&mut conn, &[campaign_id])
        .await?
        .pop();
    let Some(campaign) = campaign else {
        return Err(JobError::Stopped);
    };
    if campaign.is_archived {
        return Err(JobError::Refused(
            ErrorCode::CampaignArchived.message().to_owned(),
        ));
    }
    let is_dynamic = campaign.use_dynamic_assignment;
    let loads = if is_dynamic {
        Vec::new()
    } else {
        job_data::assignment_loads(&mut conn, campaign_id).await?
    };
    let steps = (loads.len() + texters.len()).max(1);
    // All give back before anyone takes, so that what one loses another can get.
    for (done, load) in loads.iter().enumerate() {
        let wanted = texters
            .iter()
            .find(|texter| texter.id == load.user_id)
            .map_or(0, |texter| texter.target(load));
        let surplus = load.needs_message - wanted;
        conn.transaction::<_, JobError, _>(async |conn| {
            if surplus > 0 {
                job_data::give_back(conn, load.id, surplus).await?;
            }
            report(conn, lease, done, steps).await
        })
        .await?;
    }
    app.events.campaign_changed(campaign_id);
    let ids: Vec<i64> = texters.iter().map(|texter| texter.id).collect();
    // Who left the organization since the job was enqueued gets nothing.
    let strangers = job_data::strangers(&mut conn, organization_id, &ids).await?;
    let members = texters.iter().filter(|texter| !strangers.contains(&texter.id));
    for (done, texter) in members.enumerate() {
        conn.transaction::<_, JobError, _>(async |conn| {
            let load = job_data::ensure_assignment(conn, campaign_id, texter.id, texter.max_contacts).await?;
            let missing = if is_dynamic {
                0
            } else {
                texter.target(&load) - load.needs_message
            };
            if missing > 0 {
                job_data::take_unassigned(conn, campaign_id, load.id, missing).await?;
            }
            report(conn, lease, loads.len() + done, steps).await
        })
        .await?;
        app.events.campaign_changed(campaign_id);
    }
    conn.transaction::<_, JobError, _>(async |conn| {
        if !is_dynamic {
            job_data::delete_empty_assignments(conn, campaign_id).await?;
        }
        if bellwether_queue::complete(conn, lease).await? {
            Ok(())
        } else {
            Err(JobError::Stopped)
        }
    })
    .await
}

/// Last in each transaction: it counts only while the job is ours.
async fn report(conn: &mut Conn, lease: &Lease, done: usize, steps: usize) -> Result<(), JobError> {
    let percent = i32::try_from((done + 1) * 95 / steps).unwrap_or(95);
    if bellwether_queue::progress(conn, lease, percent, None).await? {
        Ok(())
    } else {
        Err(JobError::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texter(id: i64, needs_message_count: i64, contacts_count: Option<i64>) -> TexterAssignment {
        TexterAssignment {
            id,
            needs_message_count,
            max_contacts: None,
            contacts_count,
        }
    }

    #[test]
    fn what_was_texted_since_is_taken_off() {
        let load = |total, needs_message| AssignmentLoad {
            id: 1,
            user_id: 1,
            total,
            needs_message,
        };
        assert_eq!(texter(1, 100, None).target(&load(100, 90)), 100);
        assert_eq!(texter(1, 100, Some(100)).target(&load(100, 90)), 90);
        assert_eq!(texter(1, 100, Some(120)).target(&load(120, 100)), 100);
        assert_eq!(texter(1, 5, Some(5)).target(&load(100, 10)), 0);
        assert_eq!(texter(1, 50, Some(0)).target(&load(0, 0)), 50);
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        assert!(check(&[texter(1, 0, None), texter(2, 5, None)]).is_ok());
        assert!(check(&[texter(1, 0, None), texter(1, 5, None)]).is_err());
        assert!(check(&[texter(1, -1, None)]).is_err());
        assert!(
            check(&[TexterAssignment {
                max_contacts: Some(-1),
                ..texter(1, 1, None)
            }])
            .is_err()
        );
    }

    #[test]
    fn reads_the_contracts_names() {
        let json = serde_json::json!({"id": 3, "needsMessageCount": 7});
        assert_eq!(
            serde_json::from_value::<TexterAssignment>(json).unwrap(),
            texter(3, 7, None)
        );
    }
}

//! Gives free numbers back: enqueued by `deletePhoneNumbers`, done by the job `delete_phone_numbers`.

use bellwether_db::owned_phone_number;
use bellwether_queue::{JobError, JobRow, NewJob};
use serde::{Deserialize, Serialize};

use super::inventory;
use crate::{
    app::App,
    delivery::{accounts, vendor::AskError},
    error::OpResult,
    permissions::Permission,
    requester::Requester,
};

/// The job's type, Spoke's name.
pub const JOB_TYPE: &str = "delete_phone_numbers";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    area_code: String,
    service: String,
}

/// Enqueues the deletion of an area code's free numbers.
pub async fn delete_phone_numbers(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    area_code: &str,
) -> OpResult<JobRow> {
    let mut conn = app.db().await?;
    let permission = Permission::DeletePhoneNumbers;
    let (_, service) = inventory::seller(app, &mut conn, requester, permission, organization_id).await?;
    inventory::check_area_code(area_code)?;
    let payload = Payload {
        area_code: area_code.to_owned(),
        service: service.name().to_owned(),
    };
    let job = NewJob {
        organization_id: Some(organization_id),
        campaign_id: None,
        queue_name: &format!("{organization_id}:{}", super::buy::JOB_TYPE),
        job_type: JOB_TYPE,
        payload: serde_json::json!(payload),
        max_attempts: 5,
    };
    let job = bellwether_queue::enqueue(&mut conn, &job).await?;
    crate::jobs::wake();
    Ok(job)
}

/// The job: each free number is given back at the vendor, then forgotten here. Run again, it goes on; a number that is
/// gone at the vendor already counts as given back.
pub async fn run(app: &App, job: &JobRow) -> Result<(), JobError> {
    let unexpected = |error: &dyn std::fmt::Display| JobError::Unexpected(error.to_string());
    let payload: Payload = serde_json::from_value(job.payload.clone()).map_err(|error| unexpected(&error))?;
    let organization_id = job
        .organization_id
        .ok_or_else(|| JobError::Unexpected("the job names no organization".to_owned()))?;
    let vendor = app
        .vendors
        .get(&payload.service)
        .ok_or_else(|| JobError::Refused(format!("The service {} is not set up here.", payload.service)))?;
    let account = accounts::of(app, vendor.as_ref(), organization_id)
        .await
        .map_err(|error| unexpected(&error))?
        .ok_or_else(|| JobError::Refused("The organization is gone.".to_owned()))?;
    let mut conn = app.worker_db().await.map_err(|error| unexpected(&error))?;
    // Set apart first, so that no campaign reserves them and no text goes out from them meanwhile.
    let apart =
        owned_phone_number::set_apart(&mut conn, organization_id, &payload.service, &payload.area_code);
    let numbers = apart.await.map_err(|error| unexpected(&error))?;
    // No connection is held while the vendor is asked.
    drop(conn);
    for number in numbers {
        match vendor.release_number(&account, &number.service_id).await {
            Ok(()) | Err(AskError::Unsupported) => {}
            Err(AskError::Failed(reason)) => return Err(JobError::Unexpected(reason)),
        }
        let mut conn = app.worker_db().await.map_err(|error| unexpected(&error))?;
        owned_phone_number::delete(&mut conn, number.id)
            .await
            .map_err(|error| unexpected(&error))?;
    }
    Ok(())
}

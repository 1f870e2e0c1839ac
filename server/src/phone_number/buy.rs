//! Buys numbers: enqueued by `buyPhoneNumbers`, done by the job `buy_phone_numbers`.

use bellwether_db::owned_phone_number;
use bellwether_queue::{JobError, JobRow, NewJob};
use serde::{Deserialize, Serialize};

use super::inventory;
use crate::{
    app::App,
    delivery::{accounts, vendor::AskError},
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// The job's type, Spoke's name.
pub const JOB_TYPE: &str = "buy_phone_numbers";

/// What a job is to buy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Where.
    pub area_code: String,
    /// How many.
    pub limit: u32,
}

/// Enqueues a purchase.
pub async fn buy_phone_numbers(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    area_code: &str,
    limit: i32,
) -> OpResult<JobRow> {
    let mut conn = app.db().await?;
    let permission = Permission::BuyPhoneNumbers;
    inventory::seller(app, &mut conn, requester, permission, organization_id).await?;
    inventory::check_area_code(area_code)?;
    let most = app.config.max_numbers_per_buy_job;
    let limit = u32::try_from(limit)
        .ok()
        .filter(|limit| (1..=most).contains(limit))
        .ok_or_else(|| OpError::bad_input(format!("limit: 1 to {most}")))?;
    let order = Order {
        area_code: area_code.to_owned(),
        limit,
    };
    let job = NewJob {
        organization_id: Some(organization_id),
        campaign_id: None,
        queue_name: &format!("{organization_id}:{JOB_TYPE}"),
        job_type: JOB_TYPE,
        payload: serde_json::json!(order),
        max_attempts: 5,
    };
    let job = bellwether_queue::enqueue(&mut conn, &job).await?;
    crate::jobs::wake();
    Ok(job)
}

/// Purchases of an organization that are under way or failed, for who may see them; else none.
pub async fn pending(app: &App, requester: &Requester, organization_id: i64) -> OpResult<Vec<JobRow>> {
    if !requester.may(Permission::OrganizationPendingPhoneNumberJobs, organization_id) {
        return Ok(Vec::new());
    }
    let mut conn = app.db().await?;
    Ok(bellwether_queue::pending_for_organization(&mut conn, organization_id, JOB_TYPE).await?)
}

/// The job. Run again, it buys the same numbers.
pub async fn run(app: &App, job: &JobRow) -> Result<(), JobError> {
    let unexpected = |error: &dyn std::fmt::Display| JobError::Unexpected(error.to_string());
    let order: Order = serde_json::from_value(job.payload.clone()).map_err(|error| unexpected(&error))?;
    let organization_id = job
        .organization_id
        .ok_or_else(|| JobError::Unexpected("the job names no organization".to_owned()))?;
    let organization = {
        let mut conn = app.worker_db().await.map_err(|error| unexpected(&error))?;
        let found = bellwether_db::organization::by_ids(&mut conn, &[organization_id]).await;
        found.map_err(|error| unexpected(&error))?.pop()
    };
    let organization =
        organization.ok_or_else(|| JobError::Refused("The organization is gone.".to_owned()))?;
    let service = inventory::service(app, &organization)
        .ok_or_else(|| JobError::Refused("The organization's service is not set up here.".to_owned()))?;
    // No connection is held while the vendor is asked.
    let account = accounts::of_row(app, service, &organization);
    let bought = service
        .buy_numbers(&account, &order.area_code, order.limit, job.id)
        .await;
    let bought = bought.map_err(|error| match error {
        AskError::Unsupported => JobError::Refused("This service does not sell numbers.".to_owned()),
        AskError::Failed(reason) => JobError::Unexpected(reason),
    })?;
    let (ids, numbers): (Vec<String>, Vec<String>) = bought
        .into_iter()
        .map(|number| (number.service_id, number.phone_number))
        .unzip();
    let mut conn = app.worker_db().await.map_err(|error| unexpected(&error))?;
    owned_phone_number::insert(
        &mut conn,
        organization_id,
        service.name(),
        &order.area_code,
        &ids,
        &numbers,
    )
    .await
    .map_err(|error| unexpected(&error))?;
    Ok(())
}

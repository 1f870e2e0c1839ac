//! Takes what `editCampaign` was given and enqueues the load.

use std::io;

use bellwether_db::{
    AsyncConnection, Conn, job_data,
    stored_file::{self, NewStoredFile},
};
use bellwether_domain::{
    contact_csv::{Mapping, RowReader, suggest_mapping},
    error_codes::ErrorCode,
};
use bellwether_queue::{JobRow, NewJob};
use serde::Deserialize;

use super::{JOB_TYPE, Payload, spoke, table::Table};
use crate::{
    campaign::fake_contacts,
    config::DEFAULT_MAX_UPLOAD_BYTES,
    error::{OpError, OpResult},
    jobs::edit_queue,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContactData {
    upload_id: String,
    mapping: Mapping,
}

/// Enqueues the load. `contact_data` is our `{"uploadId", "mapping"}` or Spoke's base64 of gzip of JSON. The caller
/// has checked that the requester may edit the campaign.
pub async fn enqueue_import(
    conn: &mut Conn,
    campaign: (i64, i64),
    method: &str,
    contact_data: &str,
) -> OpResult<JobRow> {
    conn.transaction::<_, OpError, _>(async |conn| {
        enqueue_in_transaction(conn, campaign, method, contact_data).await
    })
    .await
}

async fn enqueue_in_transaction(
    conn: &mut Conn,
    (campaign_id, organization_id): (i64, i64),
    method: &str,
    contact_data: &str,
) -> OpResult<JobRow> {
    let row = job_data::lock_campaign(conn, campaign_id)
        .await?
        .ok_or_else(OpError::not_found)?;
    if row.is_archived {
        return Err(OpError::refused(ErrorCode::CampaignArchived));
    }
    if row.is_started {
        return Err(OpError::bad_input(
            "contactData: the campaign has started; its contacts cannot be replaced any more",
        ));
    }
    let (payload, name) = if method == fake_contacts::METHOD {
        let file = fake_contacts::csv(contact_data)?;
        let headers: Vec<String> = file
            .lines()
            .next()
            .unwrap_or_default()
            .split(',')
            .map(str::to_owned)
            .collect();
        let mapping = Some(suggest_mapping(&headers));
        let campaign = (campaign_id, organization_id);
        store_file(conn, campaign, "fake-contacts.csv", mapping, file.as_bytes()).await?
    } else if contact_data.trim_start().starts_with('{') {
        uploaded(conn, campaign_id, contact_data).await?
    } else {
        store_spoke_form(conn, (campaign_id, organization_id), contact_data).await?
    };
    job_data::ingest_begun(conn, campaign_id, method, &name).await?;
    bellwether_queue::discard_failed(conn, campaign_id, JOB_TYPE).await?;
    let job = NewJob {
        organization_id: Some(organization_id),
        campaign_id: Some(campaign_id),
        queue_name: &edit_queue(campaign_id),
        job_type: JOB_TYPE,
        payload: serde_json::to_value(payload).map_err(|error| OpError::Unexpected(error.to_string()))?,
        max_attempts: 5,
    };
    Ok(bellwether_queue::enqueue(conn, &job).await?)
}

async fn uploaded(conn: &mut Conn, campaign_id: i64, contact_data: &str) -> OpResult<(Payload, String)> {
    let data: ContactData = serde_json::from_str(contact_data)
        .map_err(|error| OpError::bad_input(format!("contactData: not {{uploadId, mapping}}: {error}")))?;
    let unknown =
        || OpError::bad_input("contactData.uploadId: there is no such upload; please upload the file again");
    let id: i64 = data.upload_id.parse().ok().ok_or_else(unknown)?;
    let file = stored_file::of_campaign(conn, id, campaign_id, "contacts")
        .await?
        .ok_or_else(unknown)?;
    let start = stored_file::chunk(conn, id, 0).await?.unwrap_or_default();
    let headers = Table::open(io::Cursor::new(start))
        .and_then(|mut table| table.next_row())
        .map_err(|error| OpError::bad_input(format!("contactData: {error}")))?;
    let headers = headers.map(|row| row.values).unwrap_or_default();
    RowReader::new(&headers, &data.mapping)
        .map_err(|error| OpError::bad_input(format!("contactData.mapping: {error}")))?;
    stored_file::keep(conn, id).await?;
    Ok((
        Payload {
            file_id: id,
            mapping: Some(data.mapping),
        },
        file.name,
    ))
}

async fn store_spoke_form(
    conn: &mut Conn,
    (campaign_id, organization_id): (i64, i64),
    contact_data: &str,
) -> OpResult<(Payload, String)> {
    let text = contact_data.trim().to_owned();
    let checked = tokio::task::spawn_blocking(move || (spoke::check(&text, DEFAULT_MAX_UPLOAD_BYTES), text));
    let (outcome, text) = checked
        .await
        .map_err(|error| OpError::Unexpected(error.to_string()))?;
    outcome.map_err(|reason| OpError::bad_input(format!("contactData: {reason}")))?;
    let campaign = (campaign_id, organization_id);
    store_file(conn, campaign, "contacts.json.gz", None, text.as_bytes()).await
}

async fn store_file(
    conn: &mut Conn,
    (campaign_id, organization_id): (i64, i64),
    name: &str,
    mapping: Option<Mapping>,
    bytes: &[u8],
) -> OpResult<(Payload, String)> {
    let new = NewStoredFile {
        organization_id,
        campaign_id,
        user_id: None,
        purpose: "contacts",
        name,
    };
    let file = new.insert(conn).await?;
    for (position, chunk) in (0..).zip(bytes.chunks(stored_file::CHUNK_BYTES)) {
        stored_file::append(conn, file.id, position, chunk).await?;
    }
    stored_file::complete(conn, file.id).await?;
    let payload = Payload {
        file_id: file.id,
        mapping,
    };
    Ok((payload, name.to_owned()))
}

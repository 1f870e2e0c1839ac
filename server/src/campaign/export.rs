//! Exports a campaign: enqueued by `exportCampaign`, done by the job `export`, which writes a CSV file of contacts and
//! one of texts. Both are read and written page by page, so that memory stays flat however large the campaign is.

mod columns;
pub(crate) mod csv_file;

use bellwether_db::{
    AsyncConnection, Conn, export,
    stored_file::{self, NewStoredFile},
};
use bellwether_queue::{JobError, JobRow, Lease, NewJob};
use serde::{Deserialize, Serialize};

use self::{
    columns::{ContactColumns, MESSAGE_HEADERS, message_row},
    csv_file::CsvFile,
};
use crate::{
    app::App,
    error::{OpError, OpResult},
};

/// The job's type, Spoke's name.
pub const JOB_TYPE: &str = "export";
/// Contacts, or texts, read at once.
const PAGE: i64 = if cfg!(test) { 200 } else { 2_000 };

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    user_id: i64,
}

/// Addresses of a campaign's newest export, below the server's own; each works for 24 hours from its making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportLinks {
    /// The file of contacts.
    pub contacts_path: String,
    /// The file of texts.
    pub messages_path: String,
}

/// Enqueues an export, or tells of the one that is under way. The caller has checked that the requester may export.
pub async fn enqueue_export(conn: &mut Conn, campaign: (i64, i64), user_id: i64) -> OpResult<JobRow> {
    let (campaign_id, organization_id) = campaign;
    conn.transaction::<_, OpError, _>(async |conn| {
        let pending = bellwether_queue::pending_for_campaign(conn, campaign_id).await?;
        if let Some(job) = pending
            .iter()
            .find(|job| job.job_type == JOB_TYPE && job.failed_at.is_none())
        {
            return Ok(job.clone());
        }
        bellwether_queue::discard_failed(conn, campaign_id, JOB_TYPE).await?;
        let job = NewJob {
            organization_id: Some(organization_id),
            campaign_id: Some(campaign_id),
            queue_name: &format!("{campaign_id}:export"),
            job_type: JOB_TYPE,
            payload: serde_json::json!(Payload { user_id }),
            max_attempts: 5,
        };
        Ok(bellwether_queue::enqueue(conn, &job).await?)
    })
    .await
}

/// The newest export of a campaign, if there is one that still works.
pub async fn latest_exports(conn: &mut Conn, campaign_id: i64) -> OpResult<Option<ExportLinks>> {
    let files = export::latest(conn, campaign_id).await?;
    let link = |purpose: &str| {
        let file = files.iter().find(|file| file.purpose == purpose)?;
        Some(format!("/downloads/{}/{}", file.token, file.name))
    };
    let links = link("export").zip(link("export_messages"));
    Ok(links.map(|(contacts_path, messages_path)| ExportLinks {
        contacts_path,
        messages_path,
    }))
}

/// The job.
pub async fn export_campaign(app: &App, job: &JobRow, lease: &Lease) -> Result<(), JobError> {
    let (Some(campaign_id), Some(organization_id)) = (job.campaign_id, job.organization_id) else {
        return Err(JobError::Unexpected("the job names no campaign".to_owned()));
    };
    let payload: Payload = serde_json::from_value(job.payload.clone())
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
    stored_file::delete_half_exports(&mut conn, campaign_id).await?;
    let stem = format!(
        "{}-{}",
        slug(&campaign.title),
        app.now().format("%Y-%m-%d-%H%M%S")
    );
    let questions = export::questions(&mut conn, campaign_id).await?;
    let columns = ContactColumns::new(campaign_id, campaign.custom_fields(), &questions);
    let names = [format!("{stem}.csv"), format!("{stem}-messages.csv")];
    let [name, messages_name] = &names;
    let new = NewStoredFile {
        organization_id,
        campaign_id,
        user_id: Some(payload.user_id),
        purpose: "export",
        name,
    };
    let file = new.insert(&mut conn).await?;
    let mut contacts = CsvFile::begin(&file, &columns.headers())?;
    let new = NewStoredFile {
        purpose: "export_messages",
        name: messages_name,
        ..new
    };
    let file = new.insert(&mut conn).await?;
    let mut messages = CsvFile::begin(&file, &MESSAGE_HEADERS.map(str::to_owned))?;

    if let Some(range) = export::contact_range(&mut conn, campaign_id).await? {
        let mut after = range.first - 1;
        let mut done = 0;
        loop {
            let page = export::contacts(&mut conn, campaign_id, after, range.last, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            done += page.len() as i64;
            let ids: Vec<i64> = page.iter().map(|contact| contact.id).collect();
            for contact in page {
                contacts.write(columns.row(contact))?;
            }
            contacts.store(&mut conn).await?;
            write_messages(&mut conn, campaign_id, &ids, &mut messages).await?;
            let percent = i32::try_from(done * 99 / range.count.max(1))
                .unwrap_or(99)
                .min(99);
            if !bellwether_queue::progress(&mut conn, lease, percent, None).await? {
                return Err(JobError::Stopped);
            }
            app.events.campaign_changed(campaign_id);
        }
    }
    conn.transaction::<_, JobError, _>(async |conn| {
        contacts.finish(conn).await?;
        messages.finish(conn).await?;
        if bellwether_queue::complete(conn, lease).await? {
            Ok(())
        } else {
            Err(JobError::Stopped)
        }
    })
    .await
}

async fn write_messages(
    conn: &mut Conn,
    campaign_id: i64,
    contact_ids: &[i64],
    file: &mut CsvFile,
) -> Result<(), JobError> {
    let mut after = (0, 0);
    loop {
        let page = export::messages(conn, contact_ids, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.campaign_contact_id, last.id);
        let is_last = (page.len() as i64) < PAGE;
        for message in page {
            file.write(message_row(campaign_id, message))?;
        }
        file.store(conn).await?;
        if is_last {
            return Ok(());
        }
    }
}

/// A title as part of a file's name and address: small letters, digits and dashes.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for character in title.chars().take(60) {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "campaign".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_names_of_files() {
        assert_eq!(slug("Get Out — the Vote!"), "get-out-the-vote");
        assert_eq!(slug("../../\"x\r\n"), "x");
        assert_eq!(slug("¡¡"), "campaign");
        assert!(slug(&"long ".repeat(100)).len() <= 60);
    }
}

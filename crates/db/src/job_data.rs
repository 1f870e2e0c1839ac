//! What background jobs read and write: loading contacts, handing them to texters, starting.

mod assign;
mod ingest;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, campaign::CampaignRow};

pub use assign::{
    AssignmentLoad, assignment_loads, delete_empty_assignments, ensure_assignment, give_back,
    needs_message_count, strangers, take_unassigned,
};
pub use ingest::{
    ContactColumns, IngestCounts, Inserted, delete_contacts, ingest_begun, ingest_failed, ingest_succeeded,
    insert_contacts,
};

/// A campaign, its row locked until the transaction ends, so that it does not start or end meanwhile.
pub async fn lock_campaign(conn: &mut Conn, id: i64) -> QueryResult<Option<CampaignRow>> {
    sql_query("SELECT * FROM campaign WHERE id = $1 FOR NO KEY UPDATE")
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// How many contacts a campaign has and how many of them have a texter, from the kept counts.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct ReadinessCounts {
    /// All contacts.
    #[diesel(sql_type = BigInt)]
    pub contacts: i64,
    /// Those with a texter.
    #[diesel(sql_type = BigInt)]
    pub assigned: i64,
}

/// See [`ReadinessCounts`].
pub async fn readiness_counts(conn: &mut Conn, campaign_id: i64) -> QueryResult<ReadinessCounts> {
    sql_query(
        "SELECT coalesce(sum(total), 0)::bigint AS contacts,
             coalesce(sum(total) FILTER (WHERE assignment_id <> 0), 0)::bigint AS assigned
         FROM contact_count WHERE campaign_id = $1",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .get_result(conn)
    .await
}

/// Marks contacts whose cell opted out (of any organization, where that is shared), as a last look before a campaign starts.
pub async fn mark_opted_out(conn: &mut Conn, campaign_id: i64) -> QueryResult<usize> {
    sql_query(
        "UPDATE campaign_contact cc SET is_opted_out = true, updated_at = now()
         WHERE cc.campaign_id = $1 AND NOT cc.is_opted_out AND EXISTS (SELECT 1 FROM opt_out o WHERE o.cell = cc.cell
             AND (o.organization_id = cc.organization_id OR (SELECT s.opt_outs_shared FROM instance_setting s WHERE s.only_one)))",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .execute(conn)
    .await
}

/// Starts a campaign. False: it was started already.
pub async fn set_started(conn: &mut Conn, campaign_id: i64, now: DateTime<Utc>) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        was_started: bool,
    }
    let row: Row = sql_query(
        "UPDATE campaign c SET is_started = true, started_at = coalesce(c.started_at, $2)
         FROM (SELECT is_started FROM campaign WHERE id = $1) old
         WHERE c.id = $1 RETURNING old.is_started AS was_started",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<Timestamptz, _>(now)
    .cached()
    .get_result(conn)
    .await?;
    Ok(!row.was_started)
}

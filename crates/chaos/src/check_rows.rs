//! What is in the database at the end.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Client;

use crate::Result;

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The vendor took it, or never will.
    Ended,
    /// It was not wanted any more.
    TakenBack,
    /// Nobody can say whether it left: a person sees it.
    DeadLetter,
    /// It waits for no good reason.
    Waiting(String),
}

/// What is in the database at the end.
#[derive(Debug, Default)]
pub struct Rows {
    /// Our texts by the vendor's name of them.
    pub by_sid: HashMap<String, i64>,
    /// Our texts by who sent them under which key.
    pub by_key: HashMap<(i64, String), i64>,
    pub fates: HashMap<i64, Fate>,
    /// By the vendor's name of a contact's text: events and texts that are stored.
    pub inbound: HashMap<String, (i64, i64)>,
    /// When each cell's opting out committed, in microseconds since 1970.
    pub opt_outs: HashMap<String, i64>,
    /// Cells that are asleep.
    pub asleep: HashSet<String>,
    /// Cells of the campaign that was put away.
    pub archived: HashSet<String>,
}

/// Texts that wait though nothing keeps them. Those of the organization whose hours are closed are meant to.
const MESSAGES: &str = "SELECT m.id, m.service_id, m.user_id, m.idempotency_key, CASE \
    WHEN m.send_status IN ('SENT', 'DELIVERED', 'ERROR') THEN 'ended' \
    WHEN m.send_status = 'NOT_ATTEMPTED' THEN 'taken back' \
    WHEN m.send_status = 'UNKNOWN' AND m.available_at = 'infinity' THEN 'dead' \
    WHEN m.send_status = 'QUEUED' AND m.organization_id = $1 AND m.available_at > now() THEN 'taken back' \
    ELSE m.send_status END FROM message m WHERE NOT m.is_from_contact";

impl Rows {
    pub async fn read(client: &Client, closed_organization: i64, archived_campaign: i64) -> Result<Self> {
        let mut rows = Self::default();
        for row in client.query(MESSAGES, &[&closed_organization]).await? {
            let id: i64 = row.try_get(0)?;
            if let Some(sid) = row.try_get::<_, Option<String>>(1)? {
                rows.by_sid.insert(sid, id);
            }
            if let (Some(user), Some(key)) = (row.try_get(2)?, row.try_get(3)?) {
                rows.by_key.insert((user, key), id);
            }
            let fate = match row.try_get::<_, &str>(4)? {
                "ended" => Fate::Ended,
                "taken back" => Fate::TakenBack,
                "dead" => Fate::DeadLetter,
                state => Fate::Waiting(state.to_owned()),
            };
            rows.fates.insert(id, fate);
        }
        let inbound = "SELECT e.event_key, count(DISTINCT e.id), count(DISTINCT m.id) FROM inbound_event e \
            LEFT JOIN message m ON m.service = e.service AND m.service_id = e.event_key AND m.is_from_contact \
            WHERE e.kind = 'message' AND e.processed_at IS NOT NULL GROUP BY 1";
        for row in client.query(inbound, &[]).await? {
            rows.inbound
                .insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
        }
        let opt_outs = "SELECT cell, (extract(epoch FROM min(pg_xact_commit_timestamp(xmin))) * 1000000)::bigint \
            FROM opt_out GROUP BY 1";
        for row in client.query(opt_outs, &[]).await? {
            rows.opt_outs.insert(row.try_get(0)?, row.try_get(1)?);
        }
        let cells = async |condition: &str, id: i64| -> Result<HashSet<String>> {
            let sql = format!("SELECT cell FROM campaign_contact WHERE {condition} = $1");
            let found = client.query(&sql, &[&id]).await?;
            found.iter().map(|row| Ok(row.try_get(0)?)).collect()
        };
        rows.asleep = cells("organization_id", closed_organization).await?;
        rows.archived = cells("campaign_id", archived_campaign).await?;
        Ok(rows)
    }
}

/// What still moves: nothing at rest.
pub async fn moving(client: &Client) -> Result<i64> {
    let sql = "SELECT (SELECT count(*) FROM message WHERE send_status = 'SENDING' \
            OR (send_status = 'UNKNOWN' AND available_at < 'infinity') \
            OR (send_status = 'QUEUED' AND available_at < now() + interval '15 minutes')) \
        + (SELECT count(*) FROM inbound_event WHERE processed_at IS NULL)";
    Ok(client.query_one(sql, &[]).await?.try_get(0)?)
}

//! Lists of contacts by what they have in common: a texter's, a campaign's, an organization's. One condition for lists,
//! counts and changes of many, so that what is counted is what is listed.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{
    Conn, QueryResult,
    cached::CachedExt,
    campaign_contact::{CampaignContactRow, contact_from, contact_sql},
};

/// Which contacts; what is none does not count.
#[derive(Debug, Default, Clone)]
pub struct ContactsFilter {
    /// Any of these states.
    pub statuses: Option<Vec<String>>,
    /// Only opted out, or only others.
    pub is_opted_out: Option<bool>,
    /// Only those whose texting hours are open (true) or closed (false).
    pub valid_timezone: Option<bool>,
    /// Only this contact.
    pub contact_id: Option<i64>,
    /// Any of these error codes; 0 stands for none.
    pub error_codes: Option<Vec<i32>>,
    /// Only with a tag (true) or without any (false).
    pub has_tag: Option<bool>,
    /// Only with one of these tags.
    pub tag_ids: Option<Vec<i64>>,
    /// Only without all of these tags.
    pub suppressed_tag_ids: Option<Vec<i64>>,
    /// Only those that wait for a reply longer than their campaign's response window.
    pub is_expired: bool,
    /// Leave first messages out 24 hours after the due date.
    pub hide_past_due: bool,
    /// Only of these campaigns.
    pub campaign_ids: Option<Vec<i64>>,
    /// Only of archived campaigns, or only of others.
    pub is_archived: Option<bool>,
    /// Part of the campaign's title, any case; true: what it must not have.
    pub title: Option<(String, bool)>,
    /// Only of this assignment.
    pub assignment_id: Option<i64>,
    /// Only of this texter.
    pub texter_id: Option<i64>,
    /// Only of nobody.
    pub is_unassigned: bool,
    /// Only those whom this person sent a text.
    pub sender_id: Option<i64>,
    /// Part of a text of theirs, any case.
    pub message_text: Option<String>,
}

/// The condition. Binds: 1 organization, 2 the instant, 3 to 21 the filter in its order.
macro_rules! condition {
    ($base:literal) => {
        concat!(
            "WHERE ",
            $base,
            " AND cc.organization_id = $1
             AND ($3::text[] IS NULL OR cc.message_status = ANY($3))
             AND ($4::boolean IS NULL OR cc.is_opted_out = $4)
             AND ($5::boolean IS NULL OR (w.opens_at IS NULL) = $5)
             AND ($6::bigint IS NULL OR cc.id = $6)
             AND ($7::integer[] IS NULL OR coalesce(cc.error_code, 0) = ANY($7))
             AND ($8::boolean IS NULL OR $8 = EXISTS (SELECT 1 FROM tag_campaign_contact tc
                 JOIN tag t ON t.id = tc.tag_id AND NOT t.is_deleted
                 WHERE tc.campaign_contact_id = cc.id))
             AND ($9::bigint[] IS NULL OR EXISTS (SELECT 1 FROM tag_campaign_contact tc
                 WHERE tc.campaign_contact_id = cc.id AND tc.tag_id = ANY($9)))
             AND ($10::bigint[] IS NULL OR NOT EXISTS (SELECT 1 FROM tag_campaign_contact tc
                 WHERE tc.campaign_contact_id = cc.id AND tc.tag_id = ANY($10)))
             AND (NOT $11 OR (cc.message_status = 'needsResponse'
                 AND cc.updated_at < $2 - make_interval(secs => ca.response_window * 3600)))
             AND NOT ($12 AND cc.message_status = 'needsMessage' AND ca.due_by IS NOT NULL
                 AND $2 > ca.due_by + interval '24 hours')
             AND ($13::bigint[] IS NULL OR cc.campaign_id = ANY($13))
             AND ($14::boolean IS NULL OR ca.is_archived = $14)
             AND ($15::text IS NULL OR (strpos(lower(ca.title), lower($15)) > 0) <> $16)
             AND ($17::bigint IS NULL OR cc.assignment_id = $17)
             AND ($18::bigint IS NULL OR a.user_id = $18)
             AND (NOT $19 OR cc.assignment_id IS NULL)
             AND ($20::bigint IS NULL OR EXISTS (SELECT 1 FROM message m
                 WHERE m.campaign_contact_id = cc.id AND m.user_id = $20 AND NOT m.is_from_contact))
             AND ($21::text IS NULL OR EXISTS (SELECT 1 FROM message m
                 WHERE m.campaign_contact_id = cc.id AND strpos(lower(m.text), lower($21)) > 0)) "
        )
    };
}

/// The statement for what the filter starts from. Plans are made once for all values, so what an index is to be used
/// for stands there as it is and not as "this or none".
macro_rules! by_base {
    ($filter:expr, $sql:ident, $rest:literal) => {
        match $filter {
            ContactsFilter {
                assignment_id: Some(_),
                ..
            } => $sql!("cc.assignment_id = $17", $rest),
            ContactsFilter {
                texter_id: Some(_), ..
            } => {
                $sql!(
                    "cc.assignment_id IN (SELECT id FROM assignment WHERE user_id = $18)",
                    $rest
                )
            }
            ContactsFilter {
                campaign_ids: Some(_),
                ..
            } => $sql!("cc.campaign_id = ANY($13)", $rest),
            _ => $sql!("true", $rest),
        }
    };
}

macro_rules! rows_sql {
    ($base:literal, $rest:literal) => {
        contact_sql!("$2", concat!(condition!($base), $rest))
    };
}

macro_rules! ids_sql {
    ($base:literal, $rest:literal) => {
        concat!(
            "SELECT cc.id, cc.campaign_id",
            contact_from!("$2"),
            condition!($base),
            $rest
        )
    };
}

macro_rules! count_sql {
    ($base:literal, $rest:literal) => {
        concat!(
            "SELECT count(*) AS n",
            contact_from!("$2"),
            condition!($base),
            $rest
        )
    };
}

macro_rules! bind_filter {
    ($query:expr, $organization_id:expr, $now:expr, $filter:expr) => {
        $query
            .bind::<BigInt, _>($organization_id)
            .bind::<Timestamptz, _>($now)
            .bind::<Nullable<Array<Text>>, _>($filter.statuses.as_deref())
            .bind::<Nullable<Bool>, _>($filter.is_opted_out)
            .bind::<Nullable<Bool>, _>($filter.valid_timezone)
            .bind::<Nullable<BigInt>, _>($filter.contact_id)
            .bind::<Nullable<Array<Integer>>, _>($filter.error_codes.as_deref())
            .bind::<Nullable<Bool>, _>($filter.has_tag)
            .bind::<Nullable<Array<BigInt>>, _>($filter.tag_ids.as_deref())
            .bind::<Nullable<Array<BigInt>>, _>($filter.suppressed_tag_ids.as_deref())
            .bind::<Bool, _>($filter.is_expired)
            .bind::<Bool, _>($filter.hide_past_due)
            .bind::<Nullable<Array<BigInt>>, _>($filter.campaign_ids.as_deref())
            .bind::<Nullable<Bool>, _>($filter.is_archived)
            .bind::<Nullable<Text>, _>($filter.title.as_ref().map(|(title, _)| title.as_str()))
            .bind::<Bool, _>($filter.title.as_ref().is_some_and(|(_, is_negated)| *is_negated))
            .bind::<Nullable<BigInt>, _>($filter.assignment_id)
            .bind::<Nullable<BigInt>, _>($filter.texter_id)
            .bind::<Bool, _>($filter.is_unassigned)
            .bind::<Nullable<BigInt>, _>($filter.sender_id)
            .bind::<Nullable<Text>, _>($filter.message_text.as_deref())
    };
}

/// Contacts to text or answer: those that wait for a reply first, oldest first.
pub async fn to_text(
    conn: &mut Conn,
    organization_id: i64,
    filter: &ContactsFilter,
    limit: i64,
    now: DateTime<Utc>,
) -> QueryResult<Vec<CampaignContactRow>> {
    let sql = by_base!(
        filter,
        rows_sql,
        "ORDER BY CASE cc.message_status WHEN 'needsResponse' THEN 0 WHEN 'needsMessage' THEN 1 ELSE 2 END,
             CASE WHEN cc.message_status IN ('needsResponse', 'needsMessage') THEN cc.updated_at END,
             CASE WHEN cc.message_status NOT IN ('needsResponse', 'needsMessage') THEN cc.updated_at END DESC, cc.id
         LIMIT $22"
    );
    bind_filter!(sql_query(sql), organization_id, now, filter)
        .bind::<BigInt, _>(limit)
        .cached()
        .load(conn)
        .await
}

/// A page of contacts, newest first: before a contact, or from a place on.
pub async fn newest(
    conn: &mut Conn,
    organization_id: i64,
    filter: &ContactsFilter,
    page: Page,
    now: DateTime<Utc>,
) -> QueryResult<Vec<CampaignContactRow>> {
    let sql = by_base!(
        filter,
        rows_sql,
        "AND ($22::bigint IS NULL OR cc.id < $22) ORDER BY cc.id DESC LIMIT $23 OFFSET $24"
    );
    bind_filter!(sql_query(sql), organization_id, now, filter)
        .bind::<Nullable<BigInt>, _>(page.before)
        .bind::<BigInt, _>(page.limit)
        .bind::<BigInt, _>(page.offset)
        .cached()
        .load(conn)
        .await
}

/// Which part of a list.
#[derive(Debug, Default, Clone, Copy)]
pub struct Page {
    /// Only rows with a lower id: those after it in a list that has the newest first.
    pub before: Option<i64>,
    /// At most this many.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

/// How many contacts match.
pub async fn count(
    conn: &mut Conn,
    organization_id: i64,
    filter: &ContactsFilter,
    now: DateTime<Utc>,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let sql = by_base!(filter, count_sql, "");
    let row: Row = bind_filter!(sql_query(sql), organization_id, now, filter)
        .cached()
        .get_result(conn)
        .await?;
    Ok(row.n)
}

/// A contact and its campaign.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct ContactOfCampaign {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
}

/// Contacts that match, by id.
pub async fn ids(
    conn: &mut Conn,
    organization_id: i64,
    filter: &ContactsFilter,
    limit: i64,
    now: DateTime<Utc>,
) -> QueryResult<Vec<ContactOfCampaign>> {
    let sql = by_base!(filter, ids_sql, "ORDER BY cc.id LIMIT $22");
    bind_filter!(sql_query(sql), organization_id, now, filter)
        .bind::<BigInt, _>(limit)
        .cached()
        .load(conn)
        .await
}

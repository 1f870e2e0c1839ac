//! Hours in which texts may go: the law's, and what organizations make of them.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Date, Nullable, SmallInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// The hours of a place: the law's, an organization's own, or both.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct TextingHoursRow {
    /// `US` for everybody, or a state's two letters.
    #[diesel(sql_type = Text)]
    pub place: String,
    /// The hours that hold, seven starts, Monday first.
    #[diesel(sql_type = Array<SmallInt>)]
    pub start_hours: Vec<i16>,
    /// The hours that hold, seven ends; equal to the start: none on that day.
    #[diesel(sql_type = Array<SmallInt>)]
    pub end_hours: Vec<i16>,
    /// The law's starts; none where it has nothing to say.
    #[diesel(sql_type = Nullable<Array<SmallInt>>)]
    pub law_start_hours: Option<Vec<i16>>,
    /// The law's ends.
    #[diesel(sql_type = Nullable<Array<SmallInt>>)]
    pub law_end_hours: Option<Vec<i16>>,
    /// The statute, and who told of it.
    #[diesel(sql_type = Nullable<Text>)]
    pub source: Option<String>,
    /// When the law was last looked at.
    #[diesel(sql_type = Nullable<Date>)]
    pub as_of: Option<NaiveDate>,
    /// The hours are the organization's own.
    #[diesel(sql_type = Bool)]
    pub is_own: bool,
    /// They let texts go at an hour at which the law's do not.
    #[diesel(sql_type = Bool)]
    pub is_looser: bool,
    /// Why, in the words of who set them.
    #[diesel(sql_type = Text)]
    pub note: String,
    /// Who set them.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub set_by: Option<i64>,
    /// Since when they hold.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub set_at: Option<DateTime<Utc>>,
    /// Who ended them.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub ended_by: Option<i64>,
    /// Since when they do not hold any more.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
}

macro_rules! rows_sql {
    ($join:literal, $which:literal, $rest:literal) => {
        concat!(
            "SELECT coalesce(h.place, l.place) AS place, coalesce(h.start_hours, l.start_hours) AS start_hours,
                 coalesce(h.end_hours, l.end_hours) AS end_hours, l.start_hours AS law_start_hours,
                 l.end_hours AS law_end_hours, l.source, l.as_of, h.id IS NOT NULL AS is_own,
                 coalesce(h.is_looser, false) AS is_looser, coalesce(h.note, '') AS note, h.set_by, h.set_at, h.ended_by,
                 h.ended_at
             FROM law_texting_hours l ",
            $join,
            " JOIN (SELECT * FROM organization_texting_hours WHERE organization_id = $1 ",
            $which,
            ") h ON h.place = l.place ",
            $rest
        )
    };
}

/// The hours in force for an organization, everybody's first.
pub async fn in_force(conn: &mut Conn, organization_id: i64) -> QueryResult<Vec<TextingHoursRow>> {
    sql_query(rows_sql!(
        "FULL",
        "AND ended_at IS NULL",
        "ORDER BY coalesce(h.place, l.place) <> 'US', 1"
    ))
    .bind::<BigInt, _>(organization_id)
    .cached()
    .load(conn)
    .await
}

/// All that an organization ever set, newest first; those in force among them.
pub async fn history(conn: &mut Conn, organization_id: i64, limit: i64) -> QueryResult<Vec<TextingHoursRow>> {
    sql_query(rows_sql!(
        "RIGHT",
        "",
        "ORDER BY h.set_at DESC, h.id DESC LIMIT $2"
    ))
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// Hours that an organization sets for a place.
#[derive(Debug, Clone)]
pub struct NewTextingHours<'a> {
    /// The organization.
    pub organization_id: i64,
    /// `US` or a state's two letters.
    pub place: &'a str,
    /// Seven starts, Monday first.
    pub start_hours: [i16; 7],
    /// Seven ends.
    pub end_hours: [i16; 7],
    /// They let texts go at an hour at which the law's do not.
    pub is_looser: bool,
    /// Why.
    pub note: &'a str,
    /// Who sets them; nobody for the demo's.
    pub set_by: Option<i64>,
}

impl NewTextingHours<'_> {
    /// Sets them; what held before is kept as ended. In a transaction: the two are one.
    pub async fn insert(&self, conn: &mut Conn) -> QueryResult<()> {
        sql_query("SELECT 1 FROM organization WHERE id = $1 FOR NO KEY UPDATE")
            .bind::<BigInt, _>(self.organization_id)
            .cached()
            .execute(conn)
            .await?;
        end(conn, self.organization_id, self.place, self.set_by).await?;
        sql_query(
            "INSERT INTO organization_texting_hours (organization_id, place, start_hours, end_hours, is_looser, note, set_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind::<BigInt, _>(self.organization_id)
        .bind::<Text, _>(self.place)
        .bind::<Array<SmallInt>, _>(self.start_hours.as_slice())
        .bind::<Array<SmallInt>, _>(self.end_hours.as_slice())
        .bind::<Bool, _>(self.is_looser)
        .bind::<Text, _>(self.note)
        .bind::<Nullable<BigInt>, _>(self.set_by)
        .cached()
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// Ends what an organization set for a place: the law's hours hold again. Returns how many rows that were: one or none.
pub async fn end(conn: &mut Conn, organization_id: i64, place: &str, by: Option<i64>) -> QueryResult<usize> {
    sql_query(
        "UPDATE organization_texting_hours SET ended_at = now(), ended_by = $3
         WHERE organization_id = $1 AND place = $2 AND ended_at IS NULL",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(place)
    .bind::<Nullable<BigInt>, _>(by)
    .cached()
    .execute(conn)
    .await
}

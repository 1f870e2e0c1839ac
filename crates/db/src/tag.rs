//! Tags of an organization, and which contacts have them.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// The group of tags that texters see and may use.
pub const TEXTER_TAGS: &str = "texter-tags";
/// The value of a tag that somebody has seen to.
pub const RESOLVED: &str = "RESOLVED";

/// A tag.
#[derive(Debug, Clone, QueryableByName)]
pub struct TagRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub group: Option<String>,
    #[diesel(sql_type = Text)]
    pub description: String,
    #[diesel(sql_type = Bool)]
    pub is_deleted: bool,
}

/// A tag on a contact.
#[derive(Debug, Clone, QueryableByName)]
pub struct ContactTagRow {
    #[diesel(sql_type = BigInt)]
    pub campaign_contact_id: i64,
    #[diesel(sql_type = BigInt)]
    pub tag_id: i64,
    /// Null while it is open, RESOLVED once somebody has seen to it, or any other text.
    #[diesel(sql_type = Nullable<Text>)]
    pub value: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub group: Option<String>,
}

/// What a tag says.
#[derive(Debug, Clone, Copy)]
pub struct TagText<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its group; empty is none.
    pub group: Option<&'a str>,
    /// What it is for.
    pub description: Option<&'a str>,
}

impl TagText<'_> {
    /// Makes a tag.
    pub async fn insert(&self, conn: &mut Conn, organization_id: i64) -> QueryResult<TagRow> {
        sql_query(
            "INSERT INTO tag (organization_id, name, \"group\", description)
             VALUES ($1, $2, nullif($3, ''), coalesce($4, '')) RETURNING *",
        )
        .bind::<BigInt, _>(organization_id)
        .bind::<Text, _>(self.name)
        .bind::<Nullable<Text>, _>(self.group)
        .bind::<Nullable<Text>, _>(self.description)
        .cached()
        .get_result(conn)
        .await
    }

    /// Changes a tag of this organization; none when it has no such tag.
    pub async fn update(
        &self,
        conn: &mut Conn,
        organization_id: i64,
        id: i64,
    ) -> QueryResult<Option<TagRow>> {
        sql_query(
            "UPDATE tag SET name = $3, \"group\" = nullif(coalesce($4, \"group\"), ''),
                 description = coalesce($5, description), updated_at = now()
             WHERE organization_id = $1 AND id = $2 AND NOT is_deleted RETURNING *",
        )
        .bind::<BigInt, _>(organization_id)
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(self.name)
        .bind::<Nullable<Text>, _>(self.group)
        .bind::<Nullable<Text>, _>(self.description)
        .cached()
        .get_result(conn)
        .await
        .optional()
    }
}

/// Marks a tag of this organization as deleted; none when it has no such tag.
pub async fn delete(conn: &mut Conn, organization_id: i64, id: i64) -> QueryResult<Option<TagRow>> {
    sql_query(
        "UPDATE tag SET is_deleted = true, updated_at = now()
         WHERE organization_id = $1 AND id = $2 AND NOT is_deleted RETURNING *",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(id)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// Tags of these organizations that are not deleted, oldest first.
pub async fn of_organizations(conn: &mut Conn, organization_ids: &[i64]) -> QueryResult<Vec<TagRow>> {
    sql_query(
        "SELECT * FROM tag WHERE organization_id = ANY($1) AND NOT is_deleted ORDER BY organization_id, id",
    )
    .bind::<Array<BigInt>, _>(organization_ids)
    .cached()
    .load(conn)
    .await
}

/// How many of these tags the organization has.
pub async fn known(conn: &mut Conn, organization_id: i64, ids: &[i64]) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let row: Row = sql_query(
        "SELECT count(*) AS n FROM tag WHERE organization_id = $1 AND id = ANY($2) AND NOT is_deleted",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Array<BigInt>, _>(ids)
    .cached()
    .get_result(conn)
    .await?;
    Ok(usize::try_from(row.n).unwrap_or_default())
}

/// A tag by its id, unless it was deleted.
pub async fn by_id(conn: &mut Conn, id: i64) -> QueryResult<Option<TagRow>> {
    sql_query("SELECT * FROM tag WHERE id = $1 AND NOT is_deleted")
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// Tags of these contacts, those of deleted tags left out.
pub async fn of_contacts(conn: &mut Conn, contact_ids: &[i64]) -> QueryResult<Vec<ContactTagRow>> {
    sql_query(
        "SELECT tc.campaign_contact_id, tc.tag_id, tc.value, t.\"group\" FROM tag_campaign_contact tc
         JOIN tag t ON t.id = tc.tag_id AND NOT t.is_deleted
         WHERE tc.campaign_contact_id = ANY($1) ORDER BY tc.campaign_contact_id, tc.id",
    )
    .bind::<Array<BigInt>, _>(contact_ids)
    .cached()
    .load(conn)
    .await
}

/// Puts tags on a contact, or changes their values; others stay.
pub async fn set_on_contact(
    conn: &mut Conn,
    contact_id: i64,
    user_id: i64,
    tag_ids: &[i64],
    values: &[Option<String>],
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO tag_campaign_contact (campaign_contact_id, tag_id, value, user_id)
         SELECT $1, t, v, $2 FROM unnest($3::bigint[], $4::text[]) AS u (t, v) ORDER BY t
         ON CONFLICT (campaign_contact_id, tag_id) DO UPDATE SET value = excluded.value, updated_at = now()",
    )
    .bind::<BigInt, _>(contact_id)
    .bind::<BigInt, _>(user_id)
    .bind::<Array<BigInt>, _>(tag_ids)
    .bind::<Array<Nullable<Text>>, _>(values)
    .cached()
    .execute(conn)
    .await
}

/// Puts the tags of a saved reply on a contact of the same campaign; nothing when the reply is of another one.
pub async fn apply_canned_response(
    conn: &mut Conn,
    contact_id: i64,
    canned_response_id: i64,
    user_id: i64,
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO tag_campaign_contact (campaign_contact_id, tag_id, user_id)
         SELECT cc.id, t.tag_id, $3 FROM campaign_contact cc
         JOIN canned_response r ON r.id = $2 AND r.campaign_id = cc.campaign_id
         JOIN tag_canned_response t ON t.canned_response_id = r.id
         WHERE cc.id = $1 ORDER BY t.tag_id
         ON CONFLICT (campaign_contact_id, tag_id) DO UPDATE SET value = NULL, updated_at = now()",
    )
    .bind::<BigInt, _>(contact_id)
    .bind::<BigInt, _>(canned_response_id)
    .bind::<BigInt, _>(user_id)
    .cached()
    .execute(conn)
    .await
}

//! People and their memberships.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// An account.
#[derive(Debug, Clone, QueryableByName)]
pub struct UserRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Text)]
    pub first_name: String,
    #[diesel(sql_type = Text)]
    pub last_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub alias: Option<String>,
    #[diesel(sql_type = Text)]
    pub cell: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub assigned_cell: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub extra: Option<serde_json::Value>,
    #[diesel(sql_type = Bool)]
    pub is_superadmin: bool,
    #[diesel(sql_type = Bool)]
    pub terms: bool,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// What is needed to make an account.
pub struct NewUser<'a> {
    /// Unique without regard to case.
    pub email: &'a str,
    /// PHC string; none for accounts that sign in elsewhere.
    pub password_hash: Option<&'a str>,
    /// As the person writes it.
    pub first_name: &'a str,
    /// As the person writes it.
    pub last_name: &'a str,
    /// Any form; only shown.
    pub cell: &'a str,
}

/// What sign-in needs of an account.
#[derive(Debug, QueryableByName)]
pub struct Credentials {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub password_hash: Option<String>,
}

/// A person's role in one organization.
#[derive(Debug, Clone, QueryableByName)]
pub struct MembershipRow {
    #[diesel(sql_type = BigInt)]
    pub user_id: i64,
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    #[diesel(sql_type = Text)]
    pub role: String,
}

impl NewUser<'_> {
    /// Stores the account; `UniqueViolation` when the address is taken.
    pub async fn insert(&self, conn: &mut Conn) -> QueryResult<UserRow> {
        sql_query(
            "INSERT INTO \"user\" (email, password_hash, first_name, last_name, cell) VALUES ($1, $2, $3, $4, $5) RETURNING *",
        )
        .bind::<Text, _>(self.email)
        .bind::<Nullable<Text>, _>(self.password_hash)
        .bind::<Text, _>(self.first_name)
        .bind::<Text, _>(self.last_name)
        .bind::<Text, _>(self.cell)
        .cached()
        .get_result(conn)
        .await
    }
}

/// The accounts with these ids, in no order.
pub async fn by_ids(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<UserRow>> {
    sql_query("SELECT * FROM \"user\" WHERE id = ANY($1)")
        .bind::<Array<BigInt>, _>(ids)
        .cached()
        .load(conn)
        .await
}

/// The account that signs in with this address.
pub async fn credentials(conn: &mut Conn, email: &str) -> QueryResult<Option<Credentials>> {
    sql_query("SELECT id, password_hash FROM \"user\" WHERE lower(email) = lower($1)")
        .bind::<Text, _>(email)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// Sets a membership's role, making the membership when there is none.
pub async fn set_role(conn: &mut Conn, user_id: i64, organization_id: i64, role: &str) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO user_organization (user_id, organization_id, role) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, organization_id) DO UPDATE SET role = excluded.role",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(role)
    .cached()
    .execute(conn)
    .await
}

/// Memberships of these people in one organization.
pub async fn memberships(
    conn: &mut Conn,
    organization_id: i64,
    user_ids: &[i64],
) -> QueryResult<Vec<MembershipRow>> {
    sql_query(
        "SELECT user_id, organization_id, role FROM user_organization WHERE organization_id = $1 AND user_id = ANY($2)",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Array<BigInt>, _>(user_ids)
    .cached()
    .load(conn)
    .await
}

/// Memberships of several people in an organization each: the first person in the first organization, and so on.
pub async fn memberships_of_pairs(
    conn: &mut Conn,
    organization_ids: &[i64],
    user_ids: &[i64],
) -> QueryResult<Vec<MembershipRow>> {
    sql_query(
        "SELECT uo.user_id, uo.organization_id, uo.role FROM unnest($1::bigint[], $2::bigint[]) AS asked (o, u)
         JOIN user_organization uo ON uo.user_id = asked.u AND uo.organization_id = asked.o",
    )
    .bind::<Array<BigInt>, _>(organization_ids)
    .bind::<Array<BigInt>, _>(user_ids)
    .cached()
    .load(conn)
    .await
}

/// All memberships of a person.
pub async fn memberships_of(conn: &mut Conn, user_id: i64) -> QueryResult<Vec<MembershipRow>> {
    sql_query("SELECT user_id, organization_id, role FROM user_organization WHERE user_id = $1 ORDER BY id")
        .bind::<BigInt, _>(user_id)
        .cached()
        .load(conn)
        .await
}

/// Which members of an organization are asked for, and in which order.
#[derive(Debug, Default, Clone, Copy)]
pub struct PeopleFilter<'a> {
    /// One role; without it everyone who is not suspended.
    pub role: Option<&'a str>,
    /// Only those assigned to this campaign.
    pub campaign_id: Option<i64>,
    /// Part of what `search_in` names, any case.
    pub search: Option<&'a str>,
    /// `FIRST_NAME`, `LAST_NAME`, EMAIL, or all of them.
    pub search_in: &'a str,
    /// `FIRST_NAME`, `LAST_NAME`, NEWEST or OLDEST.
    pub sort: &'a str,
    /// At most this many.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

/// A member and how many match in all.
#[derive(Debug, QueryableByName)]
pub struct CountedUser {
    #[diesel(embed)]
    pub user: UserRow,
    #[diesel(sql_type = BigInt)]
    pub total: i64,
}

/// Members of an organization.
pub async fn people(
    conn: &mut Conn,
    organization_id: i64,
    filter: &PeopleFilter<'_>,
) -> QueryResult<Vec<CountedUser>> {
    sql_query(
        "SELECT u.*, count(*) OVER () AS total
         FROM user_organization uo JOIN \"user\" u ON u.id = uo.user_id
         WHERE uo.organization_id = $1
             AND CASE WHEN $2::text IS NULL THEN uo.role <> 'SUSPENDED' WHEN $2 = 'ANY' THEN true ELSE uo.role = $2 END
             AND ($3::bigint IS NULL OR EXISTS (SELECT 1 FROM assignment a WHERE a.campaign_id = $3 AND a.user_id = u.id))
             AND ($4::text IS NULL OR strpos(lower(CASE $8 WHEN 'FIRST_NAME' THEN u.first_name
                 WHEN 'LAST_NAME' THEN u.last_name WHEN 'EMAIL' THEN u.email
                 ELSE u.first_name || ' ' || u.last_name || ' ' || u.email END), lower($4)) > 0)
         ORDER BY CASE WHEN $5 = 'LAST_NAME' THEN lower(u.last_name) END, CASE WHEN $5 = 'NEWEST' THEN -u.id END,
             CASE WHEN $5 = 'OLDEST' THEN u.id END, lower(u.first_name), lower(u.last_name), u.id
         LIMIT $6 OFFSET $7",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Nullable<Text>, _>(filter.role)
    .bind::<Nullable<BigInt>, _>(filter.campaign_id)
    .bind::<Nullable<Text>, _>(filter.search)
    .bind::<Text, _>(filter.sort)
    .bind::<BigInt, _>(filter.limit)
    .bind::<BigInt, _>(filter.offset)
    .bind::<Text, _>(filter.search_in)
    .cached()
    .load(conn)
    .await
}

/// A page of an organization's members by account, from after one on: each page costs the same.
pub async fn people_page(
    conn: &mut Conn,
    organization_id: i64,
    role: Option<&str>,
    search: Option<&str>,
    after: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<UserRow>> {
    sql_query(
        "SELECT u.* FROM user_organization uo JOIN \"user\" u ON u.id = uo.user_id
         WHERE uo.organization_id = $1 AND uo.user_id > coalesce($2, 0)
             AND CASE WHEN $3::text IS NULL THEN uo.role <> 'SUSPENDED' WHEN $3 = 'ANY' THEN true ELSE uo.role = $3 END
             AND ($4::text IS NULL OR
                 strpos(lower(u.first_name || ' ' || u.last_name || ' ' || u.email), lower($4)) > 0)
         ORDER BY uo.user_id LIMIT $5",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Nullable<BigInt>, _>(after)
    .bind::<Nullable<Text>, _>(role)
    .bind::<Nullable<Text>, _>(search)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// Organizations of which somebody is a member.
pub async fn organizations_of(conn: &mut Conn, user_id: i64) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        organization_id: i64,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT organization_id FROM user_organization WHERE user_id = $1 ORDER BY organization_id",
    )
    .bind::<BigInt, _>(user_id)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

/// Changes to an account; what is none stays as it is.
#[derive(Debug, Default)]
pub struct UserChanges<'a> {
    /// As the person writes it.
    pub first_name: &'a str,
    /// As the person writes it.
    pub last_name: &'a str,
    /// The name shown to contacts; empty for none.
    pub alias: Option<&'a str>,
    /// Unique without regard to case.
    pub email: &'a str,
    /// Any form; only shown.
    pub cell: &'a str,
    /// Answers to the organization's profile fields; others stay.
    pub extra: Option<&'a serde_json::Value>,
}

/// Changes an account; `UniqueViolation` when the address is taken.
pub async fn update(conn: &mut Conn, id: i64, changes: &UserChanges<'_>) -> QueryResult<UserRow> {
    sql_query(
        "UPDATE \"user\" SET first_name = $2, last_name = $3,
             alias = CASE WHEN $4::text IS NULL THEN alias ELSE nullif($4, '') END, email = $5, cell = $6,
             extra = CASE WHEN $7::jsonb IS NULL THEN extra
                 ELSE CASE jsonb_typeof(extra) WHEN 'object' THEN extra ELSE '{}' END || $7 END
         WHERE id = $1 RETURNING *",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(changes.first_name)
    .bind::<Text, _>(changes.last_name)
    .bind::<Nullable<Text>, _>(changes.alias)
    .bind::<Text, _>(changes.email)
    .bind::<Text, _>(changes.cell)
    .bind::<Nullable<Jsonb>, _>(changes.extra)
    .cached()
    .get_result(conn)
    .await
}

/// Notes that the person agrees to the terms of use.
pub async fn agree_terms(conn: &mut Conn, id: i64) -> QueryResult<UserRow> {
    sql_query("UPDATE \"user\" SET terms = true WHERE id = $1 RETURNING *")
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
}

/// The stored hash of an account's password.
pub async fn password_hash(conn: &mut Conn, id: i64) -> QueryResult<Option<String>> {
    let row: Credentials = sql_query("SELECT id, password_hash FROM \"user\" WHERE id = $1")
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await?;
    Ok(row.password_hash)
}

/// Sets a new hash in the place of the one that was checked; 0 when somebody else was faster.
pub async fn replace_password_hash(conn: &mut Conn, id: i64, old: &str, new: &str) -> QueryResult<usize> {
    sql_query("UPDATE \"user\" SET password_hash = $3 WHERE id = $1 AND password_hash = $2")
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(old)
        .bind::<Text, _>(new)
        .cached()
        .execute(conn)
        .await
}

/// Takes a membership back.
pub async fn remove_member(conn: &mut Conn, user_id: i64, organization_id: i64) -> QueryResult<usize> {
    sql_query("DELETE FROM user_organization WHERE user_id = $1 AND organization_id = $2")
        .bind::<BigInt, _>(user_id)
        .bind::<BigInt, _>(organization_id)
        .cached()
        .execute(conn)
        .await
}

/// How many members of an organization have exactly this role.
pub async fn count_with_role(conn: &mut Conn, organization_id: i64, role: &str) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        members: i64,
    }
    let row: Row = sql_query(
        "SELECT count(*) AS members FROM user_organization WHERE organization_id = $1 AND role = $2",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(role)
    .cached()
    .get_result(conn)
    .await?;
    Ok(row.members)
}

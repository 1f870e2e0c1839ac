//! Copies of campaigns, and changes of many scripts at once.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, campaign::CampaignRow};

/// Copies what a campaign is, but not its contacts, texters, numbers or state. Its script comes by other functions.
pub async fn copy(conn: &mut Conn, id: i64, title: &str, creator_id: i64) -> QueryResult<CampaignRow> {
    sql_query(
        "WITH made AS (
             INSERT INTO campaign (organization_id, creator_id, title, description, due_by, use_dynamic_assignment,
                 logo_image_url, intro_html, primary_color, override_organization_texting_hours,
                 texting_hours_enforced, texting_hours_start, texting_hours_end, timezone, batch_size,
                 response_window, features, allow_initial_edit, initial_script, script_version)
             SELECT organization_id, $3, $2, description, due_by, use_dynamic_assignment,
                 logo_image_url, intro_html, primary_color, override_organization_texting_hours,
                 texting_hours_enforced, texting_hours_start, texting_hours_end, timezone, batch_size,
                 response_window, features - 'customFields' - 'NUMBERS_RELEASED', allow_initial_edit, initial_script,
                 least(script_version, 1)
             FROM campaign WHERE id = $1 RETURNING *
         ), load AS (INSERT INTO campaign_admin (campaign_id) SELECT id FROM made)
         SELECT * FROM made",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(title)
    .bind::<BigInt, _>(creator_id)
    .cached()
    .get_result(conn)
    .await
}

/// A text in which something was replaced.
#[derive(Debug, Clone, QueryableByName)]
pub struct ReplacedText {
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    /// As it was.
    #[diesel(sql_type = Text)]
    pub found: String,
    /// As it is now.
    #[diesel(sql_type = Text)]
    pub replaced: String,
    /// Whether it is a campaign's first message.
    #[diesel(sql_type = Bool)]
    pub is_initial: bool,
}

/// Which texts of an organization are searched, and what for.
#[derive(Debug)]
pub struct Replacement<'a> {
    /// The organization.
    pub organization_id: i64,
    /// What is looked for, letter by letter.
    pub search: &'a str,
    /// What is put in its place.
    pub replace: &'a str,
    /// Archived campaigns too.
    pub include_archived: bool,
    /// Beginnings of titles; empty: all campaigns.
    pub title_prefixes: &'a [String],
}

/// Which campaigns a [`Replacement`] is for; binds 1, 4 and 5.
macro_rules! of_campaigns {
    () => {
        "c.organization_id = $1 AND ($4 OR NOT c.is_archived)
             AND (cardinality($5) = 0 OR EXISTS (SELECT 1 FROM unnest($5) p WHERE starts_with(c.title, p)))"
    };
}

impl Replacement<'_> {
    /// Replaces in the scripts of campaigns.
    pub async fn in_scripts(&self, conn: &mut Conn) -> QueryResult<Vec<ReplacedText>> {
        sql_query(concat!(
            "WITH found AS (
                 SELECT s.id, s.script FROM interaction_step s JOIN campaign c ON c.id = s.campaign_id
                 WHERE ",
            of_campaigns!(),
            " AND NOT s.is_deleted AND strpos(s.script, $2) > 0
                 ORDER BY s.id FOR UPDATE OF s
             ) UPDATE interaction_step s SET script = replace(s.script, $2, $3) FROM found
             WHERE s.id = found.id AND replace(s.script, $2, $3) <> s.script
             RETURNING s.campaign_id, found.script AS found, s.script AS replaced,
                 s.parent_interaction_id IS NULL AS is_initial"
        ))
        .bind::<BigInt, _>(self.organization_id)
        .bind::<Text, _>(self.search)
        .bind::<Text, _>(self.replace)
        .bind::<Bool, _>(self.include_archived)
        .bind::<Array<Text>, _>(self.title_prefixes)
        .cached()
        .load(conn)
        .await
    }

    /// Replaces in the saved replies of campaigns; texters' own stay as they are.
    pub async fn in_canned_responses(&self, conn: &mut Conn) -> QueryResult<Vec<ReplacedText>> {
        sql_query(concat!(
            "WITH found AS (
                 SELECT r.id, r.text FROM canned_response r JOIN campaign c ON c.id = r.campaign_id
                 WHERE ",
            of_campaigns!(),
            " AND r.user_id IS NULL AND strpos(r.text, $2) > 0
                 ORDER BY r.id FOR UPDATE OF r
             ) UPDATE canned_response r SET text = replace(r.text, $2, $3) FROM found
             WHERE r.id = found.id AND replace(r.text, $2, $3) <> r.text
             RETURNING r.campaign_id, found.text AS found, r.text AS replaced, false AS is_initial"
        ))
        .bind::<BigInt, _>(self.organization_id)
        .bind::<Text, _>(self.search)
        .bind::<Text, _>(self.replace)
        .bind::<Bool, _>(self.include_archived)
        .bind::<Array<Text>, _>(self.title_prefixes)
        .cached()
        .load(conn)
        .await
    }
}

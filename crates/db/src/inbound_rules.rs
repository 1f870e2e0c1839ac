//! What a text from a contact is judged by: the settings of the organization that it concerns.

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// An organization's settings as far as they concern inbound texts, and the instance's.
#[derive(Debug, Clone, Default, QueryableByName)]
pub struct InboundRules {
    /// The organization by whose account or number the text came; none when neither tells.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub known_organization_id: Option<i64>,
    /// The organization whose rules these are: that, or the conversation's. None: nobody knows.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub organization_id: Option<i64>,
    /// Its name.
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    /// What it has set.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub features: Option<serde_json::Value>,
    /// Whether STOP is answered by us; none: where the vendor does not do so itself.
    #[diesel(sql_type = Nullable<Bool>)]
    pub answers_stop: Option<bool>,
    /// The instance's confirmation of an opt-out.
    #[diesel(sql_type = Text)]
    pub opt_out_message: String,
}

/// What a text that has just come is judged by. The organization is the one given, or else the only one that owns the
/// number, or else that of the conversation.
pub async fn for_text(
    conn: &mut Conn,
    service: &str,
    organization_id: Option<i64>,
    contact_number: &str,
    user_number: &str,
) -> QueryResult<InboundRules> {
    sql_query(
        "SELECT given.id AS known_organization_id, o.id AS organization_id, o.name, o.features, s.answers_stop,
             s.opt_out_message
         FROM instance_setting s
         CROSS JOIN LATERAL (SELECT coalesce($2, owner_of_number($4)) AS id) given
         LEFT JOIN organization o ON o.id = coalesce(given.id, (SELECT cc.organization_id FROM campaign_contact cc
             WHERE cc.id = conversation_of($1, NULL, $3, $4)))
         WHERE s.only_one",
    )
    .bind::<Text, _>(service)
    .bind::<Nullable<BigInt>, _>(organization_id)
    .bind::<Text, _>(contact_number)
    .bind::<Text, _>(user_number)
    .cached()
    .get_result(conn)
    .await
}

/// The same for organizations that are known, one row each.
pub async fn for_organizations(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<InboundRules>> {
    sql_query(
        "SELECT o.id AS known_organization_id, o.id AS organization_id, o.name, o.features, s.answers_stop,
             s.opt_out_message
         FROM instance_setting s CROSS JOIN organization o WHERE s.only_one AND o.id = ANY ($1)",
    )
    .bind::<Array<BigInt>, _>(ids)
    .cached()
    .load(conn)
    .await
}

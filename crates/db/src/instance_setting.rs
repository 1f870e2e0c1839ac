//! Settings of the process that SQL functions must see, in one row.

use diesel::{
    sql_query,
    sql_types::{Bool, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// What SQL must see of the process's settings.
#[derive(Debug, Clone, Copy)]
pub struct InstanceSetting<'a> {
    /// Whoever opted out of one organization has opted out of all.
    pub opt_outs_shared: bool,
    /// Whether STOP is answered by us; none: where the vendor does not do so itself.
    pub answers_stop: Option<bool>,
    /// The confirmation of an opt-out where an organization has none of its own.
    pub opt_out_message: &'a str,
    /// The confirmation goes by the contact's state.
    pub opt_out_per_state: bool,
}

/// Takes the settings over. When opt-outs begin to be shared, contacts of all organizations are marked: on a large
/// instance that takes its time, once.
pub async fn keep_in_step(conn: &mut Conn, setting: &InstanceSetting<'_>) -> QueryResult<usize> {
    sql_query("SELECT set_instance($1, $2, $3, $4)")
        .bind::<Bool, _>(setting.opt_outs_shared)
        .bind::<Nullable<Bool>, _>(setting.answers_stop)
        .bind::<Text, _>(setting.opt_out_message)
        .bind::<Bool, _>(setting.opt_out_per_state)
        .cached()
        .execute(conn)
        .await
}

//! Prepared statements for hand-written SQL.
//!
//! `diesel::sql_query` marks itself as unsafe to cache, so that each call is parsed and planned anew: on the
//! sending path that costs more than the statement itself. Our texts are `'static` and take their values as binds,
//! so they are safe: [`Cached`] says so, and diesel keeps one prepared statement per text and connection.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Untyped,
};

/// A hand-written query whose prepared statement is kept.
#[derive(Debug, Clone, Copy)]
pub struct Cached<Q>(Q);

/// Adds [`cached`](CachedExt::cached) to `diesel::sql_query(..).bind(..)`.
pub trait CachedExt: Sized {
    /// Keeps the prepared statement of this query. The text must not be put together from values.
    fn cached(self) -> Cached<Self> {
        Cached(self)
    }
}

impl<Q: QueryFragment<Pg>> CachedExt for Q {}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Cached<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Cached<Q> {
    // The cache then goes by the text itself.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Cached<Q> {
    type SqlType = Untyped;
}

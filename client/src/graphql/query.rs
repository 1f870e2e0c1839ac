use graphql_client::GraphQLQuery;
use leptos::{prelude::*, task::spawn_local};

use super::{ApiError, execute};

/// What a page shows: data that stays while newer data is fetched.
#[derive(Debug)]
pub struct Query<T: Send + Sync + 'static> {
    data: RwSignal<Option<T>>,
    error: RwSignal<Option<ApiError>>,
    loading: RwSignal<bool>,
    tick: RwSignal<u32>,
    again: StoredValue<bool>,
    soon: StoredValue<bool>,
}

impl<T: Send + Sync + 'static> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Query<T> {}

impl<T: Clone + Send + Sync + 'static> Query<T> {
    fn new() -> Self {
        Self {
            data: RwSignal::new(None),
            error: RwSignal::new(None),
            loading: RwSignal::new(true),
            tick: RwSignal::new(0),
            again: StoredValue::new(false),
            soon: StoredValue::new(false),
        }
    }

    /// The newest data, if any came yet.
    pub fn get(&self) -> Option<T> {
        self.data.get()
    }

    /// The newest data without being told of changes.
    pub fn get_untracked(&self) -> Option<T> {
        self.data.get_untracked()
    }

    /// Whether any data came yet.
    pub fn has_data(&self) -> bool {
        self.data.with(Option::is_some)
    }

    /// Why the newest attempt failed.
    pub fn error(&self) -> Option<ApiError> {
        self.error.get()
    }

    /// Asks again; a call while one is under way makes one more follow, not many.
    pub fn refetch(&self) {
        if self.loading.try_get_untracked().unwrap_or(true) {
            self.again.try_set_value(true);
        } else {
            self.tick.update(|tick| *tick = tick.wrapping_add(1));
        }
    }

    /// Asks again within half a second: many calls in that time are one.
    pub fn refetch_soon(&self) {
        if self.soon.try_get_value() == Some(false) {
            let this = *self;
            this.soon.set_value(true);
            gloo_timers::callback::Timeout::new(500, move || {
                if this.soon.try_set_value(false).is_none() {
                    this.refetch();
                }
            })
            .forget();
        }
    }

    /// Forgets what came, so that nobody sees the data of somebody else who was signed in before.
    fn forget(&self) {
        self.loading.set(true);
        self.error.set(None);
        self.data.set(None);
    }

    fn finish(&self, result: Result<T, ApiError>) {
        self.loading.set(false);
        match result {
            Ok(data) => {
                self.error.set(None);
                self.data.set(Some(data));
            }
            Err(error) => self.error.set(Some(error)),
        }
        if self.again.try_get_value() == Some(true) {
            self.again.set_value(false);
            self.refetch();
        }
    }
}

/// Runs `Q` now, and again whenever a signal read by `variables` changes. `None` waits, with no data.
pub fn use_query<Q>(variables: impl Fn() -> Option<Q::Variables> + 'static) -> Query<Q::ResponseData>
where
    Q: GraphQLQuery + 'static,
    Q::Variables: 'static,
    Q::ResponseData: Clone + Send + Sync + 'static,
{
    let query = Query::new();
    let newest = StoredValue::new(0_u32);
    Effect::new(move |_| {
        query.tick.track();
        let number = newest.get_value().wrapping_add(1);
        newest.set_value(number);
        let Some(variables) = variables() else {
            query.forget();
            return;
        };
        query.loading.set(true);
        spawn_local(async move {
            let result = execute::<Q>(variables).await;
            // An answer that was overtaken, or whose page is gone, is dropped.
            if newest.try_get_value() == Some(number) {
                query.finish(result);
            }
        });
    });
    query
}

use std::marker::PhantomData;

use graphql_client::GraphQLQuery;
use leptos::{prelude::*, task::spawn_local};

use super::{ApiError, execute};

/// A change the user asks for: one at a time, its failure shown beside the button.
#[derive(Debug)]
pub struct Mutation<Q> {
    pending: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    operation: PhantomData<fn() -> Q>,
}

impl<Q> Clone for Mutation<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Mutation<Q> {}

/// A mutation that has not run yet.
pub fn use_mutation<Q>() -> Mutation<Q> {
    Mutation {
        pending: RwSignal::new(false),
        error: RwSignal::new(None),
        operation: PhantomData,
    }
}

impl<Q> Mutation<Q> {
    /// Whether an answer is awaited.
    pub fn pending(&self) -> Signal<bool> {
        self.pending.into()
    }

    /// Why the newest attempt failed.
    pub fn error(&self) -> Signal<Option<ApiError>> {
        self.error.into()
    }
}

impl<Q> Mutation<Q>
where
    Q: GraphQLQuery + 'static,
    Q::Variables: 'static,
    Q::ResponseData: 'static,
{
    /// Runs, unless already running, and hands the data to `done`.
    pub fn run(&self, variables: Q::Variables, done: impl FnOnce(Q::ResponseData) + 'static) {
        if self.pending.get_untracked() {
            return;
        }
        let this = *self;
        this.pending.set(true);
        this.error.set(None);
        spawn_local(async move {
            let result = execute::<Q>(variables).await;
            if this.pending.is_disposed() {
                return;
            }
            this.pending.set(false);
            match result {
                Ok(data) => done(data),
                Err(error) => this.error.set(Some(error)),
            }
        });
    }
}

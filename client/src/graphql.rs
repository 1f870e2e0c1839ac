//! Talking GraphQL: `operation!` declares, `use_query` reads, `use_mutation` changes.

mod error;
mod execute;
mod mutation;
mod query;

pub use error::ApiError;
pub use execute::{endpoint_headers, execute, go_to_login};
pub use mutation::{Mutation, use_mutation};
pub use query::{Query, use_query};

/// The Rust types behind the contract's own scalars.
pub mod scalars {
    /// A cell in E.164 form.
    pub type Phone = String;
    /// An instant, RFC 3339.
    pub type Date = String;
    /// Free-form data, such as a contact's custom fields.
    #[expect(clippy::upper_case_acronyms, reason = "the contract's name")]
    pub type JSON = serde_json::Value;
}

/// Declares the operation `$name` of the file `$path`, checked against the contract while compiling.
#[macro_export]
macro_rules! operation {
    ($name:ident, $path:tt) => {
        #[derive(graphql_client::GraphQLQuery)]
        #[graphql(
                                                    schema_path = "../schema.graphql",
                                                    query_path = $path,
                                                    custom_scalars_module = "crate::graphql::scalars",
                                                    variables_derives = "Debug, Clone, PartialEq, Default",
                                                    response_derives = "Debug, Clone, PartialEq",
                                                    skip_serializing_none
                                                )]
        /// An operation of the contract.
        pub struct $name;
    };
}

//! What every GraphQL request passes before it runs, over HTTP and over sockets: limits (S01), introspection (S05),
//! automatic persisted queries, and what its sender may still spend this minute (S10).

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_graphql::{
    ErrorExtensionValues, Request, Response, ServerError, Value, parser::types::ExecutableDocument,
};
use bellwether_domain::error_codes::ErrorCode;
use lru::LruCache;
use sha2::{Digest, Sha256};

use super::{cost, error::describe};
use crate::{app::App, config::Introspection, error::OpError, requester::Requester};

/// Brackets within brackets that a query may have before it is parsed: the parser recurses.
pub const MAX_NESTING: usize = 64;
/// Depth of the query with which tools read the schema (`ofType` nine times).
pub const MAX_INTROSPECTION_DEPTH: u64 = 20;
/// Persisted queries remembered in one process.
pub const PERSISTED_QUERIES: usize = 1_000;
/// Longest query that is remembered, in bytes.
pub const MAX_PERSISTED_QUERY: usize = 16 * 1024;

/// Who sent a request.
#[derive(Clone, Default)]
pub struct Caller {
    /// The signed-in person, if any.
    pub viewer: Option<Arc<Requester>>,
    /// The address it came from.
    pub address: String,
}

/// Queries that clients named by their SHA-256 before (Apollo's automatic persisted queries). Cheap to clone.
#[derive(Clone)]
pub struct PersistedQueries(Arc<Mutex<LruCache<[u8; 32], ExecutableDocument>>>);

impl Default for PersistedQueries {
    fn default() -> Self {
        let size = NonZeroUsize::new(PERSISTED_QUERIES).unwrap_or(NonZeroUsize::MIN);
        Self(Arc::new(Mutex::new(LruCache::new(size))))
    }
}

impl PersistedQueries {
    fn get(&self, hash: &[u8; 32]) -> Option<ExecutableDocument> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(hash)
            .cloned()
    }

    fn put(&self, hash: [u8; 32], document: ExecutableDocument) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(hash, document);
    }
}

/// Why a request was not let through.
#[derive(Debug)]
pub enum Refusal {
    /// It breaks a rule.
    Error(OpError),
    /// It is not GraphQL.
    Syntax(ServerError),
    /// Its sender has spent what a minute allows.
    RetryAfter(Duration),
}

impl From<OpError> for Refusal {
    fn from(error: OpError) -> Self {
        Self::Error(error)
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Error(error) => refused(error),
            Refusal::Syntax(error) => Self::from_errors(vec![error]),
            Refusal::RetryAfter(wait) => {
                let seconds = wait.as_secs().max(1);
                let mut response = refused(OpError::refused_because(
                    ErrorCode::TooManyRequests,
                    format!("Too many requests. Please try again in {seconds} seconds."),
                ));
                if let Ok(value) = seconds.to_string().parse() {
                    response.http_headers.insert("retry-after", value);
                }
                response
            }
        }
    }
}

/// An answer that is one error.
pub fn refused(error: OpError) -> Response {
    let (code, message, id) = describe(error);
    let mut told = ServerError::new(message, None);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    if let Some(id) = id {
        extensions.set("requestId", id);
    }
    told.extensions = Some(extensions);
    Response::from_errors(vec![told])
}

/// Lets a request through, its query parsed, or says why not. Nothing of it has run.
pub fn admit(app: &App, caller: &Caller, request: &mut Request) -> Result<(), Refusal> {
    let hash = persisted_hash(request)?;
    match &hash {
        Some(hash) if request.query.is_empty() => {
            let known = app.persisted_queries.get(hash);
            let document = known.ok_or_else(|| {
                // Apollo's clients look for this very word.
                OpError::refused_because(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")
            })?;
            request.set_parsed_query(document);
        }
        Some(hash) if *hash != <[u8; 32]>::from(Sha256::digest(request.query.as_bytes())) => {
            return Err(
                OpError::bad_input("extensions.persistedQuery.sha256Hash: is not the query's").into(),
            );
        }
        _ if request.query.trim().is_empty() => return Err(OpError::bad_input("query: missing").into()),
        _ if nesting(&request.query) > MAX_NESTING => {
            return Err(
                too_expensive(format!("query: brackets are nested deeper than {MAX_NESTING}")).into(),
            );
        }
        _ => {}
    }
    let name = request.operation_name.clone();
    let variables = std::mem::take(&mut request.variables);
    let measured = request
        .parsed_query()
        .map(|document| cost::measure(document, name.as_deref(), &variables));
    request.variables = variables;
    let cost = measured
        .map_err(Refusal::Syntax)?
        .map_err(|error| OpError::bad_input(error.to_string()))?;
    check(app, caller, &cost)?;
    if let Some(hash) = hash.filter(|_| (1..=MAX_PERSISTED_QUERY).contains(&request.query.len()))
        && let Ok(document) = request.parsed_query()
    {
        app.persisted_queries.put(hash, document.clone());
    }
    let (key, budget) = match &caller.viewer {
        Some(viewer) => (
            format!("user:{}", viewer.user_id),
            app.config.graphql_cost_per_minute,
        ),
        None => (
            format!("address:{}", caller.address),
            app.config.graphql_anonymous_cost_per_minute,
        ),
    };
    let total = i64::try_from(cost.total).unwrap_or(i64::MAX);
    app.rate_limits
        .spend(&key, total, budget, app.now())
        .map_err(Refusal::RetryAfter)
}

fn check(app: &App, caller: &Caller, cost: &cost::Cost) -> Result<(), OpError> {
    let config = &app.config;
    let mut max_depth = config.graphql_max_depth;
    if cost.introspects {
        match config.graphql_introspection {
            Introspection::Everyone => {}
            Introspection::SignedIn if caller.viewer.is_some() => {}
            Introspection::SignedIn => {
                return Err(OpError::refused_because(
                    ErrorCode::Unauthenticated,
                    "Please sign in to read the schema.",
                ));
            }
            Introspection::Nobody => {
                return Err(OpError::refused_because(
                    ErrorCode::Forbidden,
                    "This server does not show its schema. It is in the file schema.graphql.",
                ));
            }
        }
        max_depth = max_depth.max(MAX_INTROSPECTION_DEPTH);
    }
    for (what, is, limit) in [
        ("depth", cost.depth, max_depth),
        (
            "number of root fields",
            cost.roots,
            config.graphql_max_root_fields,
        ),
        ("number of aliases", cost.aliases, config.graphql_max_aliases),
        (
            "number of directives",
            cost.directives,
            config.graphql_max_directives,
        ),
        (
            "cost (fields, those of lists once per row)",
            cost.total,
            config.graphql_max_cost,
        ),
    ] {
        if is > limit {
            return Err(too_expensive(format!(
                "query: its {what} is {is}; the limit is {limit}"
            )));
        }
    }
    Ok(())
}

fn too_expensive(message: String) -> OpError {
    OpError::refused_because(ErrorCode::QueryTooExpensive, message)
}

/// The hash of a persisted query, when the request names one.
fn persisted_hash(request: &Request) -> Result<Option<[u8; 32]>, OpError> {
    let Some(Value::Object(named)) = request.extensions.get("persistedQuery") else {
        return Ok(None);
    };
    if named.get("version") != Some(&Value::from(1)) {
        return Err(OpError::bad_input("extensions.persistedQuery.version: must be 1"));
    }
    let hash = match named.get("sha256Hash") {
        Some(Value::String(text)) => hex(text),
        _ => None,
    };
    hash.map(Some).ok_or_else(|| {
        OpError::bad_input("extensions.persistedQuery.sha256Hash: 64 hexadecimal digits are needed")
    })
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let bytes: Vec<u8> = digits?
        .chunks(2)
        .filter_map(|pair| match pair {
            [high, low] => Some(high * 16 + low),
            _ => None,
        })
        .collect();
    bytes.try_into().ok()
}

/// How deep brackets stand within brackets, outside of strings and comments.
fn nesting(query: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        let (_, after) = rest.split_at(c.len_utf8());
        rest = match c {
            '{' | '[' | '(' => {
                depth += 1;
                deepest = deepest.max(depth);
                after
            }
            '}' | ']' | ')' => {
                depth = depth.saturating_sub(1);
                after
            }
            '#' => after.split_once('\n').map_or("", |(_, next)| next),
            '"' => match after.strip_prefix("\"\"") {
                Some(block) => after_block(block),
                None => after_string(after),
            },
            _ => after,
        };
    }
    deepest
}

fn after_block(mut rest: &str) -> &str {
    loop {
        let Some((before, after)) = rest.split_once("\"\"\"") else {
            return "";
        };
        if !before.ends_with('\\') {
            return after;
        }
        rest = after;
    }
}

fn after_string(text: &str) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return text.split_at(at + 1).1,
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_counted_outside_of_strings_and_comments() {
        assert_eq!(nesting("{ a(b: [1, {c: 2}]) { d } }"), 4);
        assert_eq!(nesting(r#"{ a(b: "{{{{ \" {{{{") }"#), 2);
        assert_eq!(nesting("{ a(b: \"\"\"{{{{ \\\"\"\" {{{{\"\"\") } # {{{{"), 2);
        assert_eq!(nesting(&"{a".repeat(100_000)), 100_000);
        assert_eq!(nesting("\""), 0);
    }

    #[test]
    fn hashes_are_read() {
        let text = "ab".repeat(32);
        assert_eq!(hex(&text), Some([0xab; 32]));
        assert_eq!(hex("ab"), None);
        assert_eq!(hex(&"é".repeat(32)), None);
    }
}

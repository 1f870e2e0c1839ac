//! Somebody who talks to the server over HTTP.

use serde_json::{Value, json};

/// A signed-in or anonymous client.
#[derive(Clone)]
pub struct Client {
    pub address: String,
    pub session: Option<String>,
    pub http: reqwest::Client,
}

impl Client {
    /// With the session's key, or without one.
    #[expect(clippy::disallowed_methods, reason = "a test's client needs no time-outs")]
    pub fn new(address: String, session: Option<String>) -> Self {
        Self {
            address,
            session,
            http: reqwest::Client::new(),
        }
    }

    /// A request to a path.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.address))
            .header("x-requested-with", "bellwether");
        match &self.session {
            Some(key) => request.header("cookie", format!("session={key}")),
            None => request,
        }
    }

    /// The whole answer of a GraphQL request.
    pub async fn graphql(&self, query: &str, variables: Value) -> Value {
        let response = self
            .request(reqwest::Method::POST, "/graphql")
            .json(&json!({"query": query, "variables": variables}))
            .send()
            .await
            .unwrap();
        response.json().await.unwrap()
    }

    /// The data of a GraphQL request that must succeed.
    pub async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.graphql(query, variables).await;
        assert!(answer["errors"].is_null(), "{query}: {}", answer["errors"]);
        answer["data"].take()
    }

    /// The code of a GraphQL request that must be refused.
    pub async fn code(&self, query: &str, variables: Value) -> String {
        let answer = self.graphql(query, variables).await;
        answer["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{query}: {answer}"))
            .to_owned()
    }

    /// Sends a text; the whole answer.
    pub async fn send(&self, contact: i64, message: Value) -> Value {
        self.graphql(SEND, json!({"id": contact.to_string(), "message": message}))
            .await
    }

    /// Sends a text that must be refused; its code.
    pub async fn send_code(&self, contact: i64, message: Value) -> String {
        self.code(SEND, json!({"id": contact.to_string(), "message": message}))
            .await
    }
}

/// The texter's mutation.
pub const SEND: &str = "mutation ($id: String!, $message: MessageInput!) {
    sendMessage(campaignContactId: $id, message: $message) { id messageStatus assignmentId } }";

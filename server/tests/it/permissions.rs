//! Who may do what, tried out: every operation and every guarded field as everybody, with everybody's ids (S08, S11 to
//! S14). Calls are made from the schema, and rules are read from the table in `server/src/permissions.rs`.

mod call;
mod fields;
mod isolation;
mod operations;
mod people;
mod subject;
mod table;

use apollo_compiler::{Schema, schema::ExtendedType};
use bellwether_domain::role::Role;
use bellwether_server::permissions::{Permission, Rule};
use serde_json::Value;

use crate::harness::TestApp;

fn schema() -> Schema {
    let sdl = bellwether_server::graphql::sdl();
    Schema::parse(&sdl, "schema.graphql").unwrap()
}

/// Root fields of queries and mutations, with their rules.
fn operations(schema: &Schema) -> Vec<(&'static str, String, Permission)> {
    let mut found = Vec::new();
    for root in ["RootQuery", "RootMutation"] {
        let Some(ExtendedType::Object(object)) = schema.types.get(root) else {
            panic!("{root}")
        };
        for field in object.fields.keys() {
            let name = format!("{root}.{field}");
            let row = Permission::ALL.iter().find(|row| row.field() == name);
            let row = row.unwrap_or_else(|| panic!("{name} has no row in permissions.rs"));
            found.push((root, field.to_string(), *row));
        }
    }
    found
}

/// The code of a refusal: of the whole request, or of the first item of an answer item by item.
fn code(answer: &Value) -> Option<&str> {
    let of_item = || {
        let fields = answer["data"].as_object()?;
        fields.values().next()?[0]["error"]["code"].as_str()
    };
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .or_else(of_item)
}

/// Codes that say: not you, or nothing there.
const REFUSALS: [&str; 4] = [
    "NOT_FOUND",
    "FORBIDDEN",
    "UNAUTHENTICATED",
    "SENDERR_ASSIGNMENTCHANGED",
];

/// Whether somebody with this role may, on things of their own organization. The texter has the assignment; `own` says
/// whether the account in question is their own.
fn allows(rule: Rule, role: &str, own: bool) -> bool {
    let at_least = |lowest: Role| {
        let role: Role = role.parse().unwrap();
        role > Role::Suspended && role >= lowest
    };
    match rule {
        Rule::Anyone | Rule::SignedIn | Rule::Reached => true,
        Rule::OwnAccount(None) => own,
        Rule::OwnAccount(Some(lowest)) => own || at_least(lowest),
        Rule::OwnAssignment => role == "TEXTER" || at_least(Role::Supervolunteer),
        Rule::Role(lowest) => at_least(lowest),
    }
}

/// A hash of all that is stored, but for sessions and what people spent.
async fn snapshot(test: &TestApp) -> String {
    let sql = "SELECT md5(string_agg(h, ',' ORDER BY name)) AS hash FROM (
        SELECT table_name AS name, (xpath('/row/h/text()', query_to_xml(format(
            'SELECT md5(coalesce(string_agg(t::text, '','' ORDER BY t::text), '''')) AS h FROM public.%I t', table_name),
            false, true, '')))[1]::text AS h
        FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
            AND table_name NOT IN ('session', 'rate_usage', '__diesel_schema_migrations')) tables";
    test.text(sql).await
}

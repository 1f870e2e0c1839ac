//! The table is whole: what the schema has, and what the code asks.

use std::{collections::BTreeSet, path::Path};

use apollo_compiler::schema::ExtendedType;
use bellwether_server::permissions::{Permission, REACHED_TYPES, Rule};

use super::schema;

/// Types with what identifies people or lets one in: each of their fields has a row.
const PERSONAL: [&str; 7] = [
    "Campaign",
    "CampaignContact",
    "Invite",
    "Message",
    "OptOut",
    "Organization",
    "User",
];

#[test]
fn s11_every_root_field_type_and_personal_field_has_a_rule() {
    let schema = schema();
    let rows: BTreeSet<&str> = Permission::ALL.iter().map(|row| row.field()).collect();
    let mut missing = Vec::new();
    for (name, definition) in &schema.types {
        let ExtendedType::Object(object) = definition else {
            continue;
        };
        let name = name.as_str();
        if name.starts_with("__") {
            continue;
        }
        let has_rows = rows.iter().any(|row| row.starts_with(&format!("{name}.")));
        if name.starts_with("Root") || PERSONAL.contains(&name) {
            let fields = object.fields.keys().map(|field| format!("{name}.{field}"));
            missing.extend(fields.filter(|field| !rows.contains(field.as_str())));
        } else if !has_rows && !REACHED_TYPES.contains(&name) {
            missing.push(name.to_owned());
        }
    }
    assert!(missing.is_empty(), "no rule in permissions.rs: {missing:#?}");
}

#[test]
fn every_rule_is_of_something_that_exists_and_is_asked_somewhere() {
    let schema = schema();
    let mut wrong = Vec::new();
    let mut code = String::new();
    walk(&sources(), &mut |path, text| {
        if !path.ends_with("permissions.rs") {
            code.push_str(text);
        }
    });
    for row in Permission::ALL {
        let field = row.field().split('#').next().unwrap();
        if let Some((ty, name)) = field.split_once('.')
            && !matches!(schema.types.get(ty), Some(ExtendedType::Object(object)) if object.fields.contains_key(name))
        {
            wrong.push(format!("{field} does not exist"));
        }
        let open = matches!(
            row.rule(),
            Rule::Anyone | Rule::SignedIn | Rule::Reached | Rule::OwnAccount(None)
        );
        // The statement that sends judges by itself, under the contact's lock.
        let in_sql = *row == Permission::SendMessages;
        if !open && !in_sql && !code.contains(&format!("Permission::{}", row.name())) {
            wrong.push(format!("nothing asks for {} ({})", row.name(), row.field()));
        }
    }
    let unknown = REACHED_TYPES
        .iter()
        .filter(|name| !schema.types.contains_key(**name));
    wrong.extend(unknown.map(|name| format!("{name} does not exist")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_operation_names_a_role_by_itself() {
    let mut wrong = Vec::new();
    walk(&sources(), &mut |path, text| {
        let asks = ["Role::Supervolunteer", "Role::Admin"]
            .iter()
            .any(|role| text.contains(role));
        // The table itself, and who reads it.
        let known = ["permissions.rs", "requester.rs"]
            .iter()
            .any(|name| path.ends_with(name));
        if asks && !known {
            wrong.push(path.display().to_string());
        }
    });
    assert!(wrong.is_empty(), "a role outside the table: {wrong:#?}");
}

fn sources() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn walk(folder: &Path, see: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, see);
        } else {
            see(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

//! The contract: schema.graphql equals the code, and keeps every element of Spoke's interface that it has.

use std::{collections::BTreeMap, path::Path};

use apollo_compiler::{Schema, schema::ExtendedType};

fn workspace(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn schema_graphql_is_what_the_code_says() {
    let written = std::fs::read_to_string(workspace("schema.graphql")).unwrap();
    assert!(
        written == bellwether_server::graphql::sdl(),
        "schema.graphql is not current: run `cargo xtask schema` and commit it"
    );
}

#[test]
fn every_field_and_argument_has_a_description() {
    let sdl = bellwether_server::graphql::sdl();
    let schema = Schema::parse_and_validate(&sdl, "schema.graphql").unwrap();
    let mut missing = Vec::new();
    for (name, definition) in schema
        .types
        .iter()
        .filter(|(name, ty)| !ty.is_built_in() && !name.starts_with("__"))
    {
        match definition {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    if definition.description.is_none() {
                        missing.push(format!("{name}.{field}"));
                    }
                    for argument in definition
                        .arguments
                        .iter()
                        .filter(|argument| argument.description.is_none())
                    {
                        missing.push(format!("{name}.{field}({})", argument.name));
                    }
                }
            }
            ExtendedType::InputObject(input) => {
                missing.extend(
                    input
                        .fields
                        .iter()
                        .filter(|(_, f)| f.description.is_none())
                        .map(|(field, _)| format!("{name}.{field}")),
                );
            }
            _ => {}
        }
    }
    assert!(missing.is_empty(), "no description: {missing:?}");
}

/// Nullability and lists of what exists must be Spoke's: clients written for Spoke read and write them.
/// Rows of interface.tsv for elements that later issues bring are not compared here.
#[test]
fn what_exists_of_spokes_interface_has_its_types() {
    let listing = workspace("../shared/api/interface.tsv");
    let Ok(listing) = std::fs::read_to_string(listing) else {
        eprintln!("no interface.tsv beside the workspace: nothing to compare");
        return;
    };
    let sdl = bellwether_server::graphql::sdl();
    let schema = Schema::parse_and_validate(&sdl, "schema.graphql").unwrap();
    let mut ours: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for (name, definition) in &schema.types {
        match definition {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    let arguments: Vec<String> = definition
                        .arguments
                        .iter()
                        .map(|a| format!("{}:{}", a.name, a.ty))
                        .collect();
                    ours.insert(
                        (name.to_string(), field.to_string()),
                        (definition.ty.to_string(), arguments.join(",")),
                    );
                }
            }
            ExtendedType::InputObject(input) => {
                for (field, definition) in &input.fields {
                    ours.insert(
                        (format!("input {name}"), field.to_string()),
                        (definition.ty.to_string(), String::new()),
                    );
                }
            }
            _ => {}
        }
    }
    let mut compared = 0;
    let mut wrong = Vec::new();
    for line in listing.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [owner, name, arguments, ty] = columns[..] else {
            continue;
        };
        let Some((own_ty, own_arguments)) = ours.get(&(owner.to_owned(), name.to_owned())) else {
            continue;
        };
        compared += 1;
        if own_ty != ty {
            wrong.push(format!("{owner}.{name}: {own_ty}, not {ty}"));
        }
        for argument in arguments
            .trim_matches(['(', ')'])
            .split(',')
            .filter(|argument| !argument.is_empty())
        {
            if !own_arguments.split(',').any(|own| own == argument) {
                wrong.push(format!(
                    "{owner}.{name}: argument {argument} is missing or narrower ({own_arguments})"
                ));
            }
        }
    }
    assert!(compared > 200, "only {compared} elements were compared");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

//! schema.graphql equals the code, and says what everything means.

use std::path::Path;

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

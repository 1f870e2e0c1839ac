//! The client's operations are valid against the schema, arguments and variables too.

use std::path::{Path, PathBuf};

use apollo_compiler::{ExecutableDocument, Schema};

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "graphql") {
            found.push(path);
        }
    }
}

#[test]
fn every_operation_of_the_client_is_valid() {
    let sdl = bellwether_server::graphql::sdl();
    let schema = Schema::parse_and_validate(&sdl, "schema.graphql").unwrap();
    let mut files = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/src"),
        &mut files,
    );
    assert!(files.len() >= 15, "only {} operations were found", files.len());
    let errors: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            ExecutableDocument::parse_and_validate(&schema, text, file)
                .err()
                .map(|error| error.errors.to_string())
        })
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

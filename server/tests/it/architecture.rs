//! The rules of dependency, read from the `use` lines (ARCHITECTURE.md).

use std::path::{Path, PathBuf};

/// Longest file: rustfmt writes a line per argument, so a little above the 500 at which one asks why (habit 4).
const MAX_LINES: usize = 600;

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    collect(&root.join(folder), &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn edges_hold_no_sql_and_operations_know_no_edge() {
    let mut wrong = Vec::new();
    for (name, text) in sources("server/src") {
        let is_edge = name.starts_with("server/src/graphql") || name.starts_with("server/src/http");
        if text.contains("sql_query(") || text.contains("use diesel") {
            wrong.push(format!("{name}: SQL belongs in crates/db"));
        }
        let is_operation = [
            "account",
            "assignment",
            "campaign",
            "conversation",
            "organization",
            "people",
            "script",
        ]
        .iter()
        .any(|noun| name.starts_with(&format!("server/src/{noun}/")));
        if is_operation && !is_edge && (text.contains("crate::graphql") || text.contains("crate::http")) {
            wrong.push(format!("{name}: an operation knows an edge"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn rules_do_no_io_and_read_no_clock() {
    let banned = [
        "std::fs",
        "std::net",
        "std::env",
        "Utc::now",
        "SystemTime::now",
        "tokio",
        "diesel",
    ];
    for (name, text) in sources("crates/domain/src") {
        for word in banned {
            let used = text
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(word));
            assert!(!used, "{name} uses {word}");
        }
    }
}

#[test]
fn no_file_is_longer_than_it_should_be() {
    for folder in ["server/src", "server/tests", "crates", "client/src", "xtask/src"] {
        for (name, text) in sources(folder) {
            assert!(
                text.lines().count() <= MAX_LINES,
                "{name} has {} lines: is it two?",
                text.lines().count()
            );
        }
    }
}

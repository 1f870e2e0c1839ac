//! docs/errors.md is made from the codes: `UPDATE_DOCS=1 cargo test -p bellwether-server --test it error_codes` writes it.

use std::{fmt::Write, path::Path};

use bellwether_domain::error_codes::ErrorCode;

#[test]
fn the_table_of_codes_is_what_the_code_says() {
    let mut table = String::from(
        "# Codes of errors\n\nEvery error of the API has a stable code in `extensions.code` and a sentence for people in `message`. Codes\n\
         may be added, never renamed. An error of ours has `INTERNAL` and an id in `extensions.requestId`, which is in the\n\
         server's log too. Names that start with `SENDERR_` or `FAILEDJOIN_`, and `DUPLICATE_MESSAGE`, are Spoke's.\n\n\
         This table is made from `crates/domain/src/error_codes.rs`; a test holds it to the code.\n\n\
         | code | what it says, unless it can say more |\n| --- | --- |\n",
    );
    for code in ErrorCode::ALL {
        writeln!(table, "| `{}` | {} |", code.as_str(), code.message()).unwrap();
    }
    table.push_str(
        "\nOver HTTP they come with status 200, as GraphQL has it, but for: 400 when the request was refused before it ran and\n\
         `application/graphql-response+json` is accepted; 403 from another site; 413 when it is too large; 415 when it is not\n\
         JSON; 429 with `Retry-After` for `TOO_MANY_REQUESTS`; 503 for `SERVICE_UNAVAILABLE` before anything ran.\n",
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the person who runs the test"
    )]
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(&file, &table).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == table,
        "docs/errors.md is not current: run this test with UPDATE_DOCS=1"
    );
}

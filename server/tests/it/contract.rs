//! The contract: every element of Spoke's interface (contract/spoke.tsv) is in the schema, with its name, nullability
//! and list shape, and no argument became narrower. Prints the first line of `cargo xtask report`.

use std::{collections::BTreeMap, path::Path};

use apollo_compiler::{Schema, schema::ExtendedType};

/// Elements of the schema: by owner and name, its type and its arguments.
fn elements() -> BTreeMap<(String, String), (String, Vec<String>)> {
    let sdl = bellwether_server::graphql::sdl();
    let schema = Schema::parse_and_validate(&sdl, "schema.graphql").unwrap();
    let mut found = BTreeMap::new();
    let mut add = |owner: String, name: String, ty: String, arguments: Vec<String>| {
        found.insert((owner, name), (ty, arguments));
    };
    for (name, definition) in &schema.types {
        match definition {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    let arguments = definition.arguments.iter();
                    let arguments = arguments.map(|a| format!("{}:{}", a.name, a.ty)).collect();
                    add(
                        name.to_string(),
                        field.to_string(),
                        definition.ty.to_string(),
                        arguments,
                    );
                }
            }
            ExtendedType::InputObject(input) => {
                for (field, definition) in &input.fields {
                    add(
                        format!("input {name}"),
                        field.to_string(),
                        definition.ty.to_string(),
                        Vec::new(),
                    );
                }
            }
            ExtendedType::Enum(values) => {
                for value in values.values.keys() {
                    add(
                        format!("enum {name}"),
                        value.to_string(),
                        name.to_string(),
                        Vec::new(),
                    );
                }
            }
            ExtendedType::Union(union) => {
                for member in &union.members {
                    add(
                        format!("union {name}"),
                        member.to_string(),
                        member.to_string(),
                        Vec::new(),
                    );
                }
            }
            ExtendedType::Scalar(_) => {
                add(
                    format!("scalar {name}"),
                    String::new(),
                    name.to_string(),
                    Vec::new(),
                );
            }
            ExtendedType::Interface(_) => {}
        }
    }
    found
}

#[test]
fn every_element_of_spokes_interface_is_there() {
    let listing = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/spoke.tsv");
    let listing = std::fs::read_to_string(listing).unwrap();
    let ours = elements();
    let mut wrong = Vec::new();
    let (mut present, mut total) = (0, 0);
    for line in listing.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [owner, name, arguments, ty] = columns[..] else {
            panic!("not four columns: {line:?}");
        };
        total += 1;
        // A scalar's line names it in the first column.
        let (owner, name) = (owner.trim(), name.trim());
        let Some((own_ty, own_arguments)) = ours.get(&(owner.to_owned(), name.to_owned())) else {
            wrong.push(format!("{owner}.{name} is missing"));
            continue;
        };
        let before = wrong.len();
        if own_ty != ty {
            wrong.push(format!("{owner}.{name}: {own_ty}, not {ty}"));
        }
        for argument in arguments
            .trim_matches(['(', ')'])
            .split(',')
            .filter(|a| !a.is_empty())
        {
            if !own_arguments.iter().any(|own| own == argument) {
                wrong.push(format!(
                    "{owner}.{name}: argument {argument} is missing or narrower"
                ));
            }
        }
        // What we added must not be demanded of who does not know it.
        for own in own_arguments.iter().filter(|own| own.ends_with('!')) {
            if !arguments.contains(own.as_str()) {
                wrong.push(format!(
                    "{owner}.{name}: argument {own} is demanded and not Spoke's"
                ));
            }
        }
        present += usize::from(wrong.len() == before);
    }
    for ((owner, name), (ty, _)) in &ours {
        let is_spokes = listing
            .lines()
            .any(|line| line.starts_with(&format!("{owner}\t")));
        let listed = listing
            .lines()
            .any(|line| line.starts_with(&format!("{owner}\t{name}\t")));
        if owner.starts_with("input ") && is_spokes && !listed && ty.ends_with('!') {
            wrong.push(format!("{owner}.{name} is demanded and not Spoke's"));
        }
    }
    println!("report: elements of Spoke's interface: {present} / {total}");
    assert_eq!(total, 519);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

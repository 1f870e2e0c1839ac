//! What a query costs, before any of it runs (S01): a field is 1, and what hangs off a list counts once for each row
//! that may come.
//!
//! The rows of a list are what the query asks for: `limit`, `first`, `last`, `pageSize` or `listSize`, also within a
//! cursor or a filter, or as many as a list of ids has; else [`DEFAULT_ROWS`]. A page size given to a field that
//! answers an object (`PaginatedUsers`) holds for the lists of that object.

use std::{collections::HashMap, sync::LazyLock};

use async_graphql::{
    Name, Positioned, Variables,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet, TypeKind,
        TypeSystemDefinition,
    },
};
use async_graphql_value::{ConstValue, Value};

/// Rows of a list that says nothing of its length.
pub const DEFAULT_ROWS: u64 = 10;
/// Arguments and input fields that tell the length of a list.
const PAGE_SIZES: [&str; 5] = ["limit", "first", "last", "pageSize", "listSize"];

/// What a query asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Fields, those of lists once per row.
    pub total: u64,
    /// Deepest nesting; 1 for root fields.
    pub depth: u64,
    /// Root fields.
    pub roots: u64,
    /// Fields under another name.
    pub aliases: u64,
    /// Directives.
    pub directives: u64,
    /// Whether the schema itself is asked for.
    pub introspects: bool,
    /// Whether it is a mutation.
    pub mutates: bool,
}

/// Why a query cannot be measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmeasurable {
    /// It names an operation that is not there, or none of several.
    #[error("operationName: the request has no such operation, or several and none is named")]
    NoOperation,
    /// A fragment spreads itself.
    #[error("query: the fragment {0} spreads itself")]
    Cycle(String),
}

/// Measures the operation that is to run. Fields that do not exist cost 1: validation refuses them afterwards.
pub fn measure(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
) -> Result<Cost, Unmeasurable> {
    let operation = operation(document, operation_name).ok_or(Unmeasurable::NoOperation)?;
    let root = match operation.ty {
        OperationType::Query => "RootQuery",
        OperationType::Mutation => "RootMutation",
        OperationType::Subscription => "RootSubscription",
    };
    let mut measure = Measure {
        document,
        variables,
        known: HashMap::new(),
        open: Vec::new(),
    };
    let mut cost = measure.selection(&operation.selection_set.node, root, None)?;
    cost.mutates = operation.ty == OperationType::Mutation;
    cost.directives += operation.directives.len() as u64;
    Ok(cost)
}

fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let found = match name.filter(|name| !name.is_empty()) {
        Some(name) => operations.find(|(known, _)| known.is_some_and(|known| known == name)),
        None => {
            let first = operations.next();
            if operations.next().is_some() {
                return None;
            }
            first
        }
    };
    found.map(|(_, operation)| &operation.node)
}

/// Answers of fields, by type and name: the named type, and whether it is a list.
type FieldTypes = HashMap<String, HashMap<String, (String, bool)>>;

static FIELDS: LazyLock<FieldTypes> = LazyLock::new(|| {
    let mut types = FieldTypes::new();
    let Ok(document) = async_graphql::parser::parse_schema(super::sdl()) else {
        return types;
    };
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let fields = match definition.node.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            _ => continue,
        };
        let fields = fields
            .into_iter()
            .map(|field| {
                let written = field.node.ty.node.to_string();
                let named = written.replace(['[', ']', '!'], "");
                (field.node.name.node.to_string(), (named, written.contains('[')))
            })
            .collect();
        types.insert(definition.node.name.node.to_string(), fields);
    }
    types
});

struct Measure<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    /// Fragments that were measured, with the page size that held: a fragment that is spread often is read once.
    known: HashMap<(&'a Name, Option<u64>), Cost>,
    open: Vec<&'a Name>,
}

impl<'a> Measure<'a> {
    fn selection(
        &mut self,
        set: &'a SelectionSet,
        parent: &str,
        page: Option<u64>,
    ) -> Result<Cost, Unmeasurable> {
        let mut sum = Cost::default();
        for item in &set.items {
            let cost = match &item.node {
                Selection::Field(field) => self.field(&field.node, parent, page)?,
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let on = on.map_or(parent, |on| on.node.on.node.as_str());
                    let mut cost = self.selection(&fragment.node.selection_set.node, on, page)?;
                    cost.directives += fragment.node.directives.len() as u64;
                    cost
                }
                Selection::FragmentSpread(spread) => {
                    let mut cost = self.fragment(&spread.node.fragment_name.node, page)?;
                    cost.directives += spread.node.directives.len() as u64;
                    cost
                }
            };
            sum.total = sum.total.saturating_add(cost.total);
            sum.depth = sum.depth.max(cost.depth);
            sum.roots = sum.roots.saturating_add(cost.roots);
            sum.aliases = sum.aliases.saturating_add(cost.aliases);
            sum.directives = sum.directives.saturating_add(cost.directives);
            sum.introspects |= cost.introspects;
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &'a Name, page: Option<u64>) -> Result<Cost, Unmeasurable> {
        if let Some(cost) = self.known.get(&(name, page)) {
            return Ok(*cost);
        }
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Cost::default());
        };
        if self.open.contains(&name) {
            return Err(Unmeasurable::Cycle(name.to_string()));
        }
        self.open.push(name);
        let on = fragment.node.type_condition.node.on.node.as_str();
        let cost = self.selection(&fragment.node.selection_set.node, on, page)?;
        self.open.pop();
        self.known.insert((name, page), cost);
        Ok(cost)
    }

    fn field(&mut self, field: &'a Field, parent: &str, page: Option<u64>) -> Result<Cost, Unmeasurable> {
        let name = field.name.node.as_str();
        let known = FIELDS.get(parent).and_then(|fields| fields.get(name));
        let (answer, is_list) = known.map_or(("", false), |(answer, is_list)| (answer.as_str(), *is_list));
        let asked = self.rows(&field.arguments);
        let (rows, inner) = if is_list {
            (asked.or(page).unwrap_or(DEFAULT_ROWS), None)
        } else {
            (1, asked)
        };
        let children = self.selection(&field.selection_set.node, answer, inner)?;
        Ok(Cost {
            total: children.total.saturating_mul(rows.max(1)).saturating_add(1),
            depth: children.depth + 1,
            roots: 1,
            aliases: children.aliases + u64::from(field.alias.is_some()),
            directives: children.directives + field.directives.len() as u64,
            introspects: matches!(name, "__schema" | "__type"),
            mutates: false,
        })
    }

    fn rows(&self, arguments: &[(Positioned<Name>, Positioned<Value>)]) -> Option<u64> {
        let mut rows = None;
        for (name, value) in arguments {
            let given = match &value.node {
                Value::Variable(variable) => self
                    .variables
                    .get(variable)
                    .and_then(|v| page_size(&name.node, v)),
                value => {
                    let value = value.clone().into_const_with(|variable| {
                        Ok::<_, ()>(self.variables.get(&variable).cloned().unwrap_or_default())
                    });
                    value.ok().and_then(|value| page_size(&name.node, &value))
                }
            };
            rows = rows.max(given);
        }
        rows
    }
}

/// The length that an argument tells, if it does.
fn page_size(name: &str, value: &ConstValue) -> Option<u64> {
    match value {
        ConstValue::Number(number) if PAGE_SIZES.contains(&name) => number.as_u64(),
        ConstValue::List(items) => Some(items.len() as u64),
        ConstValue::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !matches!(value, ConstValue::List(_)))
            .filter_map(|(name, value)| page_size(name, value))
            .max(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn cost(query: &str) -> Cost {
        with(query, json!({}))
    }

    fn with(query: &str, variables: serde_json::Value) -> Cost {
        measure(
            &parse_query(query).unwrap(),
            None,
            &Variables::from_json(variables),
        )
        .unwrap()
    }

    #[test]
    fn a_field_is_one() {
        let cost = cost("{ currentUser { id firstName } }");
        assert_eq!((cost.total, cost.depth, cost.roots, cost.aliases), (3, 2, 1, 0));
    }

    #[test]
    fn what_hangs_off_a_list_counts_once_for_each_row() {
        assert_eq!(cost("{ organizations { id name } }").total, 1 + 10 * 2);
        let ids = "mutation { getAssignmentContacts(assignmentId: \"1\", contactIds: [\"1\", \"2\", \"3\"]) { id } }";
        assert_eq!(cost(ids).total, 1 + 3);
        assert!(cost(ids).mutates);
    }

    #[test]
    fn a_page_size_holds_for_the_lists_of_the_page() {
        let query = "query ($n: Int!) { people(organizationId: \"1\", cursor: {offset: 0, limit: $n})
            { ... on PaginatedUsers { users { id email } pageInfo { total } } } }";
        assert_eq!(with(query, json!({"n": 100})).total, 1 + (1 + 100 * 2) + (1 + 1));
    }

    #[test]
    fn a_variable_can_be_the_whole_argument() {
        let query = "query ($c: OffsetLimitCursor) { people(organizationId: \"1\", cursor: $c)
            { ... on PaginatedUsers { users { id } } } }";
        assert_eq!(
            with(query, json!({"c": {"offset": 0, "limit": 50}})).total,
            1 + 1 + 50
        );
    }

    #[test]
    fn fragments_count_where_they_are_spread_and_cycles_are_found() {
        let query = "{ a: currentUser { ...F } b: currentUser { ...F } } fragment F on User { id email }";
        let cost = cost(query);
        assert_eq!((cost.total, cost.aliases, cost.roots), (6, 2, 2));
        let cycle = parse_query("{ currentUser { ...F } } fragment F on User { ...F }").unwrap();
        assert_eq!(
            measure(&cycle, None, &Variables::default()),
            Err(Unmeasurable::Cycle("F".to_owned()))
        );
    }

    #[test]
    fn fragments_that_double_twenty_times_are_measured_at_once() {
        let mut query = "{ currentUser { ...F0 } }".to_owned();
        for n in 0..40 {
            query.push_str(&format!(
                "fragment F{n} on User {{ ...F{} ...F{} }}",
                n + 1,
                n + 1
            ));
        }
        query.push_str("fragment F40 on User { id }");
        assert_eq!(cost(&query).total, 1 + (1 << 40));
    }

    #[test]
    fn the_operation_is_the_one_that_is_named() {
        let document =
            parse_query("query A { currentUser { id } } query B { organizations { id } }").unwrap();
        let of = |name| measure(&document, name, &Variables::default()).map(|cost| cost.total);
        assert_eq!(of(Some("A")), Ok(2));
        assert_eq!(of(Some("B")), Ok(11));
        assert_eq!(of(None), Err(Unmeasurable::NoOperation));
        assert_eq!(of(Some("C")), Err(Unmeasurable::NoOperation));
    }

    #[test]
    fn asking_for_the_schema_is_seen() {
        assert!(cost("{ __schema { types { name } } }").introspects);
        assert!(!cost("{ __typename }").introspects);
    }
}

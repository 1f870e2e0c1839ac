//! Calls of the API made from the schema alone: every argument gets a value from its name and type, so that a new
//! field is called without anybody writing a call for it. An id whose meaning no rule here tells fails the test.

use apollo_compiler::{Node, Schema, ast::InputValueDefinition, ast::Type, schema::ExtendedType};
use serde_json::{Map, Value, json};

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    Organization,
    Campaign,
    Assignment,
    Contact,
    User,
    Tag,
    Job,
    Step,
    CannedResponse,
    Message,
    /// An uploaded list of opt-outs, a list under way, and a text of no conversation.
    Upload,
    Transfer,
    UnmatchedText,
    /// Secrets, which themselves are the permission.
    Invite,
    JoinLink,
    JoinToken,
    /// A global id of `node`.
    Node,
}

/// Ids of one organization.
pub trait Ids {
    fn of(&self, entity: Entity) -> Value;
}

/// An id in a call: where it stands, and what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Argument, then input fields; lists have one item.
    pub path: Vec<String>,
    pub entity: Entity,
    pub is_number: bool,
    pub is_required: bool,
}

impl Place {
    pub fn name(&self, field: &str) -> String {
        format!("{field}({})", self.path.join("."))
    }
}

/// A call with values for its arguments.
#[derive(Debug, Clone)]
pub struct Call {
    pub query: String,
    pub variables: Value,
    pub places: Vec<Place>,
}

impl Call {
    /// The same call with another value in one place.
    pub fn with(&self, place: &Place, value: Value) -> Self {
        let mut call = self.clone();
        set(&mut call.variables, &place.path, value);
        call
    }
}

fn set(at: &mut Value, path: &[String], value: Value) {
    if let Value::Array(items) = at {
        if items.is_empty() {
            items.push(Value::Null);
        }
        return set(&mut items[0], path, value);
    }
    let Some((first, rest)) = path.split_first() else {
        *at = value;
        return;
    };
    if at.is_null() {
        *at = json!({});
    }
    set(&mut at[first.as_str()], rest, value);
}

/// Makes the call of a root field. Optional ids are left out, but for those that say where something is done.
pub fn call(schema: &Schema, root: &str, field: &str, ids: &impl Ids) -> Call {
    let Some(ExtendedType::Object(object)) = schema.types.get(root) else {
        panic!("{root}")
    };
    let definition = &object.fields[field];
    let answer = definition.ty.inner_named_type().to_string();
    let mut maker = Maker {
        schema,
        field,
        answer: &answer,
        ids,
        places: Vec::new(),
    };
    let mut variables = Map::new();
    let (mut declared, mut passed) = (Vec::new(), Vec::new());
    for argument in &definition.arguments {
        let name = argument.name.to_string();
        declared.push(format!("${name}: {}", argument.ty));
        passed.push(format!("{name}: ${name}"));
        let value = maker.argument(argument, &mut vec![name.clone()], 0);
        if let Some(value) = value {
            variables.insert(name, value);
        }
    }
    let places = maker.places;
    let wrap = |open: &str, items: Vec<String>| {
        if items.is_empty() {
            String::new()
        } else {
            format!("{open}{})", items.join(", "))
        }
    };
    let kind = match root {
        "RootQuery" => "query",
        "RootMutation" => "mutation",
        _ => "subscription",
    };
    let selection = match schema.types.get(answer.as_str()) {
        // Answers item by item.
        Some(ExtendedType::Object(object))
            if object.fields.contains_key("error") && answer.ends_with("Result") =>
        {
            " { error { code } }"
        }
        Some(ExtendedType::Object(_) | ExtendedType::Union(_) | ExtendedType::Interface(_)) => {
            " { __typename }"
        }
        _ => "",
    };
    Call {
        query: format!(
            "{kind}{} {{ {field}{}{selection} }}",
            wrap("(", declared),
            wrap("(", passed)
        ),
        variables: Value::Object(variables),
        places,
    }
}

struct Maker<'a, I> {
    schema: &'a Schema,
    field: &'a str,
    answer: &'a str,
    ids: &'a I,
    places: Vec<Place>,
}

impl<I: Ids> Maker<'_, I> {
    /// A value; none leaves the argument out. Ids are noted also where they are left out.
    fn argument(
        &mut self,
        input: &Node<InputValueDefinition>,
        path: &mut Vec<String>,
        depth: usize,
    ) -> Option<Value> {
        let value = self.value(&input.ty, path, input.is_required(), depth);
        let name = input.name.as_str();
        (input.is_required() || GIVEN.contains(&name) || GIVEN_OF.contains(&(self.field, name)))
            .then_some(value)
    }

    fn value(&mut self, ty: &Type, path: &mut Vec<String>, is_required: bool, depth: usize) -> Value {
        if ty.is_list() {
            let item = self.value(ty.item_type(), path, is_required, depth);
            return if EMPTY.contains(&path.last().unwrap().as_str()) {
                json!([])
            } else {
                json!([item])
            };
        }
        let named = ty.inner_named_type().as_str();
        let name = path.last().unwrap().clone();
        match self.schema.types.get(named) {
            Some(ExtendedType::InputObject(object)) => {
                let mut made = Map::new();
                // An input within itself (steps of a script) ends somewhere.
                if depth < 4 {
                    for (field, definition) in &object.fields {
                        path.push(field.to_string());
                        if let Some(value) = self.argument(&definition.node, path, depth + 1) {
                            made.insert(field.to_string(), value);
                        }
                        path.pop();
                    }
                }
                Value::Object(made)
            }
            Some(ExtendedType::Enum(object)) => json!(object.values.keys().next().unwrap().to_string()),
            _ => match self.entity(&name, path) {
                Some(entity) => {
                    self.places.push(Place {
                        path: path.clone(),
                        entity,
                        is_number: named == "Int",
                        is_required,
                    });
                    let id = self.ids.of(entity);
                    if named == "Int" { number(&id) } else { text(&id) }
                }
                None => default(&name, named),
            },
        }
    }

    /// What an argument of this name names, if it is an id.
    fn entity(&self, name: &str, path: &[String]) -> Option<Entity> {
        let within = path.iter().rev().nth(1).map(String::as_str);
        Some(match name {
            "organizationId" => Entity::Organization,
            "campaignId" | "campaignIds" => Entity::Campaign,
            "assignmentId" => Entity::Assignment,
            "contactId" | "contactIds" | "campaignContactId" => Entity::Contact,
            "userId" | "texterId" | "newTexterUserId" => Entity::User,
            "tagIds" | "tagId" => Entity::Tag,
            "interactionStepId" | "interactionStepIds" | "parentInteractionId" => Entity::Step,
            "cannedResponseId" => Entity::CannedResponse,
            "messageIds" => Entity::Message,
            "uploadId" => Entity::Upload,
            "inviteId" | "hash" if within != Some("invite") => Entity::Invite,
            "hash" => return None,
            "organizationUuid" => Entity::JoinLink,
            "joinToken" if within.is_none() => Entity::JoinToken,
            "joinToken" => return None,
            "id" | "ids" => match (within, self.field, self.answer) {
                (Some("texters"), ..) => Entity::User,
                (Some("tags"), ..) => Entity::Tag,
                (Some("interactionSteps"), ..) => Entity::Step,
                (Some("cannedResponses" | "cannedResponse"), ..) => Entity::CannedResponse,
                // The id of what is being made or changed: the argument beside it says which.
                (Some("tagData" | "userData" | "invite"), ..) => return None,
                (None, "deleteJob", _) => Entity::Job,
                (None, "exportCampaign", _) | (None, _, "Campaign") => Entity::Campaign,
                (None, _, "Organization") => Entity::Organization,
                (None, _, "OptOutTransfer") => Entity::Transfer,
                (None, _, "UnmatchedText") => Entity::UnmatchedText,
                (None, _, "Tag") => Entity::Tag,
                (None, _, "CampaignContact") => Entity::Contact,
                (None, "node", _) => Entity::Node,
                _ => panic!(
                    "{}({}): say in entity() what this id names",
                    self.field,
                    path.join(".")
                ),
            },
            name if name.ends_with("Id") || name.ends_with("Ids") => {
                panic!(
                    "{}({}): say in entity() what this id names",
                    self.field,
                    path.join(".")
                )
            }
            _ => return None,
        })
    }
}

/// Optional arguments that are given nevertheless: without them a call has no object, or means something else.
const GIVEN: [&str; 6] = [
    "organizationId",
    "assignmentId",
    "contactIds",
    "title",
    "roles",
    "text",
];
const GIVEN_OF: [(&str, &str); 13] = [
    ("updateOptOutSettings", "helpContact"),
    ("editCampaignContactMessageStatus", "campaignContactId"),
    ("createCannedResponse", "campaignId"),
    ("archiveCampaigns", "ids"),
    ("editUser", "userData"),
    ("updateContactTags", "tags"),
    ("updateContactTags", "id"),
    ("user", "userId"),
    ("updateFeedback", "feedback"),
    ("editOrganization", "settings"),
    ("editOrganization", "featuresJSON"),
    ("updateTheme", "primary"),
    ("editCampaign", "description"),
];
/// Lists that are given empty: their items are for other tests.
const EMPTY: [&str; 2] = ["questionResponses", "campaignTitlePrefixes"];

fn default(name: &str, named: &str) -> Value {
    match (name, named) {
        ("messageStatus", _) => json!("closed"),
        ("email", _) => json!("new@new.example"),
        ("cell" | "contactNumber", _) => json!("+12125550123"),
        ("customFields" | "featuresJSON" | "config", _) => json!("{}"),
        ("feedback", _) => json!(
            "{\"message\": \"Well done\", \"issueCounts\": {}, \"skillCounts\": {}, \"sweepComplete\": false}"
        ),
        ("updateData", _) => json!({}),
        ("serviceName", _) => json!("fakeservice"),
        ("url", _) => json!("https://docs.google.com/document/d/abcdefghijklmnop/edit"),
        ("areaCode", _) => json!("212"),
        ("place", _) => json!("FL"),
        ("textingHoursEnd", _) => json!(21),
        ("textingHoursStart", _) => json!(9),
        ("roles", _) => json!("TEXTER"),
        ("primary", _) => json!("#209556"),
        ("targetObject", _) => json!("interactionStep"),
        ("newPassword" | "passwordConfirm", _) => json!("correct horse battery"),
        ("offset", _) => json!(0),
        (_, "Int") => json!(1),
        (_, "Float") => json!(1.0),
        (_, "Boolean") => json!(false),
        (_, "Date") => json!("2026-12-20T00:00:00Z"),
        (_, "JSON") => json!("{}"),
        _ => json!("Hello"),
    }
}

fn number(id: &Value) -> Value {
    match id {
        Value::String(text) => json!(text.parse::<i64>().unwrap()),
        other => other.clone(),
    }
}

fn text(id: &Value) -> Value {
    match id {
        Value::Number(number) => json!(number.to_string()),
        other => other.clone(),
    }
}

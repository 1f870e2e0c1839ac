//! Changes the list's own columns of a contact: notes, for example.

use bellwether_db::{AsyncConnection, campaign_contact};
use serde_json::{Map, Value};

use crate::{
    app::App,
    conversation::contact,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Fields in one request at most.
pub const MAX_FIELDS: usize = 100;
/// Characters in a field's name at most.
pub const MAX_NAME: usize = 200;
/// Characters in a field's value at most.
pub const MAX_VALUE: usize = 10_000;

/// Merges fields (a text that holds a JSON object) into the contact's own; what is not named stays.
pub async fn update_contact_custom_fields(
    app: &App,
    requester: &Requester,
    contact_id: i64,
    custom_fields: &str,
) -> OpResult<()> {
    let fields = parse(custom_fields)?;
    let contact = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let permission = Permission::UpdateContactCustomFields;
            let contact = contact::lock_for(conn, requester, permission, contact_id).await?;
            campaign_contact::merge_custom_fields(conn, contact_id, &Value::Object(fields)).await?;
            Ok(contact)
        })
        .await?;
    app.events
        .contact_changed(contact.campaign_id, contact.assignment_id, contact.id);
    Ok(())
}

fn parse(text: &str) -> OpResult<Map<String, Value>> {
    let given = match serde_json::from_str(text) {
        Ok(Value::Object(given)) => given,
        Ok(_) => return Err(OpError::bad_input("customFields: a JSON object is needed")),
        Err(error) => return Err(OpError::bad_input(format!("customFields: not JSON: {error}"))),
    };
    if given.len() > MAX_FIELDS {
        return Err(OpError::bad_input(format!(
            "customFields: {MAX_FIELDS} fields at most"
        )));
    }
    let mut fields = Map::new();
    for (name, value) in given {
        // Scripts put them in as text, so that is what they are kept as.
        let value = match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(OpError::bad_input(format!(
                    "customFields.{name}: a text is needed"
                )));
            }
        };
        if name.is_empty() || name.chars().count() > MAX_NAME || value.chars().count() > MAX_VALUE {
            return Err(OpError::bad_input(format!(
                "customFields: a name of 1 to {MAX_NAME} characters and {MAX_VALUE} of value are allowed"
            )));
        }
        if name.contains('\0') || value.contains('\0') {
            return Err(OpError::bad_input("customFields: NUL is not allowed"));
        }
        fields.insert(name, Value::String(value));
    }
    Ok(fields)
}

//! The columns of an export: Spoke's, in Spoke's order.

use std::collections::HashMap;

use bellwether_db::export::{ExportContactRow, ExportMessageRow, ExportQuestion};

use super::csv_file::Value;

/// Columns of the file of texts.
pub const MESSAGE_HEADERS: [&str; 9] = [
    "campaign_contact_id",
    "campaign_id",
    "user_number",
    "contact_number",
    "is_from_contact",
    "send_status",
    "attempted_at",
    "text",
    "error_code",
];

const FIRST: [&str; 20] = [
    "id",
    "campaign_id",
    "assignment_id",
    "optOutCampaign",
    "optedOut",
    "texterFirst",
    "texterLast",
    "texterEmail",
    "texterCell",
    "texterAlias",
    "external_id",
    "first_name",
    "last_name",
    "cell",
    "city",
    "state",
    "zip",
    "message_status",
    "error_code",
    "texterExtra",
];

/// Columns of the file of contacts of one campaign.
pub struct ContactColumns {
    campaign_id: i64,
    custom_fields: Vec<String>,
    /// Step ids and headers.
    questions: Vec<(String, String)>,
}

impl ContactColumns {
    /// For a campaign with these own fields and questions. Of several questions with one text the second is called
    /// `question[text_1]`, the third `question[text_2]`.
    pub fn new(campaign_id: i64, custom_fields: Vec<String>, questions: &[ExportQuestion]) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let questions = questions
            .iter()
            .map(|step| {
                let count = counts.entry(step.question.as_str()).or_default();
                let header = match *count {
                    0 => format!("question[{}]", step.question),
                    count => format!("question[{}_{count}]", step.question),
                };
                *count += 1;
                (step.id.to_string(), header)
            })
            .collect();
        Self {
            campaign_id,
            custom_fields,
            questions,
        }
    }

    /// The header row.
    pub fn headers(&self) -> Vec<String> {
        FIRST
            .iter()
            .map(|header| (*header).to_owned())
            .chain(self.custom_fields.iter().cloned())
            .chain(["tags".to_owned()])
            .chain(self.questions.iter().map(|(_, header)| header.clone()))
            .collect()
    }

    /// A contact's row.
    pub fn row(&self, contact: ExportContactRow) -> Vec<Value> {
        let own = self
            .custom_fields
            .iter()
            .map(|name| json_text(contact.custom_fields.get(name)));
        let own: Vec<Value> = own.map(Value::Text).collect();
        let answers = self.questions.iter().map(|(step_id, _)| {
            Value::Text(json_text(
                contact.answers.as_ref().and_then(|answers| answers.get(step_id)),
            ))
        });
        let answers: Vec<Value> = answers.collect();
        let first = [
            Value::number(Some(contact.id)),
            Value::number(Some(self.campaign_id)),
            Value::number(contact.assignment_id),
            Value::Plain(contact.opted_out_here.to_string()),
            Value::Plain(contact.opted_out.to_string()),
            Value::Text(contact.texter_first.unwrap_or_default()),
            Value::Text(contact.texter_last.unwrap_or_default()),
            Value::Text(contact.texter_email.unwrap_or_default()),
            Value::Phone(contact.texter_cell.unwrap_or_default()),
            Value::Text(contact.texter_alias.unwrap_or_default()),
            Value::Text(contact.external_id),
            Value::Text(contact.first_name),
            Value::Text(contact.last_name),
            Value::Phone(contact.cell),
            // City, state and tags are not kept yet; their columns hold the places of Spoke's.
            Value::Plain(String::new()),
            Value::Plain(String::new()),
            Value::Text(contact.zip),
            Value::Plain(contact.message_status),
            Value::number(contact.error_code),
            Value::Text(json_text(contact.texter_extra.as_ref())),
        ];
        first
            .into_iter()
            .chain(own)
            .chain([Value::Plain(String::new())])
            .chain(answers)
            .collect()
    }
}

/// A text's row.
pub fn message_row(campaign_id: i64, message: ExportMessageRow) -> [Value; 9] {
    [
        Value::number(Some(message.campaign_contact_id)),
        Value::number(Some(campaign_id)),
        Value::Phone(message.user_number),
        Value::Phone(message.contact_number),
        Value::Plain(message.is_from_contact.to_string()),
        Value::Plain(message.send_status),
        Value::Plain(
            message
                .attempted_at
                .to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        ),
        Value::Text(message.text),
        Value::number(message.error_code),
    ]
}

fn json_text(value: Option<&serde_json::Value>) -> String {
    match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_equal_questions_apart_and_fills_every_column() {
        let question = |id, text: &str| ExportQuestion {
            id,
            question: text.to_owned(),
        };
        let questions = [
            question(1, "Coming?"),
            question(2, "Coming?"),
            question(3, "Why?"),
            question(4, "Coming?"),
        ];
        let columns = ContactColumns::new(7, vec!["event".to_owned()], &questions);
        let headers = columns.headers();
        let expected = [
            "question[Coming?]",
            "question[Coming?_1]",
            "question[Why?]",
            "question[Coming?_2]",
        ];
        assert_eq!(
            headers[20..],
            ["event", "tags"].into_iter().chain(expected).collect::<Vec<_>>()
        );
        let contact = ExportContactRow {
            id: 1,
            assignment_id: None,
            opted_out_here: false,
            opted_out: true,
            texter_first: None,
            texter_last: None,
            texter_email: None,
            texter_cell: None,
            texter_alias: None,
            texter_extra: None,
            external_id: "x".to_owned(),
            first_name: "Ann".to_owned(),
            last_name: "Lee".to_owned(),
            cell: "+12125550123".to_owned(),
            zip: "02139".to_owned(),
            message_status: "messaged".to_owned(),
            error_code: Some(-133),
            custom_fields: serde_json::json!({"event": "=1", "old": "y"}),
            answers: Some(serde_json::json!({"2": "Yes"})),
        };
        let row = columns.row(contact);
        assert_eq!(row.len(), headers.len());
        assert_eq!(row[20], Value::Text("=1".to_owned()));
        assert_eq!(row[23], Value::Text("Yes".to_owned()));
    }
}

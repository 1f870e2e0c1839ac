use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{EditCampaign, Editor, edit_campaign},
    upload::Uploaded,
};
use crate::{
    graphql::use_mutation,
    ui::{Button, ErrorNote},
};

/// Which column holds what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mapping {
    /// The column of first names.
    pub first_name: Option<String>,
    /// The column of last names.
    pub last_name: Option<String>,
    /// The column of numbers.
    pub cell: Option<String>,
    /// The column of ZIP codes.
    pub zip: Option<String>,
    /// The column of the organization's own ids.
    #[serde(rename = "external_id")]
    pub external_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    FirstName,
    LastName,
    Cell,
    Zip,
    ExternalId,
}

impl Target {
    const ALL: [Self; 5] = [
        Self::FirstName,
        Self::LastName,
        Self::Cell,
        Self::Zip,
        Self::ExternalId,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::FirstName => "First name",
            Self::LastName => "Last name",
            Self::Cell => "Cell",
            Self::Zip => "ZIP code",
            Self::ExternalId => "External ID",
        }
    }
}

impl Mapping {
    const fn slot(&mut self, target: Target) -> &mut Option<String> {
        match target {
            Target::FirstName => &mut self.first_name,
            Target::LastName => &mut self.last_name,
            Target::Cell => &mut self.cell,
            Target::Zip => &mut self.zip,
            Target::ExternalId => &mut self.external_id,
        }
    }

    fn get(&self, target: Target) -> Option<String> {
        self.clone().slot(target).clone()
    }

    /// What still keeps the file from being loaded.
    fn problem(&self) -> Option<&'static str> {
        match (&self.first_name, &self.cell) {
            (_, None) => Some("Choose the column with the cell numbers."),
            (None, _) => Some("Choose the column with the first names."),
            _ => None,
        }
    }

    /// The columns that become custom fields.
    fn others(&self, headers: &[String]) -> Vec<String> {
        let taken: Vec<_> = Target::ALL
            .iter()
            .filter_map(|target| self.get(*target))
            .collect();
        headers
            .iter()
            .filter(|header| !taken.contains(header))
            .cloned()
            .collect()
    }
}

/// Says which column holds what, shows the first rows, and has the file loaded.
#[component]
pub fn MappingForm(editor: Editor, file: Uploaded, on_done: Callback<()>) -> impl IntoView {
    let mapping = RwSignal::new(file.suggested_mapping.clone());
    let load = use_mutation::<EditCampaign>();
    let upload_id = file.upload_id.clone();
    let submit = move |_| {
        let data = json!({ "uploadId": upload_id, "mapping": mapping.get_untracked() });
        let campaign = edit_campaign::CampaignInput {
            ingest_method: Some("csv-upload".to_owned()),
            contact_data: Some(data.to_string()),
            ..Default::default()
        };
        load.run(
            edit_campaign::Variables {
                id: editor.id(),
                campaign,
            },
            move |_| {
                on_done.run(());
                editor.changed();
            },
        );
    };
    let headers = StoredValue::new(file.headers.clone());
    let others = move || {
        headers
            .with_value(|headers| mapping.with(|mapping| mapping.others(headers)))
            .join(", ")
    };
    let problem = move || mapping.with(Mapping::problem);
    let rows = StoredValue::new(file);
    view! {
        <fieldset class="mapping">
            <legend>"Which column holds what?"</legend>
            <div class="table-scroll">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"We need"</th>
                            <th scope="col">"Column in your file"</th>
                            <th scope="col">"First rows"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {Target::ALL.into_iter().map(|target| view! { <MappingRow target mapping rows /> }).collect_view()}
                    </tbody>
                </table>
            </div>
            <p class="soft small" hidden=move || others().is_empty()>
                "Also kept, to use in the script: " {others}
            </p>
            <p class="notice" data-tone="warn" hidden=move || problem().is_none()>{problem}</p>
            {move || load.error().get().map(|error| view! { <ErrorNote error /> })}
            <div class="row">
                <Button busy=load.pending() disabled=Signal::derive(move || problem().is_some()) on:click=submit>
                    "Load contacts"
                </Button>
                <Button kind="quiet" on:click=move |_| on_done.run(())>"Choose another file"</Button>
            </div>
        </fieldset>
    }
}

#[component]
fn MappingRow(target: Target, mapping: RwSignal<Mapping>, rows: StoredValue<Uploaded>) -> impl IntoView {
    let chosen = Memo::new(move |_| mapping.with(|mapping| mapping.get(target)));
    let id = format!("mapping-{}", target.label().to_lowercase().replace(' ', "-"));
    let preview = move || {
        let Some(column) = chosen.get() else {
            return String::new();
        };
        rows.with_value(|file| {
            let Some(at) = file.headers.iter().position(|header| *header == column) else {
                return String::new();
            };
            file.sample
                .iter()
                .take(3)
                .filter_map(|row| row.get(at).cloned())
                .collect::<Vec<_>>()
                .join(", ")
        })
    };
    view! {
        <tr>
            <th scope="row"><label for=id.clone()>{target.label()}</label></th>
            <td class="field">
                <select
                    id=id
                    on:change:target=move |event| {
                        let value = event.target().value();
                        mapping.update(|mapping| *mapping.slot(target) = (!value.is_empty()).then_some(value));
                    }
                >
                    <option value="" selected=move || chosen.get().is_none()>"Not in the file"</option>
                    {rows
                        .with_value(|file| file.headers.clone())
                        .into_iter()
                        .map(|header| {
                            let name = header.clone();
                            let selected = move || chosen.with(|chosen| chosen.as_deref() == Some(name.as_str()));
                            view! { <option value=header.clone() selected=selected>{header.clone()}</option> }
                        })
                        .collect_view()}
                </select>
            </td>
            <td class="soft">{preview}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_the_names_of_the_server() {
        let mapping = Mapping {
            external_id: Some("ID".to_owned()),
            ..Mapping::default()
        };
        let value = serde_json::to_value(&mapping).unwrap();
        assert_eq!(value["external_id"], "ID");
        assert!(value.get("firstName").is_some());
    }

    #[test]
    fn needs_a_cell_and_a_first_name() {
        let mut mapping = Mapping {
            cell: Some("Phone".to_owned()),
            ..Mapping::default()
        };
        assert!(mapping.problem().is_some());
        *mapping.slot(Target::FirstName) = Some("First".to_owned());
        assert_eq!(mapping.problem(), None);
        let headers = ["First", "Phone", "Pet"].map(str::to_owned);
        assert_eq!(mapping.others(&headers), ["Pet"]);
    }
}

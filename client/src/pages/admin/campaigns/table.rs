use leptos::prelude::*;

use super::row::Row;
use crate::{routes, ui::day};

/// The campaigns as a table; on a phone each row becomes a card.
#[component]
pub fn CampaignTable(rows: Vec<Row>, organization: String) -> impl IntoView {
    view! {
        <div class="campaign-table card">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Campaign"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Due"</th>
                        <th scope="col" data-number>"Contacts"</th>
                        <th scope="col" data-number>"To send"</th>
                        <th scope="col" data-number>"Waiting"</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.into_iter().map(|row| view! { <CampaignRow row organization=organization.clone() /> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn CampaignRow(row: Row, organization: String) -> impl IntoView {
    let (state, tone) = row.state();
    let href = if row.started || row.archived {
        routes::campaign(&organization, &row.id)
    } else {
        routes::campaign_edit(&organization, &row.id)
    };
    view! {
        <tr>
            <th scope="row">
                <a href=href>{row.title.clone()}</a>
                {(!row.description.is_empty()).then(|| view! { <p class="soft small">{row.description.clone()}</p> })}
            </th>
            <td>
                <span class="tag" data-tone=tone>{state}</span>
                {(row.unassigned && !row.archived).then(|| view! { " " <span class="tag" data-tone="warn">"Unassigned contacts"</span> })}
            </td>
            <td data-label="Due">{row.due_by.as_deref().map(day)}</td>
            <td data-number data-label="Contacts">{row.contacts}</td>
            <td data-number data-label="To send">{row.needs_message}</td>
            <td data-number data-label="Waiting">{row.needs_response}</td>
        </tr>
    }
}

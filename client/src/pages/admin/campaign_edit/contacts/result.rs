use leptos::prelude::*;
use serde::Deserialize;

use super::super::campaign::Ingest;
use crate::ui::relative_or_clock;

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Figures {
    rows: i64,
    contacts: i64,
    duplicates: i64,
    opted_out: i64,
    invalid_count: i64,
    invalid: Vec<Invalid>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
struct Invalid {
    line: i64,
    reason: String,
}

/// What became of the newest upload, with the rows that could not be used.
#[component]
pub fn IngestResult(ingest: Ingest) -> impl IntoView {
    let when = relative_or_clock(&ingest.updated_at);
    let Some(success) = ingest.success else {
        return ().into_any();
    };
    if !success {
        let reason = if ingest.result.is_empty() {
            "The file could not be loaded.".to_owned()
        } else {
            ingest.result
        };
        return view! { <p class="notice" data-tone="danger">{reason}</p> }.into_any();
    }
    let figures = figures(&ingest);
    let rest = usize::try_from(figures.invalid_count)
        .unwrap_or_default()
        .saturating_sub(figures.invalid.len());
    view! {
        <div class="ingest-result">
            <p class="row">
                <span class="tag" data-tone="good">{if figures.contacts == 1 { "1 contact loaded".to_owned() } else { format!("{} contacts loaded", figures.contacts) }}</span>
                {left_out(&figures).into_iter().map(|text| view! { <span class="tag">{text}</span> }).collect_view()}
                <span class="soft small">{when}</span>
            </p>
            {(!figures.invalid.is_empty())
                .then(|| {
                    view! {
                        <details>
                            <summary>"Rows that could not be used"</summary>
                            <ul>
                                {figures
                                    .invalid
                                    .into_iter()
                                    .map(|row| view! { <li>{format!("Line {}: {}", row.line, row.reason)}</li> })
                                    .collect_view()}
                                {(rest > 0).then(|| view! { <li class="soft">{format!("and {rest} more")}</li> })}
                            </ul>
                        </details>
                    }
                })}
        </div>
    }
    .into_any()
}

fn figures(ingest: &Ingest) -> Figures {
    serde_json::from_str(&ingest.result).unwrap_or_else(|_| Figures {
        contacts: ingest.contacts,
        duplicates: ingest.duplicates,
        opted_out: ingest.opted_out,
        ..Figures::default()
    })
}

fn left_out(figures: &Figures) -> Vec<String> {
    [
        (figures.duplicates, "duplicate left out", "duplicates left out"),
        (figures.opted_out, "opted out, left out", "opted out, left out"),
        (
            figures.invalid_count,
            "row could not be used",
            "rows could not be used",
        ),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_figures_of_the_job() {
        let result = r#"{"rows":5,"contacts":3,"duplicates":1,"optedOut":0,"invalidCount":1,"invalid":[{"line":4,"reason":"No cell"}]}"#;
        let figures = figures(&Ingest {
            result: result.to_owned(),
            ..Ingest::default()
        });
        assert_eq!((figures.contacts, figures.invalid[0].line), (3, 4));
        assert_eq!(
            left_out(&figures),
            ["1 duplicate left out", "1 row could not be used"]
        );
    }

    #[test]
    fn falls_back_to_the_counts_of_the_campaign() {
        let ingest = Ingest {
            contacts: 7,
            ..Ingest::default()
        };
        assert_eq!(figures(&ingest).contacts, 7);
    }
}

use bellwether_domain::segments::{self, Encoding, Segments};
use leptos::prelude::*;

/// How long a text is, and what it costs.
#[component]
pub fn SegmentCounter(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let counted = Memo::new(move |_| text.with(|text| words(&segments::count(text))));
    let many = Memo::new(move |_| text.with(|text| segments::count(text).segments > 2));
    view! { <p class="segment-counter" hidden=move || text.with(String::is_empty) data-many=move || many.get().to_string()>{counted}</p> }
}

fn words(counted: &Segments) -> String {
    let segments = match counted.segments {
        1 => "1 segment".to_owned(),
        many => format!("{many} segments"),
    };
    let why = match counted.encoding {
        Encoding::Gsm7 => "",
        Encoding::Ucs2 => " · has characters that make it longer (emoji, accents, curly quotes)",
    };
    format!(
        "{segments} · {} characters left in this one{why}",
        counted.remaining_in_segment
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_a_text_is_long() {
        assert_eq!(
            words(&segments::count("abc")),
            "1 segment · 157 characters left in this one"
        );
        assert!(words(&segments::count("abc 😀")).contains("emoji"));
    }
}

use leptos::prelude::*;

use super::contact::Contact;
use crate::ui::clock_in;

/// Whom the texter writes to, and what time it is there.
#[component]
pub fn ContactBar(
    #[prop(into)] contact: Signal<Contact>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let there = move || {
        contact.with(|contact| {
            let zone = contact.time_zone.as_deref()?;
            let place = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
            clock_in(zone).map(|time| format!("{time} in {place}"))
        })
    };
    view! {
        <div class="contact-bar">
            <div>
                <h2>{move || contact.with(Contact::full_name)}</h2>
                <p class="soft small">{there}</p>
            </div>
            {children.map(|children| children())}
        </div>
    }
}

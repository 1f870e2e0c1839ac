use leptos::prelude::*;

use crate::{
    routes,
    ui::{Glyph, Icon, PageHeading},
};

/// The top of the texting screen: back to the list, which campaign.
#[component]
pub fn Toolbar(
    #[prop(into)] organization: Signal<String>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="toolbar">
            <a href=move || routes::todos(&organization.get()) aria-label="Back to your texts">
                <Icon glyph=Glyph::Back />
            </a>
            <PageHeading text=title />
            {children.map(|children| children())}
        </header>
    }
}

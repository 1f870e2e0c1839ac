use leptos::prelude::*;

use super::{contact::Message, delivery};
use crate::ui::relative_or_clock;

/// One text of the conversation.
#[component]
pub fn Bubble(message: Message, contact_name: String) -> impl IntoView {
    let (status, tone) = delivery::words(&message.send_status, message.error_code);
    let from = if message.from_contact { "contact" } else { "texter" };
    let who = if message.from_contact {
        contact_name
    } else {
        "You".to_owned()
    };
    view! {
        <li class="bubble" data-from=from>
            <p class="bubble-text"><span class="visually-hidden">{who}": "</span>{message.text}</p>
            <p class="bubble-foot">
                <time datetime=message.created_at.clone()>{relative_or_clock(&message.created_at)}</time>
                {(!message.from_contact).then(|| view! { <span data-tone=tone>{status}</span> })}
            </p>
        </li>
    }
}

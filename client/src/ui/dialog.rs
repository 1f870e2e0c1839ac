use leptos::{html, prelude::*};

/// A modal dialog. The browser traps focus, closes on Esc and gives focus back.
#[component]
pub fn Dialog(
    #[prop(into)] open: Signal<bool>,
    #[prop(into)] title: Signal<String>,
    /// Called when the user leaves by Esc or the close button.
    on_close: Callback<()>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let heading_id = StoredValue::new(next_id());
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        if open.get() && !dialog.open() {
            // Fails only when the element is not in the page, and then there is nothing to show.
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog
            class="dialog"
            node_ref=node
            aria-labelledby=heading_id.get_value()
            on:close=move |_| on_close.run(())
        >
            <Show when=move || open.get()>
                <header>
                    <h2 id=heading_id.get_value()>{title}</h2>
                </header>
                {children()}
            </Show>
        </dialog>
    }
}

fn next_id() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("dialog-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

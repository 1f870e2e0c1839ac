//! News as they happen: one WebSocket (graphql-transport-ws) shared by all pages, reconnecting by itself.

mod protocol;
mod socket;

pub use protocol::backoff_ms;

use graphql_client::GraphQLQuery;
use leptos::prelude::*;

/// What a subscriber hears.
#[derive(Debug, Clone, PartialEq)]
pub enum News<T> {
    /// Something happened.
    Data(T),
    /// The connection was lost for a while: news may have been missed, so ask again for what is shown.
    Reconnected,
}

/// Listens to `Q` while the component lives, anew whenever a signal read by `variables` changes. `None` waits.
pub fn use_subscription<Q>(
    variables: impl Fn() -> Option<Q::Variables> + 'static,
    on_news: impl Fn(News<Q::ResponseData>) + Clone + 'static,
) where
    Q: GraphQLQuery + 'static,
    Q::Variables: 'static,
    Q::ResponseData: 'static,
{
    Effect::new(move |_| {
        let Some(variables) = variables() else { return };
        let Ok(payload) = serde_json::to_value(Q::build_query(variables)) else {
            return;
        };
        let on_news = on_news.clone();
        let id = socket::subscribe(payload, move |news| match news {
            News::Reconnected => on_news(News::Reconnected),
            News::Data(value) => {
                if let Ok(data) = serde_json::from_value(value) {
                    on_news(News::Data(data));
                }
            }
        });
        on_cleanup(move || socket::unsubscribe(id));
    });
}

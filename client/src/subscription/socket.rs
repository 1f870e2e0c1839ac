use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use gloo_timers::callback::Timeout;
use serde_json::Value;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

use super::{
    News,
    protocol::{self, ServerMessage},
};

type Listener = Rc<dyn Fn(News<Value>)>;

#[derive(Default)]
struct Shared {
    connection: Option<Connection>,
    acknowledged: bool,
    was_acknowledged: bool,
    attempt: u32,
    retry: Option<Timeout>,
    next_id: u32,
    subscriptions: BTreeMap<u32, Subscription>,
}

struct Subscription {
    payload: Value,
    listener: Listener,
}

/// The socket, and the closures it calls while it lives.
struct Connection {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

thread_local! {
    static SHARED: RefCell<Shared> = RefCell::default();
}

/// Starts a subscription, over the open connection or as soon as there is one.
pub fn subscribe(payload: Value, listener: impl Fn(News<Value>) + 'static) -> u32 {
    let id = SHARED.with_borrow_mut(|shared| {
        shared.next_id = shared.next_id.wrapping_add(1);
        let id = shared.next_id;
        if shared.acknowledged {
            shared.send(&protocol::subscribe(id, &payload));
        }
        shared.subscriptions.insert(
            id,
            Subscription {
                payload,
                listener: Rc::new(listener),
            },
        );
        id
    });
    connect();
    id
}

/// Ends a subscription.
pub fn unsubscribe(id: u32) {
    SHARED.with_borrow_mut(|shared| {
        if shared.subscriptions.remove(&id).is_some() && shared.acknowledged {
            shared.send(&protocol::complete(id));
        }
    });
}

impl Shared {
    fn send(&self, text: &str) {
        if let Some(connection) = &self.connection {
            // A failure closes the socket, and that is answered by reconnecting.
            let _ = connection.socket.send_with_str(text);
        }
    }
}

fn connect() {
    let needed = SHARED.with_borrow(|shared| shared.connection.is_none() && shared.retry.is_none());
    if !needed {
        return;
    }
    match open() {
        Some(connection) => SHARED.with_borrow_mut(|shared| shared.connection = Some(connection)),
        None => reconnect_later(),
    }
}

fn open() -> Option<Connection> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    let url = format!("{scheme}://{}/graphql", location.host().ok()?);
    let socket = WebSocket::new_with_str(&url, "graphql-transport-ws").ok()?;
    let on_open = Closure::new(|_| SHARED.with_borrow(|shared| shared.send(&protocol::init())));
    let on_message = Closure::new(|event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            heard(protocol::read(&text));
        }
    });
    let on_close = Closure::new(|_| closed());
    socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
    Some(Connection {
        socket,
        _on_open: on_open,
        _on_message: on_message,
        _on_close: on_close,
    })
}

fn heard(message: ServerMessage) {
    match message {
        ServerMessage::Ack => acknowledged(),
        ServerMessage::Ping => SHARED.with_borrow(|shared| shared.send(&protocol::pong())),
        ServerMessage::Next { id, data } => {
            let listener =
                SHARED.with_borrow(|shared| shared.subscriptions.get(&id).map(|one| one.listener.clone()));
            // Called outside the borrow: a listener may subscribe or unsubscribe.
            if let Some(listener) = listener {
                listener(News::Data(data));
            }
        }
        ServerMessage::Over { .. } | ServerMessage::Other => {}
    }
}

fn acknowledged() {
    let listeners = SHARED.with_borrow_mut(|shared| {
        let again = std::mem::replace(&mut shared.was_acknowledged, true);
        shared.acknowledged = true;
        shared.attempt = 0;
        for (id, subscription) in &shared.subscriptions {
            shared.send(&protocol::subscribe(*id, &subscription.payload));
        }
        let all = shared.subscriptions.values().map(|one| one.listener.clone());
        if again {
            all.collect::<Vec<_>>()
        } else {
            Vec::new()
        }
    });
    for listener in listeners {
        listener(News::Reconnected);
    }
}

fn closed() {
    SHARED.with_borrow_mut(|shared| {
        shared.acknowledged = false;
        // Dropped later: this very function is called by one of its closures.
        if let Some(connection) = shared.connection.take() {
            gloo_timers::callback::Timeout::new(0, move || drop(connection)).forget();
        }
    });
    reconnect_later();
}

fn reconnect_later() {
    SHARED.with_borrow_mut(|shared| {
        let wait = protocol::backoff_ms(shared.attempt, js_sys::Math::random());
        shared.attempt = shared.attempt.saturating_add(1);
        shared.retry = Some(Timeout::new(wait, || {
            let idle = SHARED.with_borrow_mut(|shared| {
                // Forgotten, not dropped: this is the timer that is running now.
                if let Some(timer) = shared.retry.take() {
                    timer.forget();
                }
                shared.subscriptions.is_empty()
            });
            if !idle {
                connect();
            }
        }));
    });
}

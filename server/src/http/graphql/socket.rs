//! GraphQL over a WebSocket (graphql-transport-ws, and the older graphql-ws). What comes over a socket passes the same
//! gate as what is posted, and a socket lives no longer than the session it was opened with (S16).

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, web::Payload};
use async_graphql::{Data, Executor, Request, Response};
use async_graphql_actix_web::GraphQLSubscription;
use bellwether_domain::error_codes::ErrorCode;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};

use super::run;
use crate::{
    account::session,
    app::App,
    error::OpError,
    graphql::{
        BellwetherSchema, Viewer,
        gate::{Caller, admit, refused},
        loaders::loader,
    },
};

/// How often a socket's session is looked at.
pub const SESSION_CHECK: Duration = Duration::from_secs(3);
/// Opens a socket for whoever asks.
pub fn open(
    app: &App,
    schema: &BellwetherSchema,
    caller: Caller,
    request: &HttpRequest,
    payload: Payload,
) -> actix_web::Result<HttpResponse> {
    let ended = session_ended(app.clone(), caller.clone());
    // The socket's actor ends with its input.
    let input = payload.take_until(Box::pin(ended));
    let gated = Gated {
        app: app.clone(),
        schema: schema.clone(),
        caller,
    };
    GraphQLSubscription::new(gated).start(request, Box::pin(input))
}

/// Returns when the session is gone; never for who opened the socket without one.
async fn session_ended(app: App, caller: Caller) {
    let Some(viewer) = caller.viewer else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(SESSION_CHECK).await;
        // A database that does not answer ends no session.
        if let Ok(None) = session::find_by_hash(&app, viewer.session_key_hash).await {
            return;
        }
    }
}

/// The schema behind the gate.
#[derive(Clone)]
struct Gated {
    app: App,
    schema: BellwetherSchema,
    caller: Caller,
}

impl Gated {
    /// Who sends this now: roles change and sessions end while a socket is open.
    async fn caller_now(&self) -> Result<Caller, OpError> {
        let viewer = match &self.caller.viewer {
            None => None,
            Some(viewer) => match session::find_by_hash(&self.app, viewer.session_key_hash).await? {
                None => return Err(OpError::refused(ErrorCode::Unauthenticated)),
                viewer => viewer,
            },
        };
        Ok(Caller {
            viewer,
            address: self.caller.address.clone(),
        })
    }
}

impl Executor for Gated {
    async fn execute(&self, request: Request) -> Response {
        match self.caller_now().await {
            Ok(caller) => run(&self.app, &self.schema, caller, request).await,
            Err(error) => refused(error),
        }
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let gated = self.clone();
        let start = async move {
            let caller = match gated.caller_now().await {
                Ok(caller) => caller,
                Err(error) => return stream::iter([refused(error)]).boxed(),
            };
            if let Err(refusal) = admit(&gated.app, &caller, &mut request) {
                return stream::iter([Response::from(refusal)]).boxed();
            }
            let request = request.data(Viewer(caller.viewer)).data(loader(&gated.app));
            Executor::execute_stream(&gated.schema, request, session_data)
        };
        stream::once(start).flatten().boxed()
    }
}

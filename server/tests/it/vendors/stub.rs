//! A local server that answers as a test says, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use tokio::{io::AsyncReadExt, net::TcpListener};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// With the query.
    pub path: String,
    pub authorization: String,
    pub content_type: String,
    pub body: String,
}

impl Asked {
    /// The fields of a form, in order.
    pub fn fields(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// One field of a form.
    pub fn field(&self, name: &str) -> Option<String> {
        self.fields()
            .into_iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }
}

/// Names and values of a form or a query.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    reqwest::Url::parse(&format!("http://x/?{text}"))
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

type Answer = Box<dyn FnMut(&Asked) -> HttpResponse + Send>;

#[derive(Clone)]
struct Shared {
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<Mutex<Answer>>,
}

/// A local server.
pub struct Stub {
    pub address: String,
    shared: Shared,
    handle: actix_web::dev::ServerHandle,
}

impl Stub {
    /// Answers so.
    pub fn new(answer: impl FnMut(&Asked) -> HttpResponse + Send + 'static) -> Self {
        let shared = Shared {
            asked: Arc::default(),
            answer: Arc::new(Mutex::new(Box::new(answer))),
        };
        let data = shared.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(data.clone()))
                .default_service(web::to(take))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let address = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            address,
            shared,
            handle,
        }
    }

    /// Answers so from now on.
    pub fn answers(&self, answer: impl FnMut(&Asked) -> HttpResponse + Send + 'static) {
        *self.shared.answer.lock().unwrap() = Box::new(answer);
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        tokio::spawn(self.handle.stop(false));
    }
}

async fn take(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let asked = Asked {
        method: request.method().to_string(),
        path: request.uri().to_string(),
        authorization: header("authorization"),
        content_type: header("content-type"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let answer = (shared.answer.lock().unwrap())(&asked);
    shared.asked.lock().unwrap().push(asked);
    answer
}

/// An address where nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An address that reads a request and hangs up.
pub async fn hangs_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
        }
    });
    address
}

//! The browser client: files of `CLIENT_DIST`, read once at start. Names with a hash are kept for a year; the page
//! itself is asked for each time. Every path without a dot that is nobody else's is the page (Leptos routes it).

use std::{collections::HashMap, path::Path, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::ACCEPT_ENCODING,
    web::{self, Bytes, Data, ServiceConfig},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// A file of the client.
struct File {
    bytes: Bytes,
    brotli: Option<Bytes>,
    media_type: &'static str,
    is_hashed: bool,
}

/// All files of the client.
#[derive(Clone, Default)]
pub struct ClientFiles {
    files: Arc<HashMap<String, File>>,
    policy: Arc<str>,
}

impl ClientFiles {
    /// Reads the folder; a missing one gives a page that says how to build it.
    pub fn read(folder: &Path) -> Self {
        let mut files = HashMap::new();
        collect(folder, "", &mut files);
        let hashes: Vec<String> = files
            .get("index.html")
            .map(|page: &File| inline_script_hashes(&String::from_utf8_lossy(&page.bytes)))
            .unwrap_or_default();
        let policy = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{}; style-src 'self'; img-src 'self' data: https:; \
             connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'",
            hashes
                .iter()
                .map(|hash| format!(" 'sha256-{hash}'"))
                .collect::<String>()
        );
        Self {
            files: Arc::new(files),
            policy: policy.into(),
        }
    }

    fn answer(&self, request: &HttpRequest, file: &File) -> HttpResponse {
        let brotli = request
            .headers()
            .get(ACCEPT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                value
                    .split(',')
                    .any(|name| name.trim().split(';').next() == Some("br"))
            });
        let mut response = HttpResponse::Ok();
        response
            .content_type(file.media_type)
            .insert_header(("vary", "accept-encoding"))
            .insert_header(("x-content-type-options", "nosniff"))
            .insert_header(("content-security-policy", self.policy.to_string()))
            .insert_header(("referrer-policy", "same-origin"))
            .insert_header(("cross-origin-opener-policy", "same-origin"))
            .insert_header((
                "cache-control",
                if file.is_hashed {
                    "public, max-age=31536000, immutable"
                } else {
                    "no-cache"
                },
            ));
        match &file.brotli {
            Some(packed) if brotli => response
                .insert_header(("content-encoding", "br"))
                .body(packed.clone()),
            _ => response.body(file.bytes.clone()),
        }
    }
}

/// The fallback of the whole app.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.default_service(web::get().to(serve));
}

async fn serve(request: HttpRequest, client: Data<ClientFiles>) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    if let Some(file) = client.files.get(path) {
        return client.answer(&request, file);
    }
    // A missing script must not be answered with the page: a stale name would show as a puzzle (trap 12).
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return HttpResponse::NotFound().body("there is no such file");
    }
    match client.files.get("index.html") {
        Some(page) => client.answer(&request, page),
        None => HttpResponse::ServiceUnavailable()
            .body("The browser client is not built: run `cargo xtask run`, or `trunk build`, and name its folder in CLIENT_DIST."),
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut HashMap<String, File>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with(".br") {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files);
        } else if let Ok(bytes) = std::fs::read(&path) {
            let packed = std::fs::read(folder.join(format!("{name}.br")))
                .ok()
                .map(Bytes::from);
            let file = File {
                bytes: bytes.into(),
                brotli: packed,
                media_type: media_type(&name),
                is_hashed: is_hashed(&name),
            };
            files.insert(format!("{prefix}{name}"), file);
        }
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}

/// Whether a name carries a hash of the content: at least eight hexadecimal digits after a hyphen.
fn is_hashed(name: &str) -> bool {
    name.split(['.', '_'])
        .filter_map(|part| part.rsplit_once('-'))
        .any(|(_, hash)| hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// SHA-256 of every inline script, for the content security policy (S53): Trunk starts the client with one.
fn inline_script_hashes(page: &str) -> Vec<String> {
    let mut hashes = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, after)) = after.split_once('>') else {
            break;
        };
        let Some((script, after)) = after.split_once("</script>") else {
            break;
        };
        if !attributes.contains("src=") {
            hashes.push(STANDARD.encode(Sha256::digest(script.as_bytes())));
        }
        rest = after;
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_are_kept() {
        assert!(is_hashed("client-1f2e3d4c5b6a7988.js"));
        assert!(is_hashed("client-1f2e3d4c5b6a7988_bg.wasm"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("favicon-large.svg"));
    }

    #[test]
    fn inline_scripts_are_hashed_and_linked_ones_are_not() {
        let page = "<script src=\"a.js\"></script><script type=\"module\">import 'x'</script>";
        assert_eq!(
            inline_script_hashes(page),
            vec![STANDARD.encode(Sha256::digest(b"import 'x'"))]
        );
    }
}

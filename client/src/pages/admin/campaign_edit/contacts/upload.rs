use js_sys::Promise;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ProgressEvent, XmlHttpRequest};

use crate::graphql::{ApiError, endpoint_headers};

/// A file that the server has: its columns and first rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Uploaded {
    /// The server's name for it.
    pub upload_id: String,
    /// The columns.
    pub headers: Vec<String>,
    /// The first rows.
    #[serde(default)]
    pub sample: Vec<Vec<String>>,
    /// Which column the server takes for what.
    #[serde(default)]
    pub suggested_mapping: super::mapping::Mapping,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
}

/// Sends a file, telling how far it is (0 to 100).
pub async fn upload(
    campaign_id: &str,
    file: &File,
    on_progress: impl Fn(i64) + 'static,
) -> Result<Uploaded, ApiError> {
    let request = XmlHttpRequest::new().map_err(ApiError::lost)?;
    let url = format!("/uploads/contacts?campaignId={campaign_id}");
    let (name, value) = endpoint_headers();
    let on_progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.length_computable() && event.total() > 0.0 {
            on_progress((event.loaded() / event.total() * 100.0).round() as i64);
        }
    });
    let begin = || {
        request.open_with_async("POST", &url, true)?;
        request.set_request_header("Content-Type", "text/csv")?;
        request.set_request_header(name, value)?;
        request
            .upload()?
            .set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
        Ok::<(), JsValue>(())
    };
    begin().map_err(ApiError::lost)?;
    let ended = Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
    request.send_with_opt_blob(Some(file)).map_err(ApiError::lost)?;
    JsFuture::from(ended).await.map_err(ApiError::lost)?;
    let text = request.response_text().ok().flatten().unwrap_or_default();
    read(request.status().unwrap_or(0), &text)
}

fn read(status: u16, text: &str) -> Result<Uploaded, ApiError> {
    match status {
        0 => Err(ApiError::network()),
        200..=299 => serde_json::from_str(text).map_err(|_reason| ApiError::from_status(status)),
        _ => Err(match serde_json::from_str::<Refusal>(text) {
            Ok(refusal) => ApiError::new(&refusal.code, &refusal.message),
            Err(_) => ApiError::from_status(status),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_answer() {
        let text = r#"{"uploadId":"12","headers":["First","Phone"],"sample":[["Ann","555"]],
            "suggestedMapping":{"firstName":"First","lastName":null,"cell":"Phone","zip":null,"external_id":null}}"#;
        let uploaded = read(200, text).unwrap();
        assert_eq!(uploaded.headers, ["First", "Phone"]);
        assert_eq!(uploaded.suggested_mapping.cell.as_deref(), Some("Phone"));
    }

    #[test]
    fn a_refusal_keeps_its_words() {
        let error = read(400, r#"{"code":"BAD_USER_INPUT","message":"No header row."}"#).unwrap_err();
        assert_eq!(error.message, "No header row.");
        assert_eq!(read(413, "").unwrap_err().code, "TOO_LARGE");
        assert_eq!(read(0, "").unwrap_err().code, "NETWORK");
    }
}

//! `POST /uploads/opt-outs?organizationId=ID`: takes a list of opted-out cells into the database while it arrives, and
//! answers with its id for `importOptOuts`, its first row and which column is read as what.

use std::io::Cursor;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::CONTENT_LENGTH},
    web::{self, ServiceConfig},
};
use bellwether_db::stored_file;
use bellwether_domain::error_codes::ErrorCode;
use serde::Deserialize;
use serde_json::json;

use super::uploads::{answer, refusal, store};
use crate::{
    app::App,
    campaign::import_contacts::table::Table,
    error::{OpError, OpResult},
    opt_out::import::{PURPOSE, columns},
    permissions::Permission,
};

/// The routes of this file.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/uploads/opt-outs", web::post().to(upload_opt_outs));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    organization_id: i64,
}

async fn upload_opt_outs(
    request: HttpRequest,
    app: web::Data<App>,
    query: Result<web::Query<Query>, actix_web::Error>,
    body: web::Payload,
) -> HttpResponse {
    // As for contact files: other sites cannot set this header.
    if !request.headers().contains_key("X-Requested-With") {
        return refusal(&OpError::refused_because(
            ErrorCode::Forbidden,
            "The header X-Requested-With is missing.",
        ));
    }
    let Ok(query) = query else {
        return refusal(&OpError::bad_input("organizationId: missing or not a number"));
    };
    let length = request.headers().get(CONTENT_LENGTH);
    let length: Option<usize> = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length| length > app.config.max_upload_bytes) {
        return too_large(&app);
    }
    match Box::pin(take(&request, &app, query.organization_id, body)).await {
        Ok(Some(file)) => HttpResponse::Ok().json(file),
        Ok(None) => too_large(&app),
        Err(error) => refusal(&error),
    }
}

fn too_large(app: &App) -> HttpResponse {
    let mebibytes = app.config.max_upload_bytes / (1024 * 1024);
    answer(
        StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::BadUserInput,
        &format!("The file is larger than {mebibytes} MiB. Please split it."),
    )
}

/// None: the file is too large.
async fn take(
    request: &HttpRequest,
    app: &App,
    organization_id: i64,
    body: web::Payload,
) -> OpResult<Option<serde_json::Value>> {
    let requester = crate::requester::from_request(request, app).await?;
    requester.permit(Permission::UploadOptOuts, organization_id)?;
    let (user_id, name) = (Some(requester.user_id), "opt-outs.csv");
    let mut conn = app.db().await?;
    let file =
        stored_file::insert_for_organization(&mut conn, organization_id, user_id, PURPOSE, name).await?;
    drop(conn);
    let stored = match store(app, file.id, body).await {
        Ok(Some(start)) => described(file.id, start, &app.config.phone_number_country).map(Some),
        other => other.map(|_| None),
    };
    if !matches!(stored, Ok(Some(_))) {
        stored_file::delete(&mut *app.db().await?, file.id).await?;
    }
    stored
}

/// What the beginning of a list tells of it.
fn described(file_id: i64, start: Vec<u8>, country: &str) -> OpResult<serde_json::Value> {
    if start.is_empty() {
        return Err(OpError::bad_input("The file is empty."));
    }
    let unreadable =
        |error: std::io::Error| OpError::bad_input(format!("The file could not be read: {error}."));
    let mut table = Table::open(Cursor::new(start)).map_err(unreadable)?;
    let first = table.next_row().map_err(unreadable)?;
    let first = first
        .ok_or_else(|| OpError::bad_input("The file has no rows."))?
        .values;
    let found = columns::find(&first, country).ok_or_else(|| {
        OpError::bad_input(
            "The file has no column that is named like a phone number, such as \"cell\" or \"phone\".",
        )
    })?;
    Ok(json!({
        "uploadId": file_id.to_string(), "firstRow": first, "hasHeader": found.has_header,
        "columns": { "cell": found.cell, "reason": found.reason, "optedOutAt": found.said_at },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_which_column_is_read_as_what() {
        let told = described(7, b"name,phone,reason\nAnn,2125550123,mail\n".to_vec(), "US").unwrap();
        assert_eq!(told["uploadId"], "7");
        assert_eq!(
            told["columns"],
            json!({"cell": 1, "reason": 2, "optedOutAt": null})
        );
        assert_eq!(told["hasHeader"], true);
        let bare = described(7, b"2125550123\n2125550124\n".to_vec(), "US").unwrap();
        assert_eq!(bare["hasHeader"], false);
        for bytes in ["", "\n\n", "name,colour\nAnn,red\n"] {
            assert!(
                described(1, bytes.as_bytes().to_vec(), "US").is_err(),
                "{bytes:?}"
            );
        }
    }
}

//! `GET /downloads/{token}/{name}`: hands an exported file out, piece by piece, to admins of its organization.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    web::{self, Bytes, ServiceConfig},
};
use bellwether_db::stored_file::{self, StoredFileRow};
use tracing::warn;

use super::uploads::refusal;
use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
};

/// The routes of this file.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/downloads/{token}/{name}", web::get().to(download));
}

async fn download(
    request: HttpRequest,
    app: web::Data<App>,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (token, name) = path.into_inner();
    match allowed(&request, &app, &token, &name).await {
        Ok(file) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((CONTENT_DISPOSITION, disposition(&file.name)))
            .insert_header((CACHE_CONTROL, "private, no-store"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .no_chunking(u64::try_from(file.size_bytes).unwrap_or_default())
            .streaming(pieces(app.get_ref().clone(), file.id)),
        Err(error) => refusal(&error),
    }
}

async fn allowed(request: &HttpRequest, app: &App, token: &str, name: &str) -> OpResult<StoredFileRow> {
    let requester = crate::requester::from_request(request, app).await?;
    let file = stored_file::download(&mut *app.db().await?, token).await?;
    let file = file
        .filter(|file| file.name == name)
        .ok_or_else(OpError::not_found)?;
    requester.permit(Permission::DownloadFile, file.organization_id)?;
    Ok(file)
}

fn pieces(app: App, file_id: i64) -> impl futures_util::Stream<Item = Result<Bytes, actix_web::Error>> {
    futures_util::stream::unfold(Some(0), move |position| {
        let app = app.clone();
        async move {
            let position = position?;
            match piece(&app, file_id, position).await {
                Ok(Some(bytes)) => Some((Ok(Bytes::from(bytes)), Some(position + 1))),
                Ok(None) => None,
                Err(error) => {
                    warn!(file.id = file_id, %error, "a download broke off");
                    let error = actix_web::error::ErrorInternalServerError("the file could not be read");
                    Some((Err(error), None))
                }
            }
        }
    })
}

async fn piece(app: &App, file_id: i64, position: i32) -> OpResult<Option<Vec<u8>>> {
    Ok(stored_file::chunk(&mut *app.db().await?, file_id, position).await?)
}

/// Names are ours (small letters, digits, dashes and a dot); whatever else came in would be dropped.
fn disposition(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_'))
        .collect();
    format!("attachment; filename=\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_header() {
        assert_eq!(disposition("a-1.csv"), "attachment; filename=\"a-1.csv\"");
        assert_eq!(disposition("a\"; x=\"\r\nb"), "attachment; filename=\"axb\"");
    }
}

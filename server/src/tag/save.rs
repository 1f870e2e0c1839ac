//! Makes, changes and deletes an organization's tags.

use bellwether_db::tag::{self, TagRow, TagText};

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Characters in a name or group at most.
pub const MAX_NAME: usize = 100;
/// Characters in a description at most.
pub const MAX_DESCRIPTION: usize = 2_000;

/// What a tag is to be.
#[derive(Debug, Default)]
pub struct TagEdit {
    /// Its name.
    pub name: String,
    /// Its group; empty is none, left out stays.
    pub group: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl TagEdit {
    fn validate(&self) -> OpResult<()> {
        if self.name.trim().is_empty() {
            return Err(OpError::bad_input("tagData.name: missing"));
        }
        for (field, text, max) in [
            ("name", Some(&self.name), MAX_NAME),
            ("group", self.group.as_ref(), MAX_NAME),
            ("description", self.description.as_ref(), MAX_DESCRIPTION),
        ] {
            if text.is_some_and(|text| text.chars().count() > max || text.contains('\0')) {
                return Err(OpError::bad_input(format!(
                    "tagData.{field}: {max} characters at most, none of them NUL"
                )));
            }
        }
        Ok(())
    }

    fn as_text(&self) -> TagText<'_> {
        TagText {
            name: self.name.trim(),
            group: self.group.as_deref().map(str::trim),
            description: self.description.as_deref().map(str::trim),
        }
    }
}

/// Makes a tag.
pub async fn create_tag(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    edit: &TagEdit,
) -> OpResult<TagRow> {
    requester.permit(Permission::CreateTag, organization_id)?;
    edit.validate()?;
    Ok(edit
        .as_text()
        .insert(&mut *app.db().await?, organization_id)
        .await?)
}

/// Changes a tag of the organization.
pub async fn edit_tag(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    id: i64,
    edit: &TagEdit,
) -> OpResult<TagRow> {
    requester.permit(Permission::EditTag, organization_id)?;
    edit.validate()?;
    let row = edit
        .as_text()
        .update(&mut *app.db().await?, organization_id, id)
        .await?;
    row.ok_or_else(OpError::not_found)
}

/// Deletes a tag of the organization: it stays on contacts, and is shown nowhere.
pub async fn delete_tag(app: &App, requester: &Requester, organization_id: i64, id: i64) -> OpResult<TagRow> {
    requester.permit(Permission::DeleteTag, organization_id)?;
    tag::delete(&mut *app.db().await?, organization_id, id)
        .await?
        .ok_or_else(OpError::not_found)
}

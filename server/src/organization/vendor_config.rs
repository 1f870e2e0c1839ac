//! Setting up what carries an organization's texts.

use bellwether_db::organization::OrganizationRow;

use crate::{
    app::App,
    error::{OpError, OpResult},
    extensions::service_managers::{self, ServiceManager},
    permissions::Permission,
    phone_number::inventory,
    requester::Requester,
};

/// Stores what the organization's service needs. No service that is built in needs anything yet, so this refuses in
/// words what it cannot keep.
pub async fn update_service_vendor_config(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    service_name: &str,
    config: &serde_json::Value,
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::UpdateServiceVendorConfig, organization_id)?;
    let organization = bellwether_db::organization::by_ids(&mut *app.db().await?, &[organization_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    let own = inventory::service_name(app, &organization);
    if service_name != own {
        return Err(OpError::bad_input(format!(
            "serviceName: the organization's service is {own}, not {service_name:?}"
        )));
    }
    let is_empty = match config {
        serde_json::Value::String(text) => matches!(text.trim(), "" | "{}"),
        serde_json::Value::Object(fields) => fields.is_empty(),
        serde_json::Value::Null => true,
        _ => false,
    };
    match inventory::service(app, &organization) {
        // Nothing is what there is to set, and it is set.
        Some(service) if !service.supports_org_config() && is_empty => Ok(organization),
        _ => Err(OpError::bad_input(format!(
            "config: {own} has nothing to set up here"
        ))),
    }
}

/// The service manager that is to be set up, for who may do so.
pub async fn service_manager(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    campaign_id: Option<i64>,
    name: &str,
) -> OpResult<&'static dyn ServiceManager> {
    match campaign_id {
        None => requester.permit(Permission::UpdateServiceManager, organization_id)?,
        Some(id) => {
            requester.permit(Permission::UpdateServiceManagerOfCampaign, organization_id)?;
            let owner = bellwether_db::campaign::organization_id(&mut *app.db().await?, id).await?;
            if owner != Some(organization_id) {
                return Err(OpError::not_found());
            }
        }
    }
    service_managers::find(name).ok_or_else(|| {
        OpError::bad_input(format!(
            "serviceManagerName: there is no service manager {name:?}"
        ))
    })
}

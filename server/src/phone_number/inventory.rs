//! Which numbers an organization has, and what it needs to have any.

use bellwether_db::{Conn, organization::OrganizationRow, owned_phone_number::AreaCodeCount};

use crate::{
    app::App,
    delivery::vendor::Vendor,
    error::{OpError, OpResult},
    organization::features,
    permissions::Permission,
    requester::Requester,
};

/// The service that carries an organization's texts.
pub fn service_name<'a>(app: &'a App, organization: &'a OrganizationRow) -> &'a str {
    features::text(organization, "service").unwrap_or(&app.config.default_service)
}

/// That service, if it is built in.
pub fn service<'a>(app: &'a App, organization: &OrganizationRow) -> Option<&'a dyn Vendor> {
    app.vendors
        .get(service_name(app, organization))
        .map(AsRef::as_ref)
}

/// Whether the organization keeps an inventory of numbers.
pub fn is_enabled(app: &App, organization: &OrganizationRow) -> bool {
    features::flag_or(organization, "PHONE_INVENTORY", app.config.phone_inventory)
}

/// Whether campaigns can have numbers of their own.
pub fn campaigns_have_numbers(app: &App, organization: &OrganizationRow) -> bool {
    let key = "EXPERIMENTAL_CAMPAIGN_PHONE_NUMBERS";
    is_enabled(app, organization) && features::flag_or(organization, key, app.config.campaign_phone_numbers)
}

/// The organization, for who may do this to its numbers, and its service, which sells some.
pub async fn seller<'a>(
    app: &'a App,
    conn: &mut Conn,
    requester: &Requester,
    permission: Permission,
    organization_id: i64,
) -> OpResult<(OrganizationRow, &'a dyn Vendor)> {
    requester.permit(permission, organization_id)?;
    let organization = bellwether_db::organization::by_ids(conn, &[organization_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    if !is_enabled(app, &organization) {
        return Err(OpError::bad_input(
            "organizationId: the organization keeps no inventory of numbers (setting PHONE_INVENTORY)",
        ));
    }
    match service(app, &organization).filter(|service| service.sells_numbers()) {
        Some(service) => Ok((organization, service)),
        None => Err(OpError::bad_input(format!(
            "organizationId: the service {} sells no numbers here",
            service_name(app, &organization)
        ))),
    }
}

/// Three digits of an area code, or 800 for toll-free numbers.
pub fn check_area_code(area_code: &str) -> OpResult<()> {
    let digits = area_code.len() == 3 && area_code.bytes().all(|byte| byte.is_ascii_digit());
    if digits && !area_code.starts_with(['0', '1']) {
        Ok(())
    } else {
        Err(OpError::bad_input(format!(
            "areaCode: {area_code:?} is not an area code of three digits"
        )))
    }
}

/// Numbers per area code, for who may see them; else none.
pub async fn counts(
    app: &App,
    requester: &Requester,
    organization: &OrganizationRow,
) -> OpResult<Vec<AreaCodeCount>> {
    if !requester.may(Permission::OrganizationPhoneNumberCounts, organization.id) {
        return Ok(Vec::new());
    }
    let mut conn = app.db().await?;
    let service = service_name(app, organization);
    Ok(bellwether_db::owned_phone_number::counts(&mut conn, organization.id, service).await?)
}

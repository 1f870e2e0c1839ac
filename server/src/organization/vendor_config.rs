//! Setting up what carries an organization's texts.

use bellwether_db::organization::OrganizationRow;
use serde_json::{Map, Value};

use super::features;
use crate::{
    app::App,
    delivery::{accounts, vendor::Vendor},
    error::{OpError, OpResult},
    extensions::service_managers::{self, ServiceManager},
    permissions::Permission,
    phone_number::inventory,
    requester::Requester,
    secret_box::SecretBox,
};

/// What is shown instead of a secret, and given back for one that stays, as in Spoke.
pub const HIDDEN: &str = "<Encrypted>";
/// Characters in a value at most.
const MAX_VALUE: usize = 500;

/// Stores what the organization's service needs: all of an account of its own, or none of it. A value that is empty or
/// null is taken out, one that is [`HIDDEN`] stays. Secrets are sealed ([`crate::secret_box`]) and never shown again.
pub async fn update_service_vendor_config(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    service_name: &str,
    config: &Value,
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
    let given = given(config)?;
    let service = inventory::service(app, &organization)
        .ok_or_else(|| OpError::bad_input(format!("serviceName: {own} is not set up here")))?;
    if given.is_empty() {
        // Nothing is what there is to set, and it is set.
        return Ok(organization);
    }
    if !accounts::may_be_own(app, service) {
        return Err(OpError::bad_input(format!(
            "config: organizations have no account of their own with {own} here"
        )));
    }
    let changes = changes(app, service, &organization, &given)?;
    let mut conn = app.db().await?;
    let row = bellwether_db::organization::merge_features(
        &mut conn,
        organization_id,
        &Value::Object(changes.set),
        &changes.unset,
    )
    .await?;
    app.accounts.forget(organization_id);
    Ok(row)
}

/// Settings by name: an object, or a text that holds one.
fn given(config: &Value) -> OpResult<Map<String, Value>> {
    let wrong = || OpError::bad_input("config: must be a JSON object");
    match config {
        Value::Null => Ok(Map::new()),
        Value::Object(fields) => Ok(fields.clone()),
        Value::String(text) if text.trim().is_empty() => Ok(Map::new()),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

struct Changes {
    set: Map<String, Value>,
    unset: Vec<String>,
}

fn changes(
    app: &App,
    service: &dyn Vendor,
    organization: &OrganizationRow,
    given: &Map<String, Value>,
) -> OpResult<Changes> {
    let settings: Vec<_> = service
        .settings()
        .iter()
        .filter(|setting| !setting.is_of_instance())
        .collect();
    let mut changes = Changes {
        set: Map::new(),
        unset: Vec::new(),
    };
    for (name, value) in given {
        let setting = settings
            .iter()
            .find(|setting| setting.name == name)
            .ok_or_else(|| {
                let names: Vec<&str> = settings.iter().map(|setting| setting.name).collect();
                OpError::bad_input(format!("config.{name}: not one of {}", names.join(", ")))
            })?;
        let value = match value {
            Value::Null => "",
            Value::String(text) => text.trim(),
            _ => return Err(OpError::bad_input(format!("config.{name}: must be a text"))),
        };
        if value.chars().count() > MAX_VALUE || value.chars().any(char::is_control) {
            return Err(OpError::bad_input(format!(
                "config.{name}: {MAX_VALUE} characters at most, on one line"
            )));
        }
        match value {
            "" => changes.unset.push(name.clone()),
            HIDDEN => {}
            value if setting.is_secret => {
                let sealed = SecretBox::of(&app.config)
                    .seal(value, &accounts::place(organization.id, name))
                    .ok_or_else(|| OpError::Unexpected("a secret cannot be sealed".to_owned()))?;
                changes.set.insert(name.clone(), Value::String(sealed));
            }
            value => {
                changes.set.insert(name.clone(), Value::String(value.to_owned()));
            }
        }
    }
    let is_set = |name: &str| {
        changes.set.contains_key(name)
            || (features::text(organization, name).is_some()
                && !changes.unset.iter().any(|gone| gone == name))
    };
    let has_own = settings.iter().any(|setting| is_set(setting.name));
    let missing = settings
        .iter()
        .find(|setting| has_own && setting.is_required && !is_set(setting.name));
    match missing {
        Some(setting) => Err(OpError::bad_input(format!(
            "config.{}: missing; an account is the organization's own altogether, or the instance's",
            setting.name
        ))),
        None => Ok(changes),
    }
}

/// What owners entered for the organization's service, without secrets; none where there is nothing to enter.
pub fn shown(app: &App, organization: &OrganizationRow) -> Option<Value> {
    let service = inventory::service(app, organization)?;
    if !accounts::may_be_own(app, service) {
        return None;
    }
    let fields = service
        .settings()
        .iter()
        .filter(|setting| !setting.is_of_instance())
        .map(|setting| {
            let value = features::text(organization, setting.name).unwrap_or_default();
            let value = if setting.is_secret && !value.is_empty() {
                HIDDEN
            } else {
                value
            };
            (setting.name.to_owned(), Value::String(value.to_owned()))
        });
    Some(Value::Object(fields.collect()))
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

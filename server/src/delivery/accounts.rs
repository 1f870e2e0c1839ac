//! Whose credentials carry an organization's texts: its own where it has some, else the instance's.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bellwether_db::organization::OrganizationRow;

use super::vendor::{Account, Vendor};
use crate::{
    app::App, config::Secret, error::OpResult, extensions::vendors::twilio, organization::features,
    secret_box::SecretBox,
};

/// How long an account is remembered: a changed key is in use after this time at the latest.
pub const REMEMBERED: Duration = Duration::from_secs(5);
/// Accounts remembered at most; beyond that all are forgotten.
const MOST_REMEMBERED: usize = 10_000;

/// By organization and vendor, since when.
type Known = HashMap<(i64, &'static str), (Instant, Account)>;

/// Accounts looked up lately. Cheap to clone.
#[derive(Clone, Default)]
pub struct Accounts(Arc<Mutex<Known>>);

impl Accounts {
    fn get(&self, key: (i64, &'static str)) -> Option<Account> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&key)
            .filter(|(at, _)| at.elapsed() < REMEMBERED)
            .map(|(_, account)| account.clone())
    }

    fn put(&self, key: (i64, &'static str), account: &Account) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(key, (Instant::now(), account.clone()));
    }

    /// Forgets an organization's accounts: they were changed here.
    pub fn forget(&self, organization_id: i64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(id, _), _| *id != organization_id);
    }
}

/// The instance's own account with a vendor.
pub fn of_instance(app: &App, vendor: &dyn Vendor) -> Account {
    let values = vendor
        .settings()
        .iter()
        .filter_map(|setting| {
            let value = app.config.vendor_settings.get(setting.name)?;
            Some((setting.name.to_owned(), value.clone()))
        })
        .collect();
    Account::new(None, false, values)
}

/// Where an organization's secret is sealed for.
pub fn place(organization_id: i64, name: &str) -> String {
    format!("{organization_id}:{name}")
}

/// Whether organizations may have an account of their own with a vendor here.
pub fn may_be_own(app: &App, vendor: &dyn Vendor) -> bool {
    vendor.supports_org_config() && (vendor.name() != twilio::NAME || app.config.twilio_multi_org)
}

/// An organization's account with a vendor, by its row.
pub fn of_row(app: &App, vendor: &dyn Vendor, organization: &OrganizationRow) -> Account {
    let own = may_be_own(app, vendor).then(|| own_values(app, vendor, organization));
    let Some(own) = own.flatten() else {
        return of_instance(app, vendor).for_organization(Some(organization.id));
    };
    let of_instance = vendor
        .settings()
        .iter()
        .filter(|setting| setting.is_of_instance())
        .filter_map(|setting| {
            let value = app.config.vendor_settings.get(setting.name)?;
            Some((setting.name.to_owned(), value.clone()))
        });
    let values = of_instance.chain(own).collect();
    Account::new(Some(organization.id), true, values)
}

/// What the organization set; none if it set nothing. A secret that does not open is left out, and the account is its own
/// all the same: its texts do not go over the instance's account because of a lost key.
fn own_values(
    app: &App,
    vendor: &dyn Vendor,
    organization: &OrganizationRow,
) -> Option<BTreeMap<String, Secret>> {
    let mut values = BTreeMap::new();
    let mut is_any = false;
    let secrets = SecretBox::of(&app.config);
    for setting in vendor
        .settings()
        .iter()
        .filter(|setting| !setting.is_of_instance())
    {
        let Some(value) = features::text(organization, setting.name) else {
            continue;
        };
        is_any = true;
        let value = if setting.is_secret {
            match secrets.open(value, &place(organization.id, setting.name)) {
                Ok(value) => value,
                Err(error) => {
                    tracing::error!(organization.id = organization.id, setting.name, %error, "a secret does not open");
                    continue;
                }
            }
        } else {
            Secret::new(value)
        };
        values.insert(setting.name.to_owned(), value);
    }
    is_any.then_some(values)
}

/// An organization's account with a vendor, remembered for [`REMEMBERED`]. None: there is no such organization.
pub async fn of(app: &App, vendor: &dyn Vendor, organization_id: i64) -> OpResult<Option<Account>> {
    let key = (organization_id, vendor.name());
    if let Some(account) = app.accounts.get(key) {
        return Ok(Some(account));
    }
    let row = bellwether_db::organization::by_ids(&mut *app.worker_db().await?, &[organization_id])
        .await?
        .pop();
    let Some(row) = row else {
        return Ok(None);
    };
    let account = of_row(app, vendor, &row);
    app.accounts.put(key, &account);
    Ok(Some(account))
}

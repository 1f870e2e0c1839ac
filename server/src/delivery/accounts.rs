//! Whose credentials carry an organization's texts: its own where it has some, else the instance's.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bellwether_db::organization::OrganizationRow;

use super::vendor::{Account, Vendor};
use crate::{app::App, config::Secret, error::OpResult, organization::features};

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

/// An organization's account with a vendor, by its row.
pub fn of_row(app: &App, vendor: &dyn Vendor, organization: &OrganizationRow) -> Account {
    let own: BTreeMap<String, Secret> = if vendor.supports_org_config() {
        vendor
            .settings()
            .iter()
            .filter_map(|setting| {
                let value = features::text(organization, setting.name)?;
                Some((setting.name.to_owned(), Secret::new(value)))
            })
            .collect()
    } else {
        BTreeMap::new()
    };
    if own.is_empty() {
        of_instance(app, vendor).for_organization(Some(organization.id))
    } else {
        Account::new(Some(organization.id), true, own)
    }
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

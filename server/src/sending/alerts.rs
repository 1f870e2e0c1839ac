//! Rules on errors: when too many texts of a campaign fail with a code, somebody is told, or the campaign is paused.
//!
//! Rules are an organization's (`ERROR_ALERTS` in its features). Without any, [`default_rules`] hold: a carrier that
//! filters texts as spam is told, and pauses nothing.

use std::time::Duration;

use bellwether_db::{
    delivery_report::{self, AlertRow, RecentErrors},
    organization::OrganizationRow,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    delivery::{Shutdown, backoff, is_stopping},
    error::{OpError, OpResult},
    organization::features,
    permissions::Permission,
    requester::Requester,
};

/// How often rules are looked at.
pub const INTERVAL: Duration = Duration::from_secs(30);
/// The key of the rules in an organization's features.
pub const KEY: &str = "ERROR_ALERTS";
/// Rules of an organization at most.
pub const MAX_RULES: usize = 20;
/// Longest time that a rule looks back, in minutes.
pub const MAX_MINUTES: i32 = 1_440;
/// Alerts listed at most.
pub const MAX_ALERTS: i64 = 100;

/// A rule on errors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertRule {
    /// The vendor's code; 0: any.
    pub error_code: i32,
    /// More than this part of the texts, 0 to 100.
    pub percent: f64,
    /// In the last minutes.
    pub minutes: i32,
    /// Of at least so many texts.
    pub minimum: i32,
    /// Whether the campaign is paused; else it is only told.
    pub pause: bool,
}

/// What holds where an organization has no rules: 30007, filtered by the carrier, above 5 % in a quarter of an hour.
pub fn default_rules() -> Vec<AlertRule> {
    vec![AlertRule {
        error_code: 30007,
        percent: 5.0,
        minutes: 15,
        minimum: 50,
        pause: false,
    }]
}

/// The rules of an organization.
pub fn rules(organization: &OrganizationRow) -> Vec<AlertRule> {
    features::value(organization, KEY)
        .and_then(|stored| serde_json::from_value(stored.clone()).ok())
        .unwrap_or_else(default_rules)
}

/// Sets an organization's rules; an empty list: no rules.
pub async fn set_error_alerts(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    rules: &[AlertRule],
) -> OpResult<OrganizationRow> {
    requester.permit(Permission::SetErrorAlerts, organization_id)?;
    if rules.len() > MAX_RULES {
        return Err(OpError::bad_input(format!("rules: {MAX_RULES} at most")));
    }
    for (index, rule) in rules.iter().enumerate() {
        let wrong = |what: &str| Err(OpError::bad_input(format!("rules.{index}.{what}")));
        if !(0.0..100.0).contains(&rule.percent) {
            return wrong("percent: 0 to less than 100");
        }
        if !(1..=MAX_MINUTES).contains(&rule.minutes) {
            return wrong(&format!("minutes: 1 to {MAX_MINUTES}"));
        }
        if rule.minimum < 1 {
            return wrong("minimum: 1 or more");
        }
    }
    let changes: Map<String, Value> = [(KEY.to_owned(), json!(rules))].into_iter().collect();
    let mut conn = app.db().await?;
    Ok(
        bellwether_db::organization::merge_features(&mut conn, organization_id, &Value::Object(changes), &[])
            .await?,
    )
}

/// An organization's alerts, newest first, for its supervisors.
pub async fn alerts(app: &App, requester: &Requester, organization_id: i64) -> OpResult<Vec<AlertRow>> {
    requester.permit(Permission::OrganizationDeliveryAlerts, organization_id)?;
    Ok(delivery_report::alerts(&mut *app.db().await?, organization_id, MAX_ALERTS).await?)
}

/// Looks at the rules until the process is to stop. Never ends for another reason.
pub async fn run(app: App, mut shutdown: Shutdown) {
    while !is_stopping(&shutdown) {
        if let Err(error) = run_once(&app).await {
            tracing::warn!(%error, "rules on errors cannot be looked at");
        }
        backoff::pause(INTERVAL, &mut shutdown).await;
    }
}

/// Looks once at the rules of all organizations that had errors. Returns how many alerts are new.
pub async fn run_once(app: &App) -> OpResult<usize> {
    let mut conn = app.worker_db().await?;
    let ids = delivery_report::organizations_with_errors(&mut conn, MAX_MINUTES).await?;
    let mut news = 0;
    for organization in bellwether_db::organization::by_ids(&mut conn, &ids).await? {
        for rule in rules(&organization) {
            let recent = delivery_report::recent_errors(&mut conn, organization.id, rule.minutes).await?;
            for found in violations(&rule, &recent) {
                let percent = percent(&found);
                let code = if rule.error_code == 0 {
                    "errors".to_owned()
                } else {
                    format!("error {}", rule.error_code)
                };
                let reason = format!(
                    "Paused by a rule: {code} on {percent:.1} % of {} texts in {} minutes.",
                    found.tried, rule.minutes
                );
                let pause = rule.pause.then_some(reason.as_str());
                if delivery_report::alert(&mut conn, organization.id, &found, percent, rule.minutes, pause)
                    .await?
                {
                    tracing::warn!(
                        organization.id = organization.id,
                        campaign.id = found.campaign_id,
                        rule.error_code,
                        percent,
                        rule.pause,
                        "too many texts fail"
                    );
                    crate::metrics::DELIVERY_ALERTS.add_one();
                    app.events.campaign_changed(found.campaign_id);
                    news += 1;
                }
            }
        }
    }
    Ok(news)
}

fn percent(found: &RecentErrors) -> f64 {
    100.0 * found.texts as f64 / found.tried.max(1) as f64
}

/// Campaigns that break a rule.
fn violations(rule: &AlertRule, recent: &[RecentErrors]) -> Vec<RecentErrors> {
    let mut by_campaign: Vec<RecentErrors> = Vec::new();
    for found in recent {
        if rule.error_code != 0 && found.error_code != rule.error_code {
            continue;
        }
        match by_campaign
            .iter_mut()
            .find(|known| known.campaign_id == found.campaign_id)
        {
            Some(known) => known.texts += found.texts,
            None => by_campaign.push(RecentErrors {
                error_code: rule.error_code,
                ..found.clone()
            }),
        }
    }
    by_campaign.retain(|found| found.tried >= i64::from(rule.minimum) && percent(found) > rule.percent);
    by_campaign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_broken_by_enough_texts_above_its_part() {
        let errors = |campaign_id, error_code, texts, tried| RecentErrors {
            campaign_id,
            error_code,
            texts,
            tried,
        };
        let rule = AlertRule {
            minimum: 100,
            ..default_rules().remove(0)
        };
        let recent = [
            errors(1, 30007, 6, 100),
            errors(1, 30003, 50, 100),
            errors(2, 30007, 5, 100),
            errors(3, 30007, 90, 99),
        ];
        let broken = |rule: &AlertRule| -> Vec<(i64, i64)> {
            violations(rule, &recent)
                .iter()
                .map(|found| (found.campaign_id, found.texts))
                .collect()
        };
        assert_eq!(broken(&rule), [(1, 6)]);
        assert_eq!(
            broken(&AlertRule {
                error_code: 0,
                ..rule
            }),
            [(1, 56)]
        );
    }
}

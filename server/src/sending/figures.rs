//! How a campaign's texts fare: what waits and until when, what arrived, what it costs.

use bellwether_db::{
    campaign::CampaignRow,
    delivery_report::{self, Backlog, ErrorCount, ErrorGroup, Totals},
    organization::OrganizationRow,
};
use bellwether_domain::{
    media::split_media,
    segments::{self, replace_gsm_lookalikes},
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    app::App,
    error::{OpError, OpResult},
    organization::features,
    permissions::Permission,
    requester::Requester,
};

/// What a segment costs where the organization has set nothing (`SEGMENT_PRICE_MICROS`), in millionths of a dollar:
/// Twilio's list price in the United States, $0.0083, and about $0.003 of carrier fees
/// (<https://www.twilio.com/en-us/sms/pricing/us>, November 2026).
pub const DEFAULT_SEGMENT_PRICE_MICROS: i64 = 11_300;
/// Contacts whose first message is rendered for an estimate.
pub const SAMPLE: i64 = 400;
/// Longest time that is reported on.
pub const MAX_REPORT_DAYS: i64 = 92;
/// Kinds of error listed at most.
pub const MAX_ERRORS: i64 = 200;
/// A forecast further away than this is none.
const LONGEST_FORECAST_DAYS: i64 = 30;

/// What waits in a campaign, and when it will be through.
#[derive(Debug, Clone, Copy)]
pub struct BacklogReport {
    /// The figures.
    pub backlog: Backlog,
    /// When all that waits is expected to be through at the present pace; none: nothing waits, or nobody can say.
    pub expected_completion: Option<DateTime<Utc>>,
}

/// What waits in a campaign that the requester reached.
pub async fn backlog(app: &App, campaign: &CampaignRow) -> OpResult<BacklogReport> {
    let mut conn = app.db().await?;
    let backlog = delivery_report::backlog(&mut conn, campaign.organization_id, campaign.id).await?;
    let is_open = !campaign.is_paused && !campaign.is_archived;
    Ok(BacklogReport {
        backlog,
        expected_completion: is_open
            .then(|| expected_completion(&backlog, app.now()))
            .flatten(),
    })
}

/// Campaigns take turns, so that a short one is through when its turns add up, and a long one with the last of all.
fn expected_completion(backlog: &Backlog, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if backlog.queued == 0 {
        return None;
    }
    let measured = backlog.organization_sent_lately as f64 / 600.0;
    let rate = match (backlog.rate, measured > 0.0) {
        (Some(limit), true) => limit.min(measured.max(limit / 2.0)),
        (Some(limit), false) => limit,
        (None, true) => measured,
        (None, false) => return None,
    };
    if rate <= 0.0 {
        return None;
    }
    let own_share = if backlog.sent_lately > 0 && backlog.organization_sent_lately > 0 {
        backlog.sent_lately as f64 / backlog.organization_sent_lately as f64
    } else {
        1.0
    };
    let alone = backlog.queued as f64 / (rate * own_share);
    let with_all = backlog.organization_queued as f64 / rate;
    let seconds = alone.min(with_all);
    let begins = [
        backlog.held_until.filter(|_| backlog.held == backlog.queued),
        backlog.blocked_until,
    ]
    .into_iter()
    .flatten()
    .fold(now, DateTime::max);
    if !seconds.is_finite() || seconds > (LONGEST_FORECAST_DAYS * 86_400) as f64 {
        return None;
    }
    begins.checked_add_signed(TimeDelta::milliseconds((seconds * 1_000.0) as i64))
}

/// Sums of a campaign that the requester reached.
pub async fn totals(app: &App, campaign: &CampaignRow) -> OpResult<Totals> {
    let mut conn = app.db().await?;
    Ok(delivery_report::totals(&mut conn, campaign.organization_id, campaign.id).await?)
}

/// What first messages to all contacts will cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Segments of a first message, on average.
    pub segments_per_text: f64,
    /// Of the longest in the sample.
    pub most_segments: usize,
    /// Whether some have to travel as UCS-2, at less than half as many characters a segment.
    pub has_ucs2: bool,
    /// What a segment costs, in millionths of a dollar.
    pub segment_price_micros: i64,
}

/// Renders first messages to a sample of a campaign's contacts and counts. None: no contacts, or no script.
pub async fn estimate(
    app: &App,
    campaign: &CampaignRow,
    organization: &OrganizationRow,
) -> OpResult<Option<Estimate>> {
    let mut conn = app.db().await?;
    // Names of usual length, since nobody knows yet who will text.
    let texts =
        delivery_report::sample_texts(&mut conn, campaign.id, ("Alexandra", "Johnson"), SAMPLE).await?;
    let price =
        features::whole(organization, "SEGMENT_PRICE_MICROS").map_or(DEFAULT_SEGMENT_PRICE_MICROS, i64::from);
    Ok(estimate_of(&texts, price))
}

fn estimate_of(texts: &[String], segment_price_micros: i64) -> Option<Estimate> {
    let counts: Vec<_> = texts
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| {
            let (words, media) = split_media(text);
            let counted = segments::count(&replace_gsm_lookalikes(&words));
            let segments = if media.is_some() { 1 } else { counted.segments };
            (
                segments,
                media.is_none() && counted.encoding == segments::Encoding::Ucs2,
            )
        })
        .collect();
    if counts.is_empty() {
        return None;
    }
    let sum: usize = counts.iter().map(|(segments, _)| segments).sum();
    Some(Estimate {
        segments_per_text: sum as f64 / counts.len() as f64,
        most_segments: counts
            .iter()
            .map(|(segments, _)| *segments)
            .max()
            .unwrap_or_default(),
        has_ucs2: counts.iter().any(|(_, is_ucs2)| *is_ucs2),
        segment_price_micros,
    })
}

/// Errors of an organization between two instants.
pub async fn delivery_errors(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    campaign_id: Option<i64>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    group: ErrorGroup,
) -> OpResult<Vec<ErrorCount>> {
    requester.permit(Permission::DeliveryErrors, organization_id)?;
    if from >= to {
        return Err(OpError::bad_input("from: must be before to"));
    }
    if to - from > TimeDelta::days(MAX_REPORT_DAYS) {
        return Err(OpError::bad_input(format!(
            "from: {MAX_REPORT_DAYS} days before to at most"
        )));
    }
    let mut conn = app.db().await?;
    Ok(delivery_report::errors(
        &mut conn,
        organization_id,
        campaign_id,
        from,
        to,
        group,
        MAX_ERRORS,
    )
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backlog(queued: i64, organization_queued: i64, sent: i64, organization_sent: i64) -> Backlog {
        Backlog {
            queued,
            held: 0,
            held_until: None,
            sent_lately: sent,
            organization_queued,
            organization_sent_lately: organization_sent,
            rate: None,
            blocked_until: None,
        }
    }

    fn seconds(backlog: &Backlog) -> Option<i64> {
        let now = DateTime::UNIX_EPOCH;
        expected_completion(backlog, now).map(|end| (end - now).num_seconds())
    }

    #[test]
    fn a_short_campaign_is_through_before_a_long_one() {
        // 10 a second, shared by two.
        assert_eq!(seconds(&backlog(50, 1_000_050, 3_000, 6_000)), Some(10));
        assert_eq!(
            seconds(&backlog(1_000_000, 1_000_050, 3_000, 6_000)),
            Some(100_005)
        );
        assert_eq!(seconds(&backlog(0, 10, 0, 0)), None);
        assert_eq!(seconds(&backlog(10, 10, 0, 0)), None);
    }

    #[test]
    fn limits_and_blocks_count() {
        let limited = Backlog {
            rate: Some(2.0),
            ..backlog(100, 100, 0, 0)
        };
        assert_eq!(seconds(&limited), Some(50));
        let blocked = Backlog {
            blocked_until: Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(30)),
            ..limited
        };
        assert_eq!(seconds(&blocked), Some(80));
    }

    #[test]
    fn an_estimate_counts_what_will_be_sent() {
        let texts = ["Hi".to_owned(), "é".repeat(161), String::new()];
        let estimate = estimate_of(&texts, 10).unwrap();
        assert_eq!((estimate.segments_per_text, estimate.most_segments), (1.5, 2));
        assert!(!estimate.has_ucs2);
        assert!(estimate_of(&["Zażółć".to_owned()], 10).unwrap().has_ucs2);
        assert_eq!(estimate_of(&[], 10), None);
    }
}

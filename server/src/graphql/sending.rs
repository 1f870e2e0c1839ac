//! What people see of the outbox: limits, what waits, what arrived, what failed and why.

use async_graphql::{Enum, ID, InputObject, SimpleObject};
use bellwether_db::{
    delivery_report::{self, AlertRow, ErrorCount, ErrorGroup, Totals},
    pace::PaceRow,
};

use super::{
    enums::SendStatus,
    scalars::{Date, Phone},
    stats::int,
};
use crate::{
    app::App,
    sending::{
        alerts::AlertRule,
        figures::{BacklogReport, Estimate},
        limits::LimitInput,
    },
};

/// Millionths in one.
const MICROS: f64 = 1_000_000.0;

/// What becomes of first messages whose turn comes outside the contact's texting hours.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum LateTexts {
    /// They wait until the hours open again.
    Hold,
    /// They are not sent at all.
    Drop,
}

/// Whom a limit is for.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum LimitScope {
    /// All of the organization.
    Account,
    /// A messaging service.
    Service,
    /// A number of the organization.
    Number,
    /// A carrier of contacts.
    Carrier,
}

impl LimitScope {
    fn parse(stored: &str) -> Self {
        match stored {
            "service" => Self::Service,
            "number" => Self::Number,
            "carrier" => Self::Carrier,
            _ => Self::Account,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Service => "service",
            Self::Number => "number",
            Self::Carrier => "carrier",
        }
    }
}

/// How fast an organization sends, and how that stands.
#[derive(SimpleObject)]
pub struct SendingLimit {
    /// Whom it is for.
    pub scope: LimitScope,
    /// Which messaging service, number or carrier; empty: the usual one.
    pub key: String,
    /// Texts per second that an owner allows; null: no limit.
    pub per_second: Option<f64>,
    /// Texts per day that an owner allows; null: no limit.
    pub per_day: Option<i32>,
    /// Where that day ends, by its IANA name.
    pub day_zone: String,
    /// Texts that went on that day.
    pub sent_today: i32,
    /// Texts per second that go now, since the service asked for patience or an owner set a limit; null: no limit.
    pub rate: Option<f64>,
    /// Nothing goes before.
    pub blocked_until: Option<Date>,
    /// The service's code that taught it.
    pub error_code: Option<i32>,
    /// Why nothing goes, in words.
    pub reason: String,
    /// Whether the service does not serve the account until somebody sets something right.
    pub is_refused: bool,
}

impl From<PaceRow> for SendingLimit {
    fn from(row: PaceRow) -> Self {
        Self {
            scope: LimitScope::parse(&row.scope),
            key: row.key,
            per_second: row.per_second,
            per_day: row.per_day,
            day_zone: row.day_zone,
            sent_today: row.sent_today,
            rate: row.rate,
            blocked_until: row.blocked_until.map(Date),
            error_code: row.code,
            reason: row.reason,
            is_refused: row.is_refused,
        }
    }
}

/// A limit to set. What is null is lifted.
#[derive(InputObject)]
pub struct SendingLimitInput {
    /// Whom it is for: ACCOUNT or SERVICE.
    pub scope: LimitScope,
    /// Which messaging service; empty: the usual one.
    pub key: Option<String>,
    /// Texts per second.
    pub per_second: Option<f64>,
    /// Texts per day.
    pub per_day: Option<i32>,
    /// Where that day ends, by its IANA name; null: `America/Los_Angeles`, as T-Mobile's.
    pub day_zone: Option<String>,
}

impl From<SendingLimitInput> for LimitInput {
    fn from(input: SendingLimitInput) -> Self {
        Self {
            scope: input.scope.as_str(),
            key: input.key.unwrap_or_default(),
            per_second: input.per_second,
            per_day: input.per_day,
            day_zone: input.day_zone,
        }
    }
}

/// What waits in a campaign, and when it will be through.
#[derive(SimpleObject)]
pub struct SendingBacklog {
    /// Texts that wait.
    pub queued: i32,
    /// Of these, those that must not go yet: texting hours, the day's limits, a service that asked for patience.
    pub held: i32,
    /// When the first of those may go.
    pub held_until: Option<Date>,
    /// Whether there are more than could be counted.
    pub is_capped: bool,
    /// When all of it is expected to be through at the present pace; null: nothing waits, or nobody can say.
    pub expected_completion: Option<Date>,
}

impl From<BacklogReport> for SendingBacklog {
    fn from(report: BacklogReport) -> Self {
        Self {
            queued: int(report.backlog.queued),
            held: int(report.backlog.held),
            held_until: report.backlog.held_until.map(Date),
            is_capped: report.backlog.queued >= delivery_report::MAX_COUNTED,
            expected_completion: report.expected_completion.map(Date),
        }
    }
}

/// What became of a campaign's texts.
#[derive(SimpleObject)]
pub struct SendingTotals {
    /// Taken by the service.
    pub sent: i32,
    /// Arrived.
    pub delivered: i32,
    /// Refused, or not arrived.
    pub failed: i32,
    /// Not sent, because their turn came outside texting hours and the campaign drops those.
    pub dropped: i32,
    /// Segments of those sent.
    pub segments: i32,
    /// What they cost by the service's reports, in the account's currency.
    pub cost: f64,
}

impl From<Totals> for SendingTotals {
    fn from(totals: Totals) -> Self {
        Self {
            sent: int(totals.sent),
            delivered: int(totals.delivered),
            failed: int(totals.failed),
            dropped: int(totals.dropped),
            segments: int(totals.segments),
            cost: totals.cost_micros as f64 / MICROS,
        }
    }
}

/// What first messages to all contacts will cost, by a sample of them.
#[derive(SimpleObject)]
pub struct SendingEstimate {
    /// Segments of a first message, on average.
    pub segments_per_text: f64,
    /// Segments of the longest in the sample.
    pub most_segments: i32,
    /// Whether some have to travel as UCS-2, at less than half as many characters a segment.
    pub has_ucs2: bool,
    /// Segments of first messages to all contacts.
    pub segments: f64,
    /// What they cost, in dollars.
    pub cost: f64,
}

impl SendingEstimate {
    /// For so many contacts.
    pub fn new(estimate: Estimate, contacts: i64) -> Self {
        let segments = estimate.segments_per_text * contacts as f64;
        Self {
            segments_per_text: estimate.segments_per_text,
            most_segments: i32::try_from(estimate.most_segments).unwrap_or(i32::MAX),
            has_ucs2: estimate.has_ucs2,
            segments,
            cost: segments * estimate.segment_price_micros as f64 / MICROS,
        }
    }
}

/// How errors are told apart.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ErrorGrouping {
    /// By code alone.
    Code,
    /// And by the number they were sent from.
    Number,
    /// And by the contact's carrier, where reports tell it.
    Carrier,
    /// And by the hour, in UTC.
    Hour,
    /// And by campaign.
    Campaign,
}

impl From<ErrorGrouping> for ErrorGroup {
    fn from(grouping: ErrorGrouping) -> Self {
        match grouping {
            ErrorGrouping::Code => Self::Code,
            ErrorGrouping::Number => Self::Number,
            ErrorGrouping::Carrier => Self::Carrier,
            ErrorGrouping::Hour => Self::Hour,
            ErrorGrouping::Campaign => Self::Campaign,
        }
    }
}

/// Texts that failed in one way.
#[derive(SimpleObject)]
pub struct DeliveryErrorCount {
    /// The service.
    pub service: String,
    /// Its code.
    pub error_code: i32,
    /// What it means; null where nobody knows.
    pub meaning: Option<String>,
    /// What can be done about it; null: nothing, or nobody knows.
    pub advice: Option<String>,
    /// What kind of error it is: `OPTED_OUT`, `BAD_NUMBER`, `FILTERED`, `UNREGISTERED`, `RATE_LIMITED`, `ACCOUNT`,
    /// `UNREACHABLE`, `TEXT` or `OTHER`.
    pub class: String,
    /// The number, carrier, hour or campaign, as asked for; empty where it is not known.
    pub group_key: String,
    /// How many.
    pub count: i32,
    /// Of all texts of the same group that were tried; 0 to 100.
    pub percent: f64,
}

impl DeliveryErrorCount {
    /// With what the service's code means.
    pub fn new(app: &App, row: ErrorCount) -> Self {
        let meaning = app.vendors.error_meaning(&row.service, row.error_code);
        Self {
            meaning: meaning.map(|meaning| meaning.text.to_owned()),
            advice: meaning
                .filter(|meaning| !meaning.advice.is_empty())
                .map(|meaning| meaning.advice.to_owned()),
            class: meaning
                .map_or("OTHER", |meaning| meaning.class.as_str())
                .to_owned(),
            service: row.service,
            error_code: row.error_code,
            group_key: row.group_key,
            count: int(row.texts),
            percent: row.percent,
        }
    }
}

/// A rule on errors: too many texts of a campaign fail.
#[derive(SimpleObject, InputObject)]
#[graphql(input_name = "ErrorAlertRuleInput")]
pub struct ErrorAlertRule {
    /// The service's code; 0: any.
    pub error_code: i32,
    /// More than this part of the texts, 0 to less than 100.
    pub percent: f64,
    /// In the last so many minutes.
    pub minutes: i32,
    /// Of at least so many texts.
    pub minimum: i32,
    /// Whether the campaign is paused; else an alert is shown.
    pub pause: bool,
}

impl From<AlertRule> for ErrorAlertRule {
    fn from(rule: AlertRule) -> Self {
        Self {
            error_code: rule.error_code,
            percent: rule.percent,
            minutes: rule.minutes,
            minimum: rule.minimum,
            pause: rule.pause,
        }
    }
}

impl From<ErrorAlertRule> for AlertRule {
    fn from(rule: ErrorAlertRule) -> Self {
        Self {
            error_code: rule.error_code,
            percent: rule.percent,
            minutes: rule.minutes,
            minimum: rule.minimum,
            pause: rule.pause,
        }
    }
}

/// Something that a rule on errors noticed.
#[derive(SimpleObject)]
pub struct DeliveryAlert {
    /// Its id.
    pub id: ID,
    /// The campaign whose texts failed.
    pub campaign_id: ID,
    /// The service's code; 0: any.
    pub error_code: i32,
    /// What part of the texts failed with it; 0 to 100.
    pub percent: f64,
    /// Of so many.
    pub texts: i32,
    /// In so many minutes.
    pub minutes: i32,
    /// Whether the campaign was paused for it.
    pub did_pause: bool,
    /// When.
    pub created_at: Date,
}

impl From<AlertRow> for DeliveryAlert {
    fn from(row: AlertRow) -> Self {
        Self {
            id: row.id.into(),
            campaign_id: row.campaign_id.into(),
            error_code: row.error_code,
            percent: row.percent,
            texts: row.texts,
            minutes: row.minutes,
            did_pause: row.did_pause,
            created_at: Date(row.created_at),
        }
    }
}

/// A text that never left, or may not have.
#[derive(SimpleObject)]
pub struct DeadLetter {
    /// Its id.
    pub id: ID,
    /// Its contact; null when it has none.
    pub contact_id: Option<ID>,
    /// The contact's campaign.
    pub campaign_id: Option<ID>,
    /// The contact's cell.
    pub contact_number: Phone,
    /// What it says.
    pub text: String,
    /// The service that was to carry it.
    pub service: String,
    /// UNKNOWN: it may have left. ERROR: it did not.
    pub status: SendStatus,
    /// The service's code.
    pub error_code: Option<i32>,
    /// What the code means; null where nobody knows.
    pub reason: Option<String>,
    /// What can be done about it; null: nothing, or nobody knows.
    pub advice: Option<String>,
    /// How often it was handed to a sender.
    pub attempts: i32,
    /// When a texter sent it.
    pub created_at: Date,
    /// When it was tried last.
    pub tried_at: Option<Date>,
}

impl DeadLetter {
    /// With what the service's code means.
    pub fn new(app: &App, row: delivery_report::DeadLetter) -> Self {
        let meaning = row
            .error_code
            .and_then(|code| app.vendors.error_meaning(&row.service, code));
        Self {
            id: row.id.into(),
            contact_id: row.contact_id.map(ID::from),
            campaign_id: row.campaign_id.map(ID::from),
            contact_number: Phone(row.contact_number),
            text: row.text,
            service: row.service,
            status: if row.send_status == "UNKNOWN" {
                SendStatus::Unknown
            } else {
                SendStatus::Error
            },
            error_code: row.error_code,
            reason: meaning.map(|meaning| meaning.text.to_owned()),
            advice: meaning
                .filter(|meaning| !meaning.advice.is_empty())
                .map(|meaning| meaning.advice.to_owned()),
            attempts: row.attempts.into(),
            created_at: Date(row.created_at),
            tried_at: row.tried_at.map(Date),
        }
    }
}

//! Where a contact lives, and what a text carries besides words.

use async_graphql::SimpleObject;
use bellwether_domain::{texting_hours, time_zone, us_state};

/// Where a contact lives.
#[derive(SimpleObject)]
pub struct Location {
    /// The time zone.
    pub timezone: Option<Timezone>,
    /// The city; not known here.
    pub city: Option<String>,
    /// The state, two letters.
    pub state: Option<String>,
}

impl Location {
    /// Of a ZIP code and IANA time zones with a space between, of which the first is the likeliest; none when both tell
    /// nothing.
    pub fn of(zip: &str, zones: &str) -> Option<Self> {
        let state = us_state::state_for_zip(zip).map(str::to_owned);
        let timezone = texting_hours::standard_offset(time_zone::split(zones).next().unwrap_or_default())
            .map(|(hours, has_dst)| Timezone {
                offset: Some(hours),
                has_dst: Some(has_dst),
            });
        (state.is_some() || timezone.is_some()).then_some(Self {
            timezone,
            city: None,
            state,
        })
    }
}

/// A time zone as Spoke tells it.
#[derive(SimpleObject)]
pub struct Timezone {
    /// Hours from UTC in standard time; what is over a full hour is left out.
    pub offset: Option<i32>,
    /// Whether it has daylight saving time.
    #[graphql(name = "hasDST")]
    pub has_dst: Option<bool>,
}

/// A picture or the like.
#[derive(SimpleObject)]
pub struct MediaItem {
    /// Its media type, as image/jpeg.
    #[graphql(name = "type")]
    pub kind: Option<String>,
    /// Where it is.
    pub url: Option<String>,
}

impl MediaItem {
    /// Of `{"type", "url"}`.
    pub fn read(item: &serde_json::Value) -> Option<Self> {
        let text = |name: &str| {
            item.get(name)
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned)
        };
        Some(Self {
            kind: text("type"),
            url: text("url"),
        })
    }
}

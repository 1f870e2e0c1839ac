//! May we text this time zone at this instant?

use serde::{Deserialize, Serialize};
use thiserror::Error;

#[cfg(feature = "time-zone")]
mod at_instant;
mod week;
#[cfg(feature = "time-zone")]
pub use at_instant::{Window, parse_zone, standard_offset};
pub use week::{DayHours, EVERYWHERE, NotAPlace, PlaceRule, WeekHours, law, law_of, place};

/// The hours of the day in which contacts may be texted, in the contact's own time: `start_hour <= hour < end_hour`.
///
/// Source: Spoke's organization columns and campaign override. Federal law: 8 to 21 in the called party's time for
/// telephone solicitations (47 CFR 64.1200(c)(1)); several states are stricter, which is why hours are data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextingHours {
    /// Are there any limits?
    pub enforced: bool,
    /// The first whole hour, 0 to 23.
    pub start_hour: u8,
    /// The whole hour at which it ends, 1 to 24.
    pub end_hour: u8,
}

/// Why two hours are not a window.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TextingHoursError {
    /// Later than midnight.
    #[error("hours go from 0 to 24")]
    NotAnHour,
    /// The window would be empty or go over midnight.
    #[error("texting hours must start before they end")]
    StartNotBeforeEnd,
}

impl TextingHours {
    /// No limit.
    pub const UNLIMITED: Self = Self {
        enforced: false,
        start_hour: 0,
        end_hour: 24,
    };

    /// Checks the hours.
    ///
    /// # Errors
    ///
    /// [`TextingHoursError`] unless `start_hour < end_hour <= 24`; checked even if nothing is enforced.
    pub fn new(enforced: bool, start_hour: u8, end_hour: u8) -> Result<Self, TextingHoursError> {
        if start_hour > 24 || end_hour > 24 {
            Err(TextingHoursError::NotAnHour)
        } else if start_hour >= end_hour {
            Err(TextingHoursError::StartNotBeforeEnd)
        } else {
            Ok(Self {
                enforced,
                start_hour,
                end_hour,
            })
        }
    }

    /// The hours that count for a campaign: its override if it has one, else the organization's.
    ///
    /// An override that is not enforced means no limit, even if the organization enforces one, as in Spoke.
    pub fn effective(organization: Self, campaign_override: Option<Self>) -> Self {
        campaign_override.unwrap_or(organization)
    }

    /// Is this hour of the contact's day (0 to 23) within the hours?
    pub fn includes_hour(&self, hour: u8) -> bool {
        !self.enforced || (self.start_hour..self.end_hour).contains(&hour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_hours() {
        assert!(TextingHours::new(true, 9, 21).is_ok());
        assert!(TextingHours::new(true, 0, 24).is_ok());
        assert_eq!(TextingHours::new(true, 9, 25), Err(TextingHoursError::NotAnHour));
        assert_eq!(
            TextingHours::new(true, 9, 9),
            Err(TextingHoursError::StartNotBeforeEnd)
        );
        assert_eq!(
            TextingHours::new(false, 21, 9),
            Err(TextingHoursError::StartNotBeforeEnd)
        );
    }

    #[test]
    fn the_start_is_in_and_the_end_is_out() {
        let hours = TextingHours::new(true, 9, 21).unwrap();
        let included: Vec<u8> = (0..24).filter(|hour| hours.includes_hour(*hour)).collect();
        assert_eq!(included, (9..21).collect::<Vec<u8>>());
        assert!((0..24).all(|hour| TextingHours::UNLIMITED.includes_hour(hour)));
    }

    #[test]
    fn the_override_wins_whole() {
        let organization = TextingHours::new(true, 9, 21).unwrap();
        let narrower = TextingHours::new(true, 12, 18).unwrap();
        let unlimited = TextingHours::new(false, 12, 18).unwrap();
        assert_eq!(TextingHours::effective(organization, None), organization);
        assert_eq!(TextingHours::effective(organization, Some(narrower)), narrower);
        assert!(TextingHours::effective(organization, Some(unlimited)).includes_hour(3));
        assert!(TextingHours::effective(TextingHours::UNLIMITED, Some(narrower)).includes_hour(12));
        assert!(!TextingHours::effective(TextingHours::UNLIMITED, Some(narrower)).includes_hour(11));
    }
}

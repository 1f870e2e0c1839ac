//! Hours in which texts may go, by place.

use async_graphql::{InputObject, SimpleObject};
use bellwether_db::texting_hours::TextingHoursRow;

use crate::graphql::scalars::Date;

/// The hours of one day of the contact's, in its own time zone.
#[derive(SimpleObject)]
pub struct TextingHoursDay {
    /// 1 for Monday to 7 for Sunday (ISO 8601).
    pub weekday: i32,
    /// The first whole hour, 0 to 24.
    pub start_hour: i32,
    /// The whole hour at which it ends, 0 to 24; equal to the start: no texts on that day.
    pub end_hour: i32,
}

/// The hours of one day to set.
#[derive(InputObject)]
pub struct TextingHoursDayInput {
    /// The first whole hour, 0 to 24.
    pub start_hour: i32,
    /// The whole hour at which it ends, 0 to 24; equal to the start: no texts on that day.
    pub end_hour: i32,
}

/// In which hours people of a place may be texted.
#[derive(SimpleObject)]
pub struct TextingHoursRule {
    /// `US` for everybody, or a state's two letters. A contact's hours are everybody's and its state's.
    pub place: String,
    /// The hours that hold, Monday first.
    pub hours: Vec<TextingHoursDay>,
    /// The hours by law, Monday first; null where the law here has nothing to say of the place.
    pub law_hours: Option<Vec<TextingHoursDay>>,
    /// The statute, and who told of it.
    pub source: Option<String>,
    /// The day on which the law was last looked at, `2026-04-08`.
    pub as_of: Option<String>,
    /// Whether the organization set them.
    pub is_own: bool,
    /// Whether they let texts go at an hour at which the law's do not.
    pub is_looser: bool,
    /// Why, in the words of who set them.
    pub note: String,
    /// Id of who set them.
    pub set_by: Option<String>,
    /// Since when they hold.
    pub set_at: Option<Date>,
    /// Id of who ended them.
    pub ended_by: Option<String>,
    /// Since when they do not hold any more.
    pub ended_at: Option<Date>,
}

impl From<TextingHoursRow> for TextingHoursRule {
    fn from(row: TextingHoursRow) -> Self {
        Self {
            hours: days(&row.start_hours, &row.end_hours),
            law_hours: row
                .law_start_hours
                .zip(row.law_end_hours)
                .map(|(starts, ends)| days(&starts, &ends)),
            place: row.place,
            source: row.source,
            as_of: row.as_of.map(|day| day.to_string()),
            is_own: row.is_own,
            is_looser: row.is_looser,
            note: row.note,
            set_by: row.set_by.map(|id| id.to_string()),
            set_at: row.set_at.map(Date),
            ended_by: row.ended_by.map(|id| id.to_string()),
            ended_at: row.ended_at.map(Date),
        }
    }
}

fn days(starts: &[i16], ends: &[i16]) -> Vec<TextingHoursDay> {
    let days = (1..).zip(starts.iter().zip(ends));
    days.map(|(weekday, (start, end))| TextingHoursDay {
        weekday,
        start_hour: i32::from(*start),
        end_hour: i32::from(*end),
    })
    .collect()
}

//! What an organization makes of the law's texting hours: tighter at will, looser only knowingly, and all of it on
//! record.

use bellwether_db::AsyncConnection;
use bellwether_db::texting_hours::{self as rows, NewTextingHours, TextingHoursRow};
use bellwether_domain::texting_hours::{DayHours, WeekHours, law, law_of, place};

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Characters in a note at most.
pub const MAX_NOTE: usize = 1_000;
/// Past and present settings that are told.
const HISTORY: i64 = 200;

/// Hours to set.
#[derive(Debug)]
pub struct NewHours {
    /// US or a state.
    pub place: String,
    /// Start and end of seven days, Monday first, or of one for all.
    pub days: Vec<(i32, i32)>,
    /// Why.
    pub note: String,
    /// Whoever sets them knows that they are looser than the law.
    pub acknowledge_looser: bool,
}

/// The hours in force, everybody's first.
pub async fn in_force(
    app: &App,
    requester: &Requester,
    organization_id: i64,
) -> OpResult<Vec<TextingHoursRow>> {
    requester.permit(Permission::OrganizationTextingHoursRules, organization_id)?;
    Ok(rows::in_force(&mut *app.db().await?, organization_id).await?)
}

/// What was ever set, newest first.
pub async fn history(
    app: &App,
    requester: &Requester,
    organization_id: i64,
) -> OpResult<Vec<TextingHoursRow>> {
    requester.permit(Permission::OrganizationTextingHoursHistory, organization_id)?;
    Ok(rows::history(&mut *app.db().await?, organization_id, HISTORY).await?)
}

/// Sets the hours of a place.
pub async fn set(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    new: &NewHours,
) -> OpResult<Vec<TextingHoursRow>> {
    requester.permit(Permission::SetTextingHoursRule, organization_id)?;
    let place = read_place(&new.place)?;
    let week = read_week(&new.days)?;
    if new.note.chars().count() > MAX_NOTE || new.note.contains('\0') {
        return Err(OpError::bad_input(format!("note: {MAX_NOTE} characters at most")));
    }
    let is_looser = law_of(&place).is_some_and(|law| !week.is_within(law.week));
    if is_looser && !new.acknowledge_looser {
        let source = law_of(&place).map_or("", |law| law.source);
        return Err(OpError::bad_input(format!(
            "acknowledgeLooser: these hours are looser than the law's ({source}); say true if you have counsel's word"
        )));
    }
    if is_looser && new.note.trim().is_empty() {
        return Err(OpError::bad_input(
            "note: say why hours looser than the law's are right",
        ));
    }
    let (start_hours, end_hours) = columns(week);
    let row = NewTextingHours {
        organization_id,
        place: &place,
        start_hours,
        end_hours,
        is_looser,
        note: new.note.trim(),
        set_by: Some(requester.user_id),
    };
    let mut conn = app.db().await?;
    conn.transaction(async |conn| row.insert(conn).await).await?;
    Ok(rows::in_force(&mut conn, organization_id).await?)
}

/// Ends what was set for a place: the law's hours hold again.
pub async fn remove(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    place: &str,
) -> OpResult<Vec<TextingHoursRow>> {
    requester.permit(Permission::RemoveTextingHoursRule, organization_id)?;
    let place = read_place(place)?;
    let mut conn = app.db().await?;
    rows::end(&mut conn, organization_id, &place, Some(requester.user_id)).await?;
    Ok(rows::in_force(&mut conn, organization_id).await?)
}

/// Lets texts of an organization go at any hour, for the demo, whose numbers are nobody's.
pub async fn lift_all(conn: &mut bellwether_db::Conn, organization_id: i64, note: &str) -> OpResult<()> {
    let (start_hours, end_hours) = columns(WeekHours::ALL);
    for rule in law() {
        let row = NewTextingHours {
            organization_id,
            place: rule.place,
            start_hours,
            end_hours,
            is_looser: true,
            note,
            set_by: None,
        };
        row.insert(conn).await?;
    }
    Ok(())
}

fn read_place(text: &str) -> OpResult<String> {
    place(text).map_err(|error| OpError::bad_input(format!("place: {error}")))
}

fn read_week(days: &[(i32, i32)]) -> OpResult<WeekHours> {
    let read = |day: &(i32, i32)| {
        let hour = |hour| u8::try_from(hour).unwrap_or(u8::MAX);
        DayHours::new(hour(day.0), hour(day.1)).map_err(|error| OpError::bad_input(format!("hours: {error}")))
    };
    let days: Vec<DayHours> = days.iter().map(read).collect::<OpResult<_>>()?;
    if let [every] = days.as_slice() {
        return Ok(WeekHours([*every; 7]));
    }
    match <[DayHours; 7]>::try_from(days) {
        Ok(days) => Ok(WeekHours(days)),
        Err(_) => Err(OpError::bad_input(
            "hours: one for every day alike, or seven, Monday first",
        )),
    }
}

fn columns(week: WeekHours) -> ([i16; 7], [i16; 7]) {
    (
        week.0.map(|day| i16::from(day.start_hour)),
        week.0.map(|day| i16::from(day.end_hour)),
    )
}

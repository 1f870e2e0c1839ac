use js_sys::{Date, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The value of `<input type="date">` for an instant of the server.
pub fn input_of_due_date(instant: &str) -> String {
    instant.get(..10).unwrap_or_default().to_owned()
}

/// The end of the day that was chosen in `<input type="date">`; nothing when none was.
pub fn due_date_of_input(day: &str) -> Option<String> {
    (day.len() == 10).then(|| format!("{day}T23:59:59.000Z"))
}

/// A day in the user's words: "Nov 25, 2026". Due dates are kept in UTC, so they are shown in UTC.
pub fn day(instant: &str) -> String {
    let date = Date::new(&JsValue::from_str(instant));
    if date.get_time().is_nan() {
        return String::new();
    }
    let options = options(&[
        ("month", "short"),
        ("day", "numeric"),
        ("year", "numeric"),
        ("timeZone", "UTC"),
    ]);
    date.to_locale_date_string("default", &options).into()
}

/// When something was said: the time for today, else the day.
pub fn relative_or_clock(instant: &str) -> String {
    let date = Date::new(&JsValue::from_str(instant));
    if date.get_time().is_nan() {
        return String::new();
    }
    let now = Date::new_0();
    let same_day = date.get_full_year() == now.get_full_year()
        && date.get_month() == now.get_month()
        && date.get_date() == now.get_date();
    if same_day {
        let options = options(&[("hour", "numeric"), ("minute", "2-digit")]);
        date.to_locale_time_string_with_options("default", &options)
            .into()
    } else {
        date.to_locale_date_string("default", &options(&[("month", "short"), ("day", "numeric")]))
            .into()
    }
}

/// The time of day in an IANA zone; nothing for a zone that the browser does not know.
pub fn clock_in(zone: &str) -> Option<String> {
    let format = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).ok()?;
    let options = options(&[("hour", "numeric"), ("minute", "2-digit"), ("timeZone", zone)]);
    // An unknown zone makes the constructor throw: asked first, so that nothing is thrown through us.
    let constructor = Reflect::get(&format, &JsValue::from_str("DateTimeFormat")).ok()?;
    let arguments = js_sys::Array::of2(&JsValue::UNDEFINED, &options);
    let constructor: &js_sys::Function = constructor.unchecked_ref();
    let format: JsValue = Reflect::construct(constructor, &arguments).ok()?;
    let format: js_sys::Intl::DateTimeFormat = format.unchecked_into();
    format.format().call1(&format, &Date::new_0()).ok()?.as_string()
}

fn options(pairs: &[(&str, &str)]) -> JsValue {
    let options = Object::new();
    for (key, value) in pairs {
        // Setting a plain property of a fresh object cannot fail.
        let _ = Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    options.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_date_survives_the_round_trip() {
        let instant = due_date_of_input("2026-12-01").unwrap();
        assert_eq!(input_of_due_date(&instant), "2026-12-01");
        assert_eq!(due_date_of_input(""), None);
        assert_eq!(input_of_due_date("?"), "");
    }
}

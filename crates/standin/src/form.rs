//! `application/x-www-form-urlencoded`, both ways.

use std::fmt::Write;

/// The fields of a form or query, in order. What is not UTF-8 is replaced.
pub fn read(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(name), unescape(value))
        })
        .collect()
}

/// The first field of that name.
pub fn get<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value.as_str())
}

/// Writes a form.
pub fn write(fields: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        escape(&mut out, name);
        out.push('=');
        escape(&mut out, value);
    }
    out
}

/// Appends a text in percent-encoding.
pub fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

fn unescape(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                match (digit(ahead.next()), digit(ahead.next())) {
                    (Some(high), Some(low)) => {
                        out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                        bytes = ahead;
                    }
                    _ => out.push(b'%'),
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let fields: Vec<(String, String)> =
            [("To", "+12025550101"), ("Body", "Hé & co = 100 %\n+1"), ("", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        assert_eq!(read(&write(&fields)), fields);
        assert_eq!(get(&fields, "To"), Some("+12025550101"));
        assert_eq!(get(&fields, "From"), None);
    }

    #[test]
    fn twilios_comparisons_are_names_that_end_in_one() {
        let fields = read("DateSent>=2026-11-25&DateSent%3C=2026-11-26&a%zz=+");
        assert_eq!(get(&fields, "DateSent>"), Some("2026-11-25"));
        assert_eq!(get(&fields, "DateSent<"), Some("2026-11-26"));
        assert_eq!(get(&fields, "a%zz"), Some(" "));
    }
}

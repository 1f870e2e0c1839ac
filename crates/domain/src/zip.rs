//! Five digits out of a ZIP code as found in files.

/// The five digits of a US ZIP code, or `None` if the input is not one.
///
/// Takes `02139`, `02139-1234`, `02139 1234` and `021391234`. Spreadsheets drop leading zeros, so three or four digits
/// (alone, or before `-1234`) are filled up: `2139` is `02139`, `601` is `00601`.
pub fn five_digits(input: &str) -> Option<String> {
    let input = input.trim();
    let (head, tail) = match input.split_once(['-', ' ']) {
        Some((head, tail)) => (head.trim(), Some(tail.trim())),
        None => (input, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let tail_fits = tail.is_none_or(|tail| tail.is_empty() || (digits(tail) && tail.len() == 4));
    if !digits(head) || !tail_fits {
        return None;
    }
    match head.len() {
        3..=5 => Some(format!("{head:0>5}")),
        9 if tail.is_none() => head.get(..5).map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_zips_as_found() {
        let cases = [
            ("02139", Some("02139")),
            (" 02139 ", Some("02139")),
            ("02139-1234", Some("02139")),
            ("02139 1234", Some("02139")),
            ("021391234", Some("02139")),
            ("02139-", Some("02139")),
            ("2139", Some("02139")),
            ("2139-1234", Some("02139")),
            ("601", Some("00601")),
            ("", None),
            ("12", None),
            ("123456", None),
            ("02139-12", None),
            ("K1A 0B1", None),
            ("ABCDE", None),
            ("٠٢١٣٩", None),
        ];
        for (input, expected) in cases {
            assert_eq!(five_digits(input).as_deref(), expected, "{input:?}");
        }
    }
}

/// What the texter is told about a text's way: a word, and a tone for the style sheet.
pub fn words(send_status: &str, error_code: Option<i64>) -> (String, &'static str) {
    match send_status {
        "DELIVERED" => ("Delivered".to_owned(), "good"),
        "SENT" => ("Sent".to_owned(), "plain"),
        "ERROR" => (
            match error_code {
                Some(code) => format!("Not delivered (code {code})"),
                None => "Not delivered".to_owned(),
            },
            "danger",
        ),
        "NOT_ATTEMPTED" => ("Not sent".to_owned(), "danger"),
        "UNKNOWN" => ("Not known whether it was sent".to_owned(), "warn"),
        "PAUSED" => ("Paused".to_owned(), "warn"),
        _ => ("Sending…".to_owned(), "plain"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_code() {
        assert_eq!(
            words("ERROR", Some(30_006)),
            ("Not delivered (code 30006)".to_owned(), "danger")
        );
        assert_eq!(words("QUEUED", None).0, "Sending…");
        assert_eq!(words("DELIVERED", None), ("Delivered".to_owned(), "good"));
    }
}

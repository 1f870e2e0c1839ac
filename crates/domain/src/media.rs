//! Pictures in a text: `[https://example.org/picture.png]` is sent as a picture and not as words, as in Spoke.

/// Longest address of a picture, in bytes.
pub const MAX_MEDIA_URL: usize = 2_000;

/// A text without the address of its picture, and that address. Only the first address in square brackets counts; the
/// white space around it goes with it.
pub fn split_media(text: &str) -> (String, Option<String>) {
    let mut from = 0;
    while let Some(start) = text
        .get(from..)
        .and_then(|rest| rest.find('['))
        .map(|at| from + at)
    {
        let inside = text.get(start + 1..).unwrap_or_default();
        if let Some((url, rest)) = inside.split_once(']')
            && is_media_url(url)
        {
            let before = text.get(..start).unwrap_or_default().trim_end();
            let rest = rest.trim_start();
            let space = if before.is_empty() || rest.is_empty() {
                ""
            } else {
                " "
            };
            return (format!("{before}{space}{rest}"), Some(url.to_owned()));
        }
        from = start + 1;
    }
    (text.to_owned(), None)
}

fn is_media_url(url: &str) -> bool {
    (url.starts_with("http://") || url.starts_with("https://"))
        && url.len() <= MAX_MEDIA_URL
        && !url.chars().any(char::is_whitespace)
        && url.split_once("://").is_some_and(|(_, host)| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_address_in_brackets_is_the_picture() {
        for (text, words, url) in [
            ("Hi", "Hi", None),
            (
                "Look! [https://x.org/a.png]",
                "Look!",
                Some("https://x.org/a.png"),
            ),
            ("[http://x.org/a.png] Look!", "Look!", Some("http://x.org/a.png")),
            (
                "a [https://x.org/1] b [https://x.org/2]",
                "a b [https://x.org/2]",
                Some("https://x.org/1"),
            ),
            ("a [b] [https://x.org/1]c", "a [b] c", Some("https://x.org/1")),
            ("a [[https://x.org/1]", "a [", Some("https://x.org/1")),
            ("[ftp://x.org/1]", "[ftp://x.org/1]", None),
            ("[https://x.org/a b]", "[https://x.org/a b]", None),
            ("[https://]", "[https://]", None),
            ("[https://x.org/1", "[https://x.org/1", None),
        ] {
            assert_eq!(
                split_media(text),
                (words.to_owned(), url.map(str::to_owned)),
                "{text}"
            );
        }
    }
}

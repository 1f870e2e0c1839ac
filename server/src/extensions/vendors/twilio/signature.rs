//! `X-Twilio-Signature`: who calls our webhooks (S49).
//!
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>. Base64 of HMAC-SHA1, under the account's
//! auth token, over the full address as Twilio was told it, with the names and values of the form's fields appended,
//! sorted by name, without anything between. For a JSON body the address carries its SHA-256 (`bodySHA256`) and
//! nothing is appended.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The signature of a call.
pub fn signature(token: &str, url: &str, fields: &[(String, String)]) -> String {
    // HMAC takes keys of any length; the error that the type allows cannot come.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else {
        return String::new();
    };
    mac.update(url.as_bytes());
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort();
    // The same value given twice counts once, as in Twilio's own libraries.
    sorted.dedup();
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether a call is signed by one of these tokens, for one of these addresses. All are tried, each in constant time.
pub fn is_signed(tokens: &[&str], urls: &[String], body: &[u8], given: &str) -> bool {
    let mut is_signed = false;
    for url in urls {
        let expected = body_hash(url);
        let fields = match &expected {
            None => form_urlencoded::parse(body).into_owned().collect(),
            Some(expected) => {
                let actual: String = Sha256::digest(body)
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                if !bool::from(actual.as_bytes().ct_eq(expected.to_ascii_lowercase().as_bytes())) {
                    continue;
                }
                Vec::new()
            }
        };
        // Proxies may add or hide the usual port.
        for url in [url.clone(), with_port(url), without_port(url)] {
            for token in tokens {
                let signed = signature(token, &url, &fields);
                is_signed |= bool::from(signed.as_bytes().ct_eq(given.as_bytes()));
            }
        }
    }
    is_signed
}

fn body_hash(url: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "bodySHA256")
        .map(|(_, value)| value.into_owned())
}

/// Scheme, host, the rest.
fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    Some((scheme, host, rest))
}

fn with_port(url: &str) -> String {
    match parts(url) {
        Some((scheme, host, rest)) if !host.contains(':') => {
            let port = if scheme == "https" { 443 } else { 80 };
            format!("{scheme}://{host}:{port}{rest}")
        }
        _ => url.to_owned(),
    }
}

fn without_port(url: &str) -> String {
    match parts(url) {
        Some((scheme, host, rest)) => {
            let host = host.split_once(':').map_or(host, |(host, _)| host);
            format!("{scheme}://{host}{rest}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's documentation.
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const TOKEN: &str = "12345";
    const BODY: &str =
        "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212";
    const SIGNATURE: &str = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";

    fn check(tokens: &[&str], url: &str, body: &str, given: &str) -> bool {
        is_signed(tokens, &[url.to_owned()], body.as_bytes(), given)
    }

    #[test]
    fn s49_the_documented_example_is_believed_and_no_other() {
        assert!(check(&[TOKEN], URL, BODY, SIGNATURE));
        // The order of fields does not matter, nor which of two tokens it was.
        let turned: String = BODY.split('&').rev().collect::<Vec<_>>().join("&");
        assert!(check(&["other", TOKEN], URL, &turned, SIGNATURE));
        for (tokens, url, body, given) in [
            (["other"], URL, BODY, SIGNATURE),
            (
                [TOKEN],
                "https://mycompany.com/myapp.php?foo=1&bar=3",
                BODY,
                SIGNATURE,
            ),
            (
                [TOKEN],
                "http://mycompany.com/myapp.php?foo=1&bar=2",
                BODY,
                SIGNATURE,
            ),
            ([TOKEN], URL, "CallSid=CA1", SIGNATURE),
            ([TOKEN], URL, BODY, ""),
            ([TOKEN], URL, BODY, "0/KCTR6DLpKmkAf8muzZqo1nDgQ"),
        ] {
            assert!(!check(&tokens, url, body, given), "{url} {body} {given}");
        }
        assert!(!check(&[TOKEN], URL, &format!("{BODY}&Extra=1"), SIGNATURE));
        assert!(!check(&[], URL, BODY, SIGNATURE));
    }

    #[test]
    fn s49_the_usual_port_may_be_there_or_not() {
        let fields = [("A".to_owned(), "1".to_owned())];
        let with = signature(TOKEN, "https://a.example:443/twilio/1?x=1", &fields);
        let without = signature(TOKEN, "https://a.example/twilio/1?x=1", &fields);
        for given in [&with, &without] {
            assert!(check(&[TOKEN], "https://a.example/twilio/1?x=1", "A=1", given));
            assert!(check(
                &[TOKEN],
                "https://a.example:443/twilio/1?x=1",
                "A=1",
                given
            ));
        }
    }

    #[test]
    fn s49_a_json_body_is_known_by_its_hash() {
        let body = "{\"a\":1}";
        let hash: String = Sha256::digest(body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let url = format!("https://a.example/twilio?bodySHA256={hash}");
        let given = signature(TOKEN, &url, &[]);
        assert!(check(&[TOKEN], &url, body, &given));
        assert!(!check(&[TOKEN], &url, "{\"a\":2}", &given));
    }
}

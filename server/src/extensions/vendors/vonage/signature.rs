//! Who calls: Vonage's two ways to sign webhooks (S49). Both need the signature secret of the account.
//!
//! Sources: <https://developer.vonage.com/en/getting-started/concepts/webhooks> (JWT in `Authorization: Bearer`, HS256,
//! with the SHA-256 of the body as `payload_hash`) and
//! <https://developer.vonage.com/en/getting-started/concepts/signing-messages> (parameter `sig`: HMAC over the other
//! parameters, sorted, as `&name=value` with `&` and `=` replaced by `_`).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use crate::delivery::vendor::Forged;

/// A webhook older or newer than this, in seconds, is not believed.
const TOLERANCE: i64 = 300;

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hmac_sha256(secret: &str, text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length; the error that the type allows cannot come.
    Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn is_fresh(at: i64, now: DateTime<Utc>) -> bool {
    now.timestamp().saturating_sub(at).saturating_abs() <= TOLERANCE
}

/// Whether a token of `Authorization: Bearer` is Vonage's, new, and of this body.
///
/// # Errors
///
/// [`Forged`] when it is not.
pub fn check_token(token: &str, secret: &str, body: &[u8], now: DateTime<Utc>) -> Result<(), Forged> {
    let wrong = Forged("the token is wrong");
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| wrong.clone())?;
    let (header, claims) = signed.split_once('.').ok_or_else(|| wrong.clone())?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_error| wrong.clone());
    let json = |part: &str| -> Result<Value, Forged> {
        serde_json::from_slice(&decode(part)?).map_err(|_error| wrong.clone())
    };
    // No other algorithm, above all not "none".
    if json(header)?["alg"] != "HS256" {
        return Err(Forged("the token is signed in another way than HS256"));
    }
    let expected = hmac_sha256(secret, signed.as_bytes());
    if !bool::from(expected.ct_eq(&decode(signature)?)) {
        return Err(wrong);
    }
    let claims = json(claims)?;
    let is_over = claims["exp"].as_i64().is_some_and(|end| end < now.timestamp());
    if is_over || !claims["iat"].as_i64().is_some_and(|at| is_fresh(at, now)) {
        return Err(Forged("it is too old"));
    }
    match claims["payload_hash"].as_str() {
        Some(hash) => {
            let actual = hex(Sha256::digest(body));
            if bool::from(actual.as_bytes().ct_eq(hash.to_ascii_lowercase().as_bytes())) {
                Ok(())
            } else {
                Err(Forged("the token is of another body"))
            }
        }
        None if body.is_empty() => Ok(()),
        None => Err(Forged("the token is of no body")),
    }
}

/// How `sig` is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// HMAC-SHA256.
    Sha256,
    /// HMAC-SHA512.
    Sha512,
}

impl Method {
    /// By the setting; MD5 and SHA-1, which Vonage offers too, are not taken.
    pub fn parse(name: Option<&str>) -> Self {
        match name {
            Some("sha512") => Self::Sha512,
            _ => Self::Sha256,
        }
    }
}

/// The `sig` of parameters.
pub fn sign(fields: &[(String, String)], secret: &str, method: Method) -> String {
    let mut sorted: Vec<_> = fields.iter().filter(|(name, _)| name != "sig").collect();
    sorted.sort();
    let mut text = String::new();
    for (name, value) in sorted {
        text.push('&');
        text.push_str(&name.replace(['&', '='], "_"));
        text.push('=');
        text.push_str(&value.replace(['&', '='], "_"));
    }
    match method {
        Method::Sha256 => hex(hmac_sha256(secret, text.as_bytes())),
        Method::Sha512 => Hmac::<Sha512>::new_from_slice(secret.as_bytes())
            .map(|mac| hex(mac.chain_update(text.as_bytes()).finalize().into_bytes()))
            .unwrap_or_default(),
    }
}

/// Whether parameters are signed by Vonage, and new.
///
/// # Errors
///
/// [`Forged`] when they are not.
pub fn check_fields(
    fields: &[(String, String)],
    secret: &str,
    method: Method,
    now: DateTime<Utc>,
) -> Result<(), Forged> {
    let get = |name: &str| {
        let found = fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let given = get("sig").ok_or(Forged("it has no signature"))?;
    let expected = sign(fields, secret, method);
    if !bool::from(expected.as_bytes().ct_eq(given.to_ascii_lowercase().as_bytes())) {
        return Err(Forged("the signature is wrong"));
    }
    match get("timestamp").and_then(|at| at.parse().ok()) {
        Some(at) if is_fresh(at, now) => Ok(()),
        _ => Err(Forged("it is too old")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "a-signature-secret";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn token(header: Value, claims: Value, secret: &str) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(hmac_sha256(secret, signed.as_bytes()))
        )
    }

    #[test]
    fn s49_a_token_is_of_one_secret_one_time_and_one_body() {
        let body = b"{\"a\":1}";
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let claims =
            json!({"iat": 1_700_000_000 - 10, "payload_hash": hex(Sha256::digest(body)), "api_key": "k"});
        let good = token(header.clone(), claims.clone(), SECRET);
        assert_eq!(check_token(&good, SECRET, body, now()), Ok(()));
        let mut old = claims.clone();
        old["iat"] = json!(1_700_000_000 - TOLERANCE - 1);
        let mut over = claims.clone();
        over["exp"] = json!(1_700_000_000 - 1);
        let mut bare = claims.clone();
        bare["payload_hash"] = Value::Null;
        for bad in [
            token(header.clone(), claims.clone(), "another"),
            token(json!({"alg": "none"}), claims.clone(), SECRET),
            token(json!({"alg": "HS512"}), claims.clone(), SECRET),
            token(header.clone(), old, SECRET),
            token(header.clone(), over, SECRET),
            token(header, bare, SECRET),
            good.trim_end_matches(|_| true).to_owned(),
            "a.b".to_owned(),
            "a.b.c".to_owned(),
        ] {
            assert!(check_token(&bad, SECRET, body, now()).is_err(), "{bad}");
        }
        assert!(check_token(&good, SECRET, b"{\"a\":2}", now()).is_err());
    }

    #[test]
    fn s49_parameters_are_signed_sorted_and_new() {
        let mut fields: Vec<(String, String)> =
            [("msisdn", "1"), ("text", "a&b=c"), ("timestamp", "1700000000")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        for method in [Method::Sha256, Method::Sha512] {
            let sig = sign(&fields, SECRET, method);
            let mut signed = fields.clone();
            signed.insert(0, ("sig".to_owned(), sig.to_uppercase()));
            assert_eq!(check_fields(&signed, SECRET, method, now()), Ok(()));
            signed[1].1 = "2".to_owned();
            assert!(check_fields(&signed, SECRET, method, now()).is_err());
        }
        assert!(check_fields(&fields, SECRET, Method::Sha256, now()).is_err());
        fields[2].1 = "1600000000".to_owned();
        let sig = sign(&fields, SECRET, Method::Sha256);
        fields.push(("sig".to_owned(), sig));
        assert_eq!(
            check_fields(&fields, SECRET, Method::Sha256, now()),
            Err(Forged("it is too old"))
        );
    }
}

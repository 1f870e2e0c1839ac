//! Secrets of organizations at rest: AES-256-GCM under a key that comes from `ENCRYPTION_KEY`, else from
//! `SESSION_SECRET`, by HKDF-SHA256 (RFC 5869). A sealed secret names its key, so that keys can be exchanged: what
//! `ENCRYPTION_KEY_PREVIOUS` sealed is still opened. It is bound to its place, so that one copied elsewhere opens nothing.

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use rand::RngCore;
use sha2::{Digest, Sha256};

use crate::config::{Config, Secret};

/// How a sealed secret begins.
const VERSION: &str = "v1";
/// Separates these keys from others that come from the same secret.
const KEY_PURPOSE: &[u8] = b"bellwether organization secrets 1";
/// As AES-GCM has it.
const NONCE_BYTES: usize = 12;

struct Key {
    id: String,
    cipher: Aes256Gcm,
}

/// Seals and opens secrets.
pub struct SecretBox {
    /// The first one seals.
    keys: Vec<Key>,
}

/// Why a sealed secret does not open; says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It was sealed under a key that is not here.
    #[error("it was sealed under another key than ENCRYPTION_KEY and ENCRYPTION_KEY_PREVIOUS")]
    NoSuchKey,
    /// It is damaged, or belongs elsewhere.
    #[error("it is damaged, or belongs elsewhere")]
    Damaged,
}

fn key(secret: &Secret) -> Option<Key> {
    let mut bytes = [0; 32];
    // 32 bytes are never too many to ask for.
    Hkdf::<Sha256>::new(None, secret.expose().as_bytes())
        .expand(KEY_PURPOSE, &mut bytes)
        .ok()?;
    let id = Sha256::digest(bytes)
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let cipher = Aes256Gcm::new_from_slice(&bytes).ok()?;
    Some(Key { id, cipher })
}

impl SecretBox {
    /// With the keys of the settings.
    pub fn of(config: &Config) -> Self {
        let current = config.encryption_key.as_ref().unwrap_or(&config.session_secret);
        let secrets = std::iter::once(current).chain(&config.encryption_key_previous);
        Self {
            keys: secrets.filter_map(key).collect(),
        }
    }

    /// Seals a secret for a place. None only where there is no key.
    pub fn seal(&self, secret: &str, place: &str) -> Option<String> {
        let key = self.keys.first()?;
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = key.cipher.encrypt(Nonce::from_slice(&nonce), payload).ok()?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Some(format!("{VERSION}.{}.{}", key.id, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(&self, sealed: &str, place: &str) -> Result<Secret, OpenError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(VERSION), Some(id), Some(coded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(OpenError::Damaged);
        };
        let key = self
            .keys
            .iter()
            .find(|key| key.id == id)
            .ok_or(OpenError::NoSuchKey)?;
        let bytes = URL_SAFE_NO_PAD
            .decode(coded)
            .map_err(|_error| OpenError::Damaged)?;
        let (nonce, msg) = bytes.split_at_checked(NONCE_BYTES).ok_or(OpenError::Damaged)?;
        let aad = place.as_bytes();
        let opened = key
            .cipher
            .decrypt(Nonce::from_slice(nonce), Payload { msg, aad })
            .map_err(|_error| OpenError::Damaged)?;
        String::from_utf8(opened)
            .map(Secret::new)
            .map_err(|_error| OpenError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(current: &str, previous: Option<&str>) -> SecretBox {
        let mut config = Config::for_tests("postgres://x/y");
        config.encryption_key = Some(Secret::new(current));
        config.encryption_key_previous = previous.map(Secret::new);
        SecretBox::of(&config)
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let keys = of("one", None);
        let sealed = keys.seal("token", "1:A").unwrap();
        assert!(!sealed.contains("token"));
        assert_ne!(keys.seal("token", "1:A").unwrap(), sealed);
        assert_eq!(keys.open(&sealed, "1:A").unwrap().expose(), "token");
        assert_eq!(keys.open(&sealed, "2:A").unwrap_err(), OpenError::Damaged);
        for damaged in ["", "v1", "v1.x", "token"] {
            assert!(keys.open(damaged, "1:A").is_err(), "{damaged}");
        }
        let mut other = sealed.clone();
        other.replace_range(sealed.len() - 3.., "AAA");
        assert_eq!(keys.open(&other, "1:A").unwrap_err(), OpenError::Damaged);
    }

    #[test]
    fn keys_can_be_exchanged() {
        let sealed = of("one", None).seal("token", "1:A").unwrap();
        assert_eq!(
            of("two", Some("one")).open(&sealed, "1:A").unwrap().expose(),
            "token"
        );
        assert_eq!(
            of("two", None).open(&sealed, "1:A").unwrap_err(),
            OpenError::NoSuchKey
        );
    }
}

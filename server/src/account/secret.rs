//! Secrets that are handed out: sessions, invitations, password resets.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;

/// The SHA-256 of a secret: all that is stored of it.
pub type SecretHash = [u8; 32];

/// A new secret, fit for an address.
pub fn random() -> String {
    let mut bytes = [0u8; SECRET_BYTES];
    rand::rngs::ThreadRng::default().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a secret.
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

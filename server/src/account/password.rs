//! Passwords: argon2id with the crate's defaults, which are OWASP's floor or above (19 MiB, 2 passes, 1 lane; S32).

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString, rand_core::OsRng},
};

use crate::error::{OpError, OpResult};

/// Shortest password that may be set (S34).
pub const MIN_PASSWORD: usize = 10;
/// Longest password that is hashed (S34).
pub const MAX_PASSWORD: usize = 256;
/// A hash that no password matches: an unknown address costs as much time as a wrong password (S36).
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZS1kZWNveS1zYWx0$l4g5hQFVm3e6pBq0Q1X4ZbTfE0r8d0bqJ3s9l2m1n0A";

/// Hashes a password, on the blocking pool.
pub async fn hash(password: String) -> OpResult<String> {
    let length = password.chars().count();
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length) {
        return Err(OpError::bad_input(format!(
            "password: {MIN_PASSWORD} to {MAX_PASSWORD} characters are needed"
        )));
    }
    tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.as_bytes(), &SaltString::generate(&mut OsRng))
            .map(|hash| hash.to_string())
            .map_err(|error| OpError::Unexpected(format!("argon2: {error}")))
    })
    .await
    .map_err(|error| OpError::Unexpected(format!("hashing was interrupted: {error}")))?
}

/// Whether a password is the one of a stored hash; without a hash it takes as long and says no.
pub async fn verify(password: String, stored: Option<String>) -> OpResult<bool> {
    if password.chars().count() > MAX_PASSWORD {
        return Ok(false);
    }
    tokio::task::spawn_blocking(move || {
        let known = stored.is_some();
        let text = stored.unwrap_or_else(|| DECOY.to_owned());
        let hash =
            PasswordHash::new(&text).map_err(|error| OpError::Unexpected(format!("stored hash: {error}")))?;
        Ok(Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
            && known)
    })
    .await
    .map_err(|error| OpError::Unexpected(format!("hashing was interrupted: {error}")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let stored = hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            verify("correct horse".to_owned(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(!verify("wrong horse!".to_owned(), Some(stored)).await.unwrap());
        assert!(!verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn short_passwords_are_refused_by_name() {
        let error = hash("short".to_owned()).await.unwrap_err();
        assert!(error.to_string().contains("password: 10 to 256"));
    }
}

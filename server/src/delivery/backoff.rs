//! Waiting, and how long: twice as long each time, with a random part so that processes do not return in step.

use std::time::Duration;

use super::Shutdown;

/// `first` doubled `failures` times, at most `longest`, less a random part of up to half.
pub fn delay(first: Duration, longest: Duration, failures: u32) -> Duration {
    jittered(
        first
            .saturating_mul(2_u32.saturating_pow(failures.min(24)))
            .min(longest),
    )
}

/// Between half of `whole` and `whole`.
pub fn jittered(whole: Duration) -> Duration {
    whole.mul_f64(rand::random_range(0.5..=1.0))
}

/// Waits; returns at once when the process is to stop. A closed channel counts as a stop.
pub async fn pause(duration: Duration, shutdown: &mut Shutdown) {
    tokio::select! {
        () = tokio::time::sleep(duration) => {}
        _ = shutdown.wait_for(|stop| *stop) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_longest_with_jitter() {
        let second = Duration::from_secs(1);
        for (failures, whole) in [(0, 1), (1, 2), (3, 8), (10, 60), (1_000, 60)] {
            let waited = delay(second, second * 60, failures);
            assert!(
                waited >= second * whole / 2 && waited <= second * whole,
                "{failures}: {waited:?}"
            );
        }
    }
}
